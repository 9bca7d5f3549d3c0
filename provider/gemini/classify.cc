// What a chunk is, by walks over its text: no JSON is parsed on the live path. Arguments of calls
// stand in a chunk as objects, so a key counts only where it belongs.
#include "provider/gemini/codec.h"
#include "provider/wire/json_scan.h"

namespace warmpath {
namespace {

// The member's text; walks only if the key occurs at all.
std::string_view Get(std::string_view object, std::string_view quoted_key) {
  if (object.find(quoted_key) == std::string_view::npos) return {};
  const std::string_view value = RawMember(object, quoted_key);
  return value == "null" ? std::string_view() : value;
}

bool IsContent(std::string_view part) {
  if (Get(part, "\"thought\"") == "true") return false;
  const std::string_view text = Get(part, "\"text\"");
  if (!text.empty()) return text != "\"\"";
  for (std::string_view key : {"\"functionCall\"", "\"inlineData\"", "\"fileData\"",
                               "\"executableCode\"", "\"codeExecutionResult\"", "\"toolCall\""}) {
    if (!Get(part, key).empty()) return true;
  }
  return false;
}

}  // namespace

PieceKind GeminiCodec::Classify(std::string_view event, std::string_view data) const {
  const size_t first = data.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return PieceKind::kPreamble;
  if (data[first] == '[') data = RawElement(data, 0);
  if (event == "error" || !Get(data, "\"error\"").empty()) return PieceKind::kError;
  const std::string_view candidate = RawElement(Get(data, "\"candidates\""), 0);
  if (candidate.empty()) {
    const bool blocked = Get(Get(data, "\"promptFeedback\""), "\"blockReason\"").size() > 2;
    return blocked ? PieceKind::kTerminal : PieceKind::kPreamble;
  }
  if (Get(candidate, "\"finishReason\"").size() > 2) return PieceKind::kTerminal;
  RawElements parts(Get(Get(candidate, "\"content\""), "\"parts\""));
  for (std::string_view part; parts.Next(part);) {
    if (IsContent(part)) return PieceKind::kContent;
  }
  return PieceKind::kPreamble;
}

}  // namespace warmpath
