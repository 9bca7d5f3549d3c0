// One line of `warmpath gate replay`, as docs/gate.md has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "failover/gate_config.h"
#include "simdjson.h"

namespace warmpath {

enum class ReplayOp {
  kDim, kSample, kDispatch, kSevere, kAck, kHint, kIncident, kTick, kQuery, kPlan, kLive, kRearm
};

// The fields of all operations; which of them are looked at depends on `op`. Views point into the
// parser that read the line.
struct ReplayLine {
  ReplayOp op = ReplayOp::kTick;
  std::string_view id, workflow, path, key, conversation, item, severe_class, source, mode, name, dim;
  bool has_conversation = false, has_item = false, has_replica = false;
  bool has_workflow = false, has_path = false;
  bool synthetic = false, end = false, on = false;
  Micros t = 0;
  std::optional<Micros> at;
  double q0 = 0, delta = 0, mass = 0, n = 0, f = 0;
  absl::InlinedVector<std::pair<std::string_view, double>, 5> loss, control;
  std::optional<double> budget;
  std::vector<std::pair<std::string_view, double>> traffic;
  std::vector<std::string_view> dims;
};

// Reads lines; one parser serves many.
//
// Thread safety: thread-compatible.
class ReplayLineReader {
 public:
  // `text` needs simdjson::SIMDJSON_PADDING readable bytes behind it. The line's views are good until the
  // next call. INVALID_ARGUMENT says what is wrong, for people.
  absl::Status Read(std::string_view text, ReplayLine& line);

 private:
  simdjson::dom::parser parser_;
};

}  // namespace warmpath
