// What simulated models say: recorded answers by prompt.
#pragma once

#include <istream>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// An AnswerBook holds recorded answers, one JSON object a line:
//
//   {"model": "gpt", "prompt": "Where is order 7?", "turn": 0, "text": "On its way."}
//   {"model": "gpt", "prompt": "…", "tool_calls": [{"name": "track", "arguments": {"order": 7}}]}
//   {"model": "gpt", "prompt": "…", "refusal": "I can't help with that."}
//
// "prompt" is the text of the conversation's last user message; "turn" counts the tool results after
// it, default 0. Without "model" a line is every model's. "arguments" may be an object or a string.
//
// Thread safety: immutable once loaded.
class AnswerBook {
 public:
  // Adds the lines of `in`. INVALID_ARGUMENT naming the line.
  absl::Status Load(std::istream& in);

  // The recorded answer of `model`, or of any model, or null.
  const v1::Observation* Find(std::string_view model, const v1::ModelRequest& request) const;
  size_t size() const { return answers_.size(); }

 private:
  absl::flat_hash_map<std::string, v1::Observation> answers_;
};

}  // namespace warmpath
