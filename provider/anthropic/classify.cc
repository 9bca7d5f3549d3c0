// What an event is, by string tests: no JSON is parsed on the live path.
#include <algorithm>

#include "provider/anthropic/codec.h"
#include "provider/wire/json_scan.h"

namespace warmpath {
namespace {

// What stands from `quoted_key` on: the object of that name comes next.
std::string_view From(std::string_view data, std::string_view quoted_key) {
  const size_t at = data.find(quoted_key);
  return at == std::string_view::npos ? std::string_view() : data.substr(at);
}

PieceKind ContentIf(bool content) { return content ? PieceKind::kContent : PieceKind::kPreamble; }

PieceKind ClassifyStart(std::string_view data) {
  const std::string_view block = From(data, "\"content_block\"");
  const std::string_view type = ScanString(block, "\"type\"");
  if (type == "text") return ContentIf(HasFilledMember(block, "\"text\""));
  static constexpr std::string_view kSilent[] = {"", "thinking", "redacted_thinking", "fallback",
                                                 "compaction"};
  return ContentIf(std::find(std::begin(kSilent), std::end(kSilent), type) == std::end(kSilent));
}

PieceKind ClassifyDelta(std::string_view data) {
  const std::string_view delta = From(data, "\"delta\"");
  const std::string_view type = ScanString(delta, "\"type\"");
  if (type == "text_delta") return ContentIf(HasFilledMember(delta, "\"text\""));
  return ContentIf(type == "input_json_delta" && HasFilledMember(delta, "\"partial_json\""));
}

}  // namespace

PieceKind AnthropicCodec::Classify(std::string_view event, std::string_view data) const {
  const std::string_view type = event.empty() ? ScanString(data, "\"type\"") : event;
  if (type == "content_block_delta") return ClassifyDelta(data);
  if (type == "content_block_start") return ClassifyStart(data);
  if (type == "message_stop") return PieceKind::kTerminal;
  if (type == "error") return PieceKind::kError;
  return PieceKind::kPreamble;
}

}  // namespace warmpath
