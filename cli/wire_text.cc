#include "cli/wire_text.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/http/sse.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/codec.h"

namespace warmpath {
namespace {

bool IsEventStream(std::string_view raw) {
  const std::string_view text = ToStd(absl::StripLeadingAsciiWhitespace(ToAbsl(raw)));
  for (std::string_view field : {"data:", "event:", "id:", "retry:", ":"}) {
    if (text.starts_with(field)) return true;
  }
  return false;
}

// Frames payloads that stand one on each line; "" if that is not what `raw` is.
std::string FramePayloads(std::string_view raw) {
  std::string framed;
  int payloads = 0;
  for (absl::string_view line : absl::StrSplit(ToAbsl(raw), '\n', absl::SkipWhitespace())) {
    const std::string_view payload = ToStd(absl::StripAsciiWhitespace(line));
    if (payload != "[DONE]" && !ParseJson(payload).ok()) return "";
    AppendSse(framed, "", payload);
    ++payloads;
  }
  return payloads > 1 ? framed : "";
}

// Whether the text ends in a whole event that only lacks its blank line: recordings are often trimmed.
bool EndsTrimmed(std::string_view raw) {
  const std::string_view text = ToStd(absl::StripTrailingAsciiWhitespace(ToAbsl(raw)));
  const size_t line = text.find_last_of("\r\n") + 1;
  constexpr std::string_view kData = "data:";
  if (!text.substr(line).starts_with(kData)) return false;
  const std::string_view data =
      ToStd(absl::StripLeadingAsciiWhitespace(ToAbsl(text.substr(line + kData.size()))));
  return data == "[DONE]" || ParseJson(data).ok();
}

}  // namespace

absl::StatusOr<Dialect> DialectByName(std::string_view name) {
  if (name == "openai_chat" || name == "openai") return Dialect::kOpenAiChat;
  if (name == "anthropic_messages" || name == "anthropic") return Dialect::kAnthropicMessages;
  if (name == "openai_responses") return Dialect::kOpenAiResponses;
  if (name == "gemini_generate_content" || name == "gemini") return Dialect::kGemini;
  return absl::InvalidArgumentError(
      absl::StrCat("the dialect \"", ToAbsl(name),
                   "\" is not decoded here; known are openai_chat, openai_responses, "
                   "anthropic_messages and gemini_generate_content"));
}

v1::Observation DecodeWireText(Dialect dialect, std::optional<int> status, std::string_view raw) {
  std::string framed;
  WireAnswer answer{.http_status = status.value_or(200), .streamed = false, .body = raw};
  if (answer.http_status < 300) {
    answer.streamed = IsEventStream(raw);
    if (!answer.streamed) framed = FramePayloads(raw);
    if (answer.streamed && EndsTrimmed(raw)) framed = absl::StrCat(ToAbsl(raw), "\n\n");
    if (!framed.empty()) {
      answer.streamed = true;
      answer.body = framed;
    }
  }
  v1::Observation observation = CodecFor(dialect).DecodeAnswer(answer);
  if (!status) observation.set_http_status(0);
  return observation;
}

}  // namespace warmpath
