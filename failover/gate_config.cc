#include "failover/gate_config.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

struct DimensionDefault {
  const char* name;
  double theta;
  double delta;  // paired; 0: it cannot be
};

// What only a plug-in judge can score.
constexpr std::string_view kJudgeDimension = "judge";

// In the order of v1::Dimension, the sub-dimension behind POLICY.
constexpr std::array<DimensionDefault, 6> kDimensions = {{{"schema", .995, 0},
                                                          {"tools", .97, .02},
                                                          {"policy", .99, .01},
                                                          {"policy_false_proceed", .995, 0},
                                                          {"tool_errors", .97, 0},
                                                          {"judge", .95, .02}}};

// The alternative whose odds of a failure are `factor` times those of q0.
double Alternative(double q0, double factor) {
  const double odds = factor * q0 / (1 - q0);
  return odds / (1 + odds);
}

absl::Status Bad(std::string_view key, std::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat("gate.", ToAbsl(key), " must be ", ToAbsl(rule)));
}

absl::Status TakeNumber(bool given, double value, double low, double high, std::string_view key,
                        double& target) {
  if (!given) return absl::OkStatus();
  if (!(value > low && value <= high)) {
    return Bad(key, absl::StrCat("above ", low, " and at most ", high));
  }
  target = value;
  return absl::OkStatus();
}

absl::Status TakeDuration(bool given, const google::protobuf::Duration& value, std::string_view key,
                          Micros& target) {
  if (!given) return absl::OkStatus();
  const absl::Duration duration = FromProto(value);
  if (duration < absl::Seconds(1) || duration > absl::Hours(24 * 366)) {
    return Bad(key, "at least 1s and at most 366 days");
  }
  target = absl::ToInt64Microseconds(duration);
  return absl::OkStatus();
}

absl::Status TakeBucket(const v1::GateConfig& gate, GateParameters& parameters) {
  parameters.bucket = kDefaultBucket;
  if (!gate.has_bucket()) return absl::OkStatus();
  const absl::Duration bucket = FromProto(gate.bucket());
  if (bucket != absl::ZeroDuration() && (bucket < absl::Seconds(1) || bucket > absl::Minutes(10))) {
    return Bad("bucket", "0s, or at least 1s and at most 10m");
  }
  parameters.bucket = absl::ToInt64Microseconds(bucket);
  return absl::OkStatus();
}

absl::Status TakeConstants(const v1::GateConfig& gate, GateParameters& parameters) {
  RETURN_IF_ERROR(TakeNumber(gate.has_alpha_green(), gate.alpha_green(), 0, 0.5, "alpha_green",
                             parameters.alpha_green));
  RETURN_IF_ERROR(TakeDuration(gate.has_tau(), gate.tau(), "tau", parameters.tau));
  RETURN_IF_ERROR(TakeDuration(gate.has_t_cold(), gate.t_cold(), "t_cold", parameters.t_cold));
  RETURN_IF_ERROR(
      TakeNumber(gate.has_n_cold(), gate.n_cold(), 0, 1e6, "n_cold", parameters.n_cold));
  if (gate.has_available_theta()) {
    if (!(gate.available_theta() > 0 && gate.available_theta() < 1)) {
      return Bad("available_theta", "above 0 and below 1");
    }
    parameters.available_theta = gate.available_theta();
  }
  if (gate.has_rho()) {
    if (!(gate.rho() >= 0 && gate.rho() <= 1)) return Bad("rho", "between 0 and 1");
    parameters.rho = gate.rho();
  }
  RETURN_IF_ERROR(TakeDuration(gate.has_amber_dwell(), gate.amber_dwell(), "amber_dwell",
                               parameters.amber_dwell));
  RETURN_IF_ERROR(
      TakeDuration(gate.has_red_dwell(), gate.red_dwell(), "red_dwell", parameters.red_dwell));
  RETURN_IF_ERROR(TakeDuration(gate.has_red_dwell_max(), gate.red_dwell_max(), "red_dwell_max",
                               parameters.red_dwell_max));
  RETURN_IF_ERROR(TakeNumber(gate.has_red_n_eff(), gate.red_n_eff(), 0, 1e6, "red_n_eff",
                             parameters.red_n_eff));
  RETURN_IF_ERROR(TakeNumber(gate.has_fresh_enter(), gate.fresh_enter(), 0, parameters.fresh_cap,
                             "fresh_enter", parameters.fresh_enter));
  RETURN_IF_ERROR(TakeNumber(gate.has_fresh_leave(), gate.fresh_leave(), 0, parameters.fresh_cap,
                             "fresh_leave", parameters.fresh_leave));
  RETURN_IF_ERROR(TakeNumber(gate.has_refresh_n(), gate.refresh_n(), 0, 1e6, "refresh_n",
                             parameters.refresh_n));
  parameters.auto_rho = gate.auto_rho();
  RETURN_IF_ERROR(TakeBucket(gate, parameters));
  RETURN_IF_ERROR(TakeNumber(gate.has_max_handover_ratio(), gate.max_handover_ratio(), 0, 1,
                             "max_handover_ratio", parameters.max_handover_ratio));
  if (gate.has_confirm_false_proceed()) {
    parameters.confirm_false_proceed = gate.confirm_false_proceed();
  }
  if (parameters.fresh_leave > parameters.fresh_enter) {
    return Bad("fresh_leave", absl::StrCat("at most fresh_enter, which is ", parameters.fresh_enter));
  }
  return absl::OkStatus();
}

// What the workflow's own contract asks for must be proven, and so must what its judge says. Schemas and tools that only requests
// bring along are asked for once they were seen.
Requirement DefaultRequirement(std::string_view name, const v1::WorkflowConfig& workflow) {
  if (name == kJudgeDimension) return Requirement::kAlways;
  const v1::ContractConfig& contract = workflow.contract();
  const bool compares_stance = contract.compare_stance() != v1::COMPARISON_OFF;
  if (name == "schema") {
    return contract.has_output_schema() || !contract.output_schema_file().empty()
               ? Requirement::kAlways
               : Requirement::kOnceScored;
  }
  if (name == "tools") {
    return contract.tools_size() > 0 ? Requirement::kAlways : Requirement::kOnceScored;
  }
  if (name == "policy") {
    return compares_stance || contract.required_patterns_size() > 0 ||
                   contract.forbidden_patterns_size() > 0
               ? Requirement::kAlways
               : Requirement::kOnceScored;
  }
  if (name == "policy_false_proceed") {
    return compares_stance ? Requirement::kAlways : Requirement::kOnceScored;
  }
  return contract.tool_error_moves_size() > 0 ? Requirement::kAlways : Requirement::kNever;
}

absl::Status CheckMode(const std::string& key, const std::string& name,
                       const v1::GateDimensionConfig& config) {
  if (config.mode() != v1::GATE_MODE_PAIRED) {
    return config.delta() == 0 ? absl::OkStatus() : Bad(key + ".delta", "left out unless mode is paired");
  }
  for (const DimensionDefault& dimension : kDimensions) {
    if (name == dimension.name && dimension.delta == 0) {
      return Bad(key + ".mode", "absolute: only tools, policy and judge can be paired");
    }
  }
  if (config.delta() != 0 && !(config.delta() > 0 && config.delta() <= kMaxPairedDelta)) {
    return Bad(key + ".delta", absl::StrCat("above 0 and at most ", kMaxPairedDelta));
  }
  return absl::OkStatus();
}

absl::Status TakeNamedDimensions(const v1::GateConfig& gate, GateParameters& parameters) {
  for (const auto& [name, config] : gate.dimensions()) {
    bool known = false;
    for (const DimensionDefault& dimension : kDimensions) known |= name == dimension.name;
    if (!known) {
      return Bad("dimensions." + name,
                 "schema, tools, policy, policy_false_proceed, tool_errors or judge");
    }
    if (config.theta() != 0 && !(config.theta() > 0 && config.theta() < 1)) {
      return Bad("dimensions." + name + ".theta", "above 0 and below 1");
    }
    RETURN_IF_ERROR(CheckMode("dimensions." + name, name, config));
  }
  for (const DimensionDefault& dimension : kDimensions) {
    const auto named = gate.dimensions().find(dimension.name);
    if (named == gate.dimensions().end()) continue;
    const double theta = named->second.theta() == 0 ? dimension.theta : named->second.theta();
    if (named->second.mode() != v1::GATE_MODE_PAIRED) {
      parameters.dimensions.push_back(
          MakeGateDimension(dimension.name, theta, Requirement::kAlways));
      continue;
    }
    const double delta = named->second.delta() == 0 ? dimension.delta : named->second.delta();
    parameters.dimensions.push_back(
        MakePairedDimension(dimension.name, delta, Requirement::kAlways));
    parameters.dimensions.back().primary_theta = theta;
  }
  return absl::OkStatus();
}

}  // namespace

GateDimension MakeGateDimension(std::string name, double theta, Requirement requirement) {
  GateDimension dimension;
  dimension.name = std::move(name);
  dimension.requirement = requirement;
  dimension.theta = theta;
  const double q0 = dimension.q0 = 1 - theta;
  for (size_t k = 0; k < kBetterOdds.size(); ++k) {
    const double q1 = Alternative(q0, kBetterOdds[k]);
    dimension.better_a[k] = std::log((1 - q1) / (1 - q0));
    dimension.better_b[k] = std::log(q1 / q0);
    dimension.better_pass[k] = std::exp(dimension.better_a[k]);
  }
  for (size_t k = 0; k < kWorseOdds.size(); ++k) {
    const double q1 = Alternative(q0, kWorseOdds[k]);
    dimension.worse_a[k] = std::log((1 - q1) / (1 - q0));
    dimension.worse_b[k] = std::log(q1 / q0);
    dimension.worse_pass[k] = std::exp(dimension.worse_a[k]);
  }
  return dimension;
}

GateDimension MakePairedDimension(std::string name, double delta, Requirement requirement) {
  GateDimension dimension;
  dimension.name = std::move(name);
  dimension.requirement = requirement;
  dimension.theta = 1 - delta;
  dimension.q0 = delta;
  dimension.paired = true;
  dimension.better_weights.fill(1.0 / kPairedStakes.size());
  dimension.worse_weights.fill(1.0 / kPairedStakes.size());
  dimension.worse_weights[kPairedStakes.size()] = 0;  // there is no fifth stake
  for (size_t k = 0; k < kPairedStakes.size(); ++k) {
    const double stake = kPairedStakes[k];
    dimension.better_a[k] = std::log(1 + stake * delta);
    dimension.better_b[k] = std::log(1 + stake * (delta - 1));
    dimension.better_minus[k] = std::log(1 + stake * (delta + 1));
    dimension.worse_a[k] = std::log(1 - stake * delta);
    dimension.worse_b[k] = std::log(1 + stake * (1 - delta));
    dimension.worse_minus[k] = std::log(1 - stake * (1 + delta));
    dimension.better_pass[k] = std::exp(dimension.better_a[k]);
    dimension.worse_pass[k] = std::exp(dimension.worse_a[k]);
  }
  return dimension;
}

GateDimension ForPrimary(const GateDimension& dimension) {
  if (!dimension.paired) return dimension;
  return MakeGateDimension(dimension.name, dimension.primary_theta, dimension.requirement);
}

GateParameters ForPrimary(GateParameters parameters) {
  for (GateDimension& dimension : parameters.dimensions) dimension = ForPrimary(dimension);
  return parameters;
}

std::optional<int> GateParameters::IndexOf(std::string_view dimension) const {
  for (size_t d = 0; d < dimensions.size(); ++d) {
    if (dimensions[d].name == dimension) return static_cast<int>(d);
  }
  return std::nullopt;
}

uint32_t GateParameters::PairedMask() const {
  uint32_t mask = 0;
  for (size_t d = 0; d < dimensions.size(); ++d) {
    if (dimensions[d].paired) mask |= 1u << d;
  }
  return mask;
}

absl::StatusOr<GateParameters> MakeGateParameters(const v1::WorkflowConfig& workflow) {
  GateParameters parameters;
  RETURN_IF_ERROR(TakeConstants(workflow.gate(), parameters));
  for (const v1::PathConfig& path : workflow.paths()) {
    if (path.role() == v1::ROLE_PRIMARY) parameters.primary_path = path.name();
  }
  if (workflow.gate().dimensions_size() > 0) {
    RETURN_IF_ERROR(TakeNamedDimensions(workflow.gate(), parameters));
    return parameters;
  }
  for (const DimensionDefault& dimension : kDimensions) {
    if (dimension.name == kJudgeDimension && !workflow.has_judge()) continue;
    parameters.dimensions.push_back(MakeGateDimension(
        dimension.name, dimension.theta, DefaultRequirement(dimension.name, workflow)));
  }
  return parameters;
}

}  // namespace warmpath
