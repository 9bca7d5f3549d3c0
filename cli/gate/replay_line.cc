#include "cli/gate/replay_line.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

using simdjson::dom::element;

constexpr double kLatestSeconds = 1e11;

absl::Status Bad(std::string_view field, std::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(field), " must be ", ToAbsl(rule)));
}

absl::Status Take(element value, std::string_view field, std::string_view& target) {
  return value.get(target) == simdjson::SUCCESS ? absl::OkStatus() : Bad(field, "a string");
}

absl::Status Take(element value, std::string_view field, double& target) {
  return value.get(target) == simdjson::SUCCESS ? absl::OkStatus() : Bad(field, "a number");
}

absl::Status Take(element value, std::string_view field, bool& target) {
  return value.get(target) == simdjson::SUCCESS ? absl::OkStatus() : Bad(field, "true or false");
}

absl::Status TakeTime(element value, std::string_view field, Micros& target) {
  double seconds = 0;
  RETURN_IF_ERROR(Take(value, field, seconds));
  if (!(seconds >= 0 && seconds <= kLatestSeconds)) return Bad(field, "seconds from 0 to 1e11");
  target = std::llround(seconds * 1e6);
  return absl::OkStatus();
}

absl::Status TakeLosses(element value, std::string_view field,
                        absl::InlinedVector<std::pair<std::string_view, double>, 5>& target) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return Bad(field, "an object of numbers");
  for (const auto& [name, loss] : object) {
    double number = 0;
    RETURN_IF_ERROR(Take(loss, field, number));
    if (!(number >= 0 && number <= 1)) return Bad(absl::StrCat("loss of ", std::string(name)), "from 0 to 1");
    target.push_back({name, number});
  }
  return absl::OkStatus();
}

absl::Status TakeNames(element value, std::string_view field, std::vector<std::string_view>& target) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return Bad(field, "a list of dimensions");
  for (element item : array) {
    std::string_view name;
    RETURN_IF_ERROR(Take(item, field, name));
    target.push_back(name);
  }
  return absl::OkStatus();
}

absl::Status TakeTraffic(element value, std::vector<std::pair<std::string_view, double>>& target) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return Bad("traffic", "an object of numbers");
  for (const auto& [name, rate] : object) {
    double number = 0;
    RETURN_IF_ERROR(Take(rate, "traffic", number));
    if (!(number >= 0 && number <= 1e9)) return Bad("traffic", "from 0 to 1e9 a minute");
    target.push_back({name, number});
  }
  return absl::OkStatus();
}

absl::Status TakeOp(std::string_view name, ReplayOp& op) {
  static constexpr std::pair<std::string_view, ReplayOp> kOps[] = {
      {"sample", ReplayOp::kSample}, {"dispatch", ReplayOp::kDispatch}, {"tick", ReplayOp::kTick},
      {"query", ReplayOp::kQuery},   {"live", ReplayOp::kLive},         {"plan", ReplayOp::kPlan},
      {"severe", ReplayOp::kSevere}, {"ack", ReplayOp::kAck},           {"hint", ReplayOp::kHint},
      {"rearm", ReplayOp::kRearm},   {"dim", ReplayOp::kDim},           {"incident", ReplayOp::kIncident}};
  for (const auto& [known, value] : kOps) {
    if (name != known) continue;
    op = value;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown op '", std::string(name), "'"));
}

// Numbers and switches of the rarer operations.
absl::Status TakeRareField(std::string_view name, element value, ReplayLine& line) {
  if (name == "q0") return Take(value, name, line.q0);
  if (name == "delta") return Take(value, name, line.delta);
  if (name == "mass") return Take(value, name, line.mass);
  if (name == "n") return Take(value, name, line.n);
  if (name == "f") return Take(value, name, line.f);
  if (name == "end") return Take(value, name, line.end);
  if (name == "on") return Take(value, name, line.on);
  if (name == "name") return Take(value, name, line.name);
  if (name == "mode") return Take(value, name, line.mode);
  if (name == "dim") return Take(value, name, line.dim);
  if (name == "dims") return TakeNames(value, name, line.dims);
  if (name == "traffic") return TakeTraffic(value, line.traffic);
  if (name == "budget") {
    RETURN_IF_ERROR(Take(value, name, line.budget.emplace()));
    return *line.budget >= 0 ? absl::OkStatus() : Bad(name, "at least 0");
  }
  if (name == "class") return Take(value, name, line.severe_class);
  return absl::OkStatus();  // other fields are notes of whoever wrote the file
}

absl::Status TakeField(std::string_view name, element value, bool& has_op, bool& has_t,
                       ReplayLine& line) {
  std::string_view text;
  if (name == "op") {
    has_op = true;
    RETURN_IF_ERROR(Take(value, name, text));
    return TakeOp(text, line.op);
  }
  if (name == "t") {
    has_t = true;
    return TakeTime(value, name, line.t);
  }
  if (name == "at") return TakeTime(value, name, line.at.emplace());
  if (name == "id") return Take(value, name, line.id);
  if (name == "wf") {
    line.has_workflow = true;
    return Take(value, name, line.workflow);
  }
  if (name == "path") {
    line.has_path = true;
    return Take(value, name, line.path);
  }
  if (name == "fp") return Take(value, name, line.key);
  if (name == "conv") {
    line.has_conversation = true;
    return Take(value, name, line.conversation);
  }
  if (name == "item") {
    line.has_item = true;
    return Take(value, name, line.item);
  }
  if (name == "replica") {
    line.has_replica = true;
    return absl::OkStatus();
  }
  if (name == "synthetic") return Take(value, name, line.synthetic);
  if (name == "src") return Take(value, name, line.source);
  if (name == "loss") return TakeLosses(value, name, line.loss);
  if (name == "ctl") return TakeLosses(value, name, line.control);
  return TakeRareField(name, value, line);
}

bool IsAboutPath(ReplayOp op) {
  switch (op) {
    case ReplayOp::kSample:
    case ReplayOp::kDispatch:
    case ReplayOp::kSevere:
    case ReplayOp::kAck:
    case ReplayOp::kHint:
    case ReplayOp::kLive:
    case ReplayOp::kRearm:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Status ReplayLineReader::Read(std::string_view text, ReplayLine& line) {
  line = ReplayLine();
  simdjson::dom::object object;
  const auto error = parser_.parse(text.data(), text.size(), false).get(object);
  if (error != simdjson::SUCCESS) return absl::InvalidArgumentError("not a JSON object");
  bool has_op = false, has_t = false;
  for (const auto& [name, value] : object) {
    RETURN_IF_ERROR(TakeField(name, value, has_op, has_t, line));
  }
  if (!has_op) return absl::InvalidArgumentError("op is missing");
  if (!has_t && line.op != ReplayOp::kDim) return absl::InvalidArgumentError("t is missing");
  if (IsAboutPath(line.op) && !line.has_path) return absl::InvalidArgumentError("path is missing");
  return absl::OkStatus();
}

}  // namespace warmpath
