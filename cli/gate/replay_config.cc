#include "cli/gate/replay_config.h"

#include <map>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/config_problem.h"
#include "base/duration.h"
#include "base/status_macros.h"
#include "base/yaml_tree.h"

namespace warmpath {
namespace {

absl::Status Bad(const std::string& file, const YamlNode& node, const std::string& text) {
  return absl::InvalidArgumentError(absl::StrCat(file, ":", node.line, ": ", text));
}

absl::StatusOr<double> Number(const std::string& file, const YamlEntry& entry, double low, double high) {
  double number = 0;
  if (entry.value.quoted || !absl::SimpleAtod(entry.value.text, &number)) {
    return Bad(file, entry.value, entry.key.text + " must be a number");
  }
  if (!(number >= low && number <= high)) {
    return Bad(file, entry.value,
               absl::StrCat(entry.key.text, " must be from ", low, " to ", high));
  }
  return number;
}

absl::StatusOr<Micros> Span(const std::string& file, const YamlEntry& entry) {
  if (entry.value.text == "0s") return Micros{0};
  const absl::StatusOr<absl::Duration> span = ParseHumanDuration(entry.value.text);
  if (!span.ok()) {
    return Bad(file, entry.value, absl::StrCat(entry.key.text, ": ", span.status().message()));
  }
  return absl::ToInt64Microseconds(*span);
}

struct NumberKey {
  double* target;
  double low, high;
};

absl::Status ReadGate(const std::string& file, const YamlNode& node, ReplayOptions& options) {
  GateParameters& p = options.parameters;
  const std::map<std::string, NumberKey> numbers = {
      {"alpha_green", {&p.alpha_green, 1e-9, 0.5}}, {"mass_new", {&p.mass_new, 0, 100}},
      {"mass_time_g", {&p.mass_time_g, 0, 100}},    {"mass_time_v", {&p.mass_time_v, 0, 100}},
      {"mass_renew", {&p.mass_renew, 0, 99}},       {"recold_cap", {&p.recold_cap, 0, 1}},
      {"recold_refill", {&p.recold_refill, 0, 1}},  {"amber", {&p.amber, 1e-9, 1e9}},
      {"amber_exit", {&p.amber_exit, 0, 1e9}},      {"red", {&p.red, 1e-9, 1e12}},
      {"red_n_eff", {&p.red_n_eff, 0, 1e9}},        {"fresh_cap", {&p.fresh_cap, 1e-9, 1e9}},
      {"fresh_enter", {&p.fresh_enter, 0, 1e9}},    {"fresh_leave", {&p.fresh_leave, 0, 1e9}},
      {"refresh_n", {&p.refresh_n, 0, 1e9}},        {"n_cold", {&p.n_cold, 0, 1e9}},
      {"lease_n", {&p.lease_n, 0, 1e9}},            {"rho", {&p.rho, 0, 1}},
      {"kappa", {&options.kappa, 1e-9, 1}}};
  Micros bucket = 0;
  const std::map<std::string, Micros*> spans = {
      {"amber_dwell", &p.amber_dwell}, {"red_dwell", &p.red_dwell},
      {"red_dwell_max", &p.red_dwell_max}, {"tau", &p.tau}, {"t_cold", &p.t_cold},
      {"lease_max", &p.lease_max}, {"lease_min", &p.lease_min}, {"bucket", &bucket},
      {"exposure", &options.allocator.exposure}};
  for (const YamlEntry& entry : node.entries) {
    const std::string& key = entry.key.text;
    if (const auto number = numbers.find(key); number != numbers.end()) {
      ASSIGN_OR_RETURN(*number->second.target,
                       Number(file, entry, number->second.low, number->second.high));
    } else if (const auto span = spans.find(key); span != spans.end()) {
      ASSIGN_OR_RETURN(*span->second, Span(file, entry));
      if (key == "bucket") {
        if (bucket != 0 && bucket != 10 * kMicrosPerSecond) {
          return Bad(file, entry.value, "bucket must be 0s or 10s");
        }
        options.bucket = bucket;
      } else if (*span->second <= 0) {
        return Bad(file, entry.value, key + " must be above 0s");
      }
    } else if (key == "auto_rho") {
      if (entry.value.text != "true" && entry.value.text != "false") {
        return Bad(file, entry.value, "auto_rho must be true or false");
      }
      p.auto_rho = entry.value.text == "true";
    } else {
      return Bad(file, entry.key, absl::StrCat("unknown key gate.", key));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadDimension(const std::string& file, const YamlEntry& dimension,
                           ReplayOptions& options) {
  double theta = 0, delta = 0;
  bool paired = false;
  for (const YamlEntry& entry : dimension.value.entries) {
    if (entry.key.text == "theta") {
      ASSIGN_OR_RETURN(theta, Number(file, entry, 1e-9, 1 - 1e-9));
    } else if (entry.key.text == "delta") {
      ASSIGN_OR_RETURN(delta, Number(file, entry, 1e-9, kMaxPairedDelta));
    } else if (entry.key.text == "mode" &&
               (entry.value.text == "paired" || entry.value.text == "absolute" ||
                entry.value.text == "abs")) {
      paired = entry.value.text == "paired";
    } else {
      return Bad(file, entry.key, "a dimension has theta, delta, and mode: absolute or paired");
    }
  }
  if (paired ? delta == 0 : theta == 0) {
    return Bad(file, dimension.key, paired ? "delta is missing" : "theta is missing");
  }
  options.parameters.dimensions.push_back(
      paired ? MakePairedDimension(dimension.key.text, delta, Requirement::kAlways)
             : MakeGateDimension(dimension.key.text, theta, Requirement::kAlways));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ReplayOptions> ReadReplayConfig(std::string_view text, const std::string& file) {
  std::vector<ConfigProblem> problems;
  const YamlNode root = ParseYaml(text, file, YamlLimits(), &problems);
  if (!problems.empty()) return absl::InvalidArgumentError(problems.front().ToString());
  ReplayOptions options;
  for (const YamlEntry& entry : root.entries) {
    if (entry.key.text == "gate") {
      RETURN_IF_ERROR(ReadGate(file, entry.value, options));
    } else if (entry.key.text == "dimensions") {
      for (const YamlEntry& dimension : entry.value.entries) {
        RETURN_IF_ERROR(ReadDimension(file, dimension, options));
      }
    } else {
      return Bad(file, entry.key,
                 absl::StrCat("unknown key ", entry.key.text, "; known are gate and dimensions"));
    }
  }
  return options;
}

}  // namespace warmpath
