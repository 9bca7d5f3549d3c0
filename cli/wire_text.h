// Answers as they came over the wire, kept as text.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "provider/dialect.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// The dialect of that name: openai_chat or openai, openai_responses, anthropic_messages or anthropic,
// gemini_generate_content or gemini.
// Errors: INVALID_ARGUMENT for any other, naming the choices.
absl::StatusOr<Dialect> DialectByName(std::string_view name);

// Decodes an answer; tells by its content whether it is JSON or an event stream. A stream's payloads
// without their framing, one JSON text a line, are a stream too.
//
// Without a `status` the answer is read as a 200, and the Observation's http_status is 0.
v1::Observation DecodeWireText(Dialect dialect, std::optional<int> status, std::string_view raw);

}  // namespace warmpath
