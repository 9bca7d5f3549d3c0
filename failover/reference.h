// Is the primary fit to be compared with? gate.md section 8.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "failover/gate_config.h"
#include "warmpath/v1/record.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// How far two answers to the same request disagree: a decayed mean with a time constant of 7 days.
//
// Thread safety: thread-compatible; a value.
class Disagreement {
 public:
  Disagreement() = default;
  explicit Disagreement(Micros t) : t_(t) {}

  // One pair of answers, asked at t; its loss is in [0, 1].
  void Add(Micros t, double loss);

  // Empty: fewer than 50 pairs.
  std::optional<double> mean() const;
  // Over 15 % of at least 50 pairs: nothing can be held against such a reference.
  bool unstable() const;
  Micros last() const { return t_; }

  void ToProto(v1::ReferenceState* proto) const;
  void FromProto(const v1::ReferenceState& proto);

 private:
  double pairs_ = 0, loss_ = 0;  // fading
  int64_t count_ = 0;
  Micros t_ = 0;
};

// What a workflow knows of its primary as a reference: how far it disagrees with itself, and how far the
// other paths disagree with each other, on the paired dimensions.
//
//   references.Observe(parameters, card);
//   references.unstable(parameters)
//
// Thread safety: thread-compatible; a value. Bounded: pairs of paths times paired dimensions, and the ids of
// the last 1024 requests.
class References {
 public:
  // Two paths are suspect together if they became so within this time.
  static constexpr Micros kTogether = 30 * kMicrosPerMinute;

  // What a card brings changes nothing, is of the primary as known, or shows that the primary's key
  // changed: then everything known was forgotten, and paired evidence has to start anew.
  enum class Primary { kUnknown, kSame, kBefore, kChanged };
  // Takes the pairs of a card: the primary's with itself once per request.
  Primary Observe(const GateParameters& parameters, const v1::Scorecard& card);

  // Paired dimensions, one bit each, on which the primary disagrees with itself too often.
  uint32_t unstable(const GateParameters& parameters) const;

  // A path whose paired dimensions are looked at together with the others'.
  struct Path {
    std::string_view name;
    uint32_t suspect = 0;  // paired dimensions, one bit each
    Micros suspect_since = 0;
  };
  // For each path the dimensions on which it fell together with another one while the two agree with each
  // other no less than the primary with itself, and delta: the primary is suspected, not they.
  std::vector<uint32_t> SuspectsOfPrimary(const GateParameters& parameters,
                                          const std::vector<Path>& paths) const;

  const std::string& control_path_key() const { return control_path_key_; }

  void ToProto(v1::JudgeCheckpoint* checkpoint) const;
  void FromProto(const v1::JudgeCheckpoint& checkpoint);

 private:
  using Pair = std::tuple<std::string, std::string, std::string>;  // dimension, paths in order

  bool SeenBefore(std::string_view request_id);
  Primary Compare(const v1::Scorecard& card, Micros t);

  std::map<Pair, Disagreement> pairs_;
  std::string control_path_key_;
  Micros changed_ = 0;  // the latest dispatch that is known of the primary's key
  std::vector<uint64_t> requests_;  // a ring
  size_t next_request_ = 0;
};

}  // namespace warmpath
