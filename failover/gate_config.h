// The constants of the gate: when is a path proven, suspect, stale, cold?
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// Microseconds since the epoch, or a span of them. The judge reckons in integers, so that equal
// inputs give equal bits everywhere. As a moment, 0 means never.
using Micros = int64_t;

inline constexpr Micros kMicrosPerSecond = 1'000'000;
inline constexpr Micros kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr Micros kMicrosPerHour = 60 * kMicrosPerMinute;
inline constexpr Micros kMicrosPerDay = 24 * kMicrosPerHour;

// Alternatives that the evidence is spread over: how much better, or worse, than the limit a path
// may be, as a factor on the odds of a failure, and the weight of each. They are fixed: the
// guarantee was measured with them.
inline constexpr std::array<double, 4> kBetterOdds = {1.0 / 50, 1.0 / 8, 1.0 / 3, 0.6};
inline constexpr std::array<double, 4> kBetterWeights = {.30, .30, .25, .15};
inline constexpr std::array<double, 5> kWorseOdds = {1.7, 4, 12, 50, 800};
inline constexpr std::array<double, 5> kWorseWeights = {.15, .20, .25, .20, .20};

// When a dimension must be proven.
enum class Requirement {
  kAlways,      // the config names it, or the workflow's contract has it
  kOnceScored,  // as soon as one sample of the evidence key scored it: a request brought the rule along
  kNever,       // evidence against it counts, proof is not asked for: too rare to be proven unasked
};

// Bets of a paired dimension: how much of the evidence is staked on every pair.
inline constexpr std::array<double, 4> kPairedStakes = {.08, .2, .45, .85};

// One dimension's threshold and the logarithms of its likelihood ratios.
//
// Absolute: a loss in [0, 1] against the limit q0. Paired: z = the candidate's loss against the
// primary less the second primary's, in [-1, 1], against delta: what stands in `pass` is the weight of
// zero, in `fail` that of plus, in `minus` that of minus.
struct GateDimension {
  std::string name;  // config key, such as "policy_false_proceed"
  Requirement requirement = Requirement::kAlways;
  double theta = 0;  // conformance to be proven
  double q0 = 0;     // 1 - theta: the limit on the mean loss; paired: delta, that on the mean of z
  bool paired = false;
  // Paired: the conformance that the primary itself has to prove, which cannot be held against itself.
  double primary_theta = 0;
  // For the better alternatives q1 < q0: a = ln((1-q1)/(1-q0)) per unit of passing weight,
  // b = ln(q1/q0) per unit of failing weight; e^a beside it, as most samples pass whole.
  std::array<double, 4> better_a{}, better_b{}, better_pass{};
  // The same for the worse alternatives q1 > q0.
  std::array<double, 5> worse_a{}, worse_b{}, worse_pass{};
  // Per unit of minus weight; absolute: 0.
  std::array<double, 4> better_minus{};
  std::array<double, 5> worse_minus{};
  // How start mass is spread over the alternatives.
  std::array<double, 4> better_weights = kBetterWeights;
  std::array<double, 5> worse_weights = kWorseWeights;
};

// The length of a bucket where the config does not say.
inline constexpr Micros kDefaultBucket = 10 * kMicrosPerSecond;

// A dimension with everything derived from its threshold. REQUIRES: 0 < theta < 1.
GateDimension MakeGateDimension(std::string name, double theta, Requirement requirement);

// A paired dimension: L_G(z) = 1 + stake (delta - z), L_V(z) = 1 + stake (z - delta).
// REQUIRES: 0 < delta <= kMaxPairedDelta, so that every factor is above 0.
inline constexpr double kMaxPairedDelta = 0.15;
GateDimension MakePairedDimension(std::string name, double delta, Requirement requirement);

// The same for the path that the others are held against: a paired dimension becomes an absolute one.
GateDimension ForPrimary(const GateDimension& dimension);

// All constants; names and defaults of docs/gate.md. Masses are probabilities per 30 days.
struct GateParameters {
  double alpha_green = 0.01;
  double mass_new = 0.5, mass_time_g = 0.35, mass_renew = 0.25, mass_time_v = 1;
  double recold_cap = 0.10, recold_refill = 0.05;
  double amber = 1, amber_exit = 1.0 / 8;
  Micros amber_dwell = 10 * kMicrosPerMinute;
  double red = 100, red_n_eff = 200;
  Micros red_dwell = 30 * kMicrosPerMinute, red_dwell_max = 8 * kMicrosPerHour;
  Micros tau = 30 * kMicrosPerMinute;
  double fresh_cap = 32, fresh_enter = 16, fresh_leave = 8, refresh_n = 64;
  Micros t_cold = 6 * kMicrosPerHour;
  double n_cold = 50;
  Micros lease_max = 14 * kMicrosPerDay, lease_min = kMicrosPerDay;
  double lease_n = 200;
  // Threshold of the readiness series `available`; see readiness.h.
  double available_theta = 0.98;
  double rho = 1;
  // Conversations are weighed with the correlation that was learnt from those before them instead of rho.
  bool auto_rho = false;
  // A conversation is forgotten after this silence; at most so many are kept open per key.
  Micros conversation_idle = 30 * kMicrosPerMinute;
  int max_conversations = 16384;
  // Evidence keys kept per path; new ones beyond as many in 30 days start with less.
  int max_keys = 4;
  // Evidence is weighed in spans of dispatch time so long; 0: each sample by itself, as it comes. The
  // service's default is kDefaultBucket.
  Micros bucket = 0;
  // The PRIMARY's name: possible severe violations are told against its answers alone.
  std::string primary_path;
  // A candidate that goes ahead where the primary refuses is held until it was asked again.
  bool confirm_false_proceed = true;
  // Most of a path's cases that it may leave to people.
  double max_handover_ratio = 0.5;
  std::vector<GateDimension> dimensions;

  double proof() const { return 1 / alpha_green; }
  // Position in `dimensions`; empty if it is not judged.
  std::optional<int> IndexOf(std::string_view dimension) const;
  // Bit d is set where dimension d is paired.
  uint32_t PairedMask() const;
};

// The parameters of a workflow: its gate's values, the defaults elsewhere. Where the gate names no
// dimensions, those that the workflow's contract can score are taken, and `judge` where it has one.
// INVALID_ARGUMENT names the key and the values it may have.
absl::StatusOr<GateParameters> MakeGateParameters(const v1::WorkflowConfig& workflow);

// What the primary itself is judged by.
GateParameters ForPrimary(GateParameters parameters);

}  // namespace warmpath
