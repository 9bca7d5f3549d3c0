// What an event is, by string tests: no JSON is parsed on the live path.
#include <algorithm>

#include "provider/openai_responses/codec.h"
#include "provider/wire/json_scan.h"

namespace warmpath {
namespace {

constexpr std::string_view kResponse = "response.";
constexpr std::string_view kType = "\"type\"";

PieceKind ContentIf(bool content) { return content ? PieceKind::kContent : PieceKind::kPreamble; }

// The type of an event that has no name: the one "type" inside it that names an event. Nested objects
// have types, too, but none of those names.
std::string_view TypeOf(std::string_view data) {
  std::string_view first;
  for (size_t at = data.find(kType); at != std::string_view::npos;
       at = data.find(kType, at + kType.size())) {
    const std::string_view type = ScanString(data.substr(at), kType);
    if (type.starts_with(kResponse)) return type;
    if (first.empty()) first = type;
  }
  return first;
}

bool HasWord(std::string_view data, std::string_view quoted_word) {
  return data.find(quoted_word) != std::string_view::npos;
}

// Whether an item or part, whole or begun, is more than an empty shell of a message.
bool HoldsContent(std::string_view data) {
  if (HasWord(data, "\"function_call\"") || HasWord(data, "\"custom_tool_call\"")) return true;
  if (HasWord(data, "\"output_text\"")) return HasFilledMember(data, "\"text\"");
  return HasWord(data, "\"message\"") ? HasFilledMember(data, "\"text\"") ||
                                            HasFilledMember(data, "\"refusal\"")
                                      : HasFilledMember(data, "\"refusal\"");
}

PieceKind ClassifyResponse(std::string_view type, std::string_view data) {
  static constexpr std::string_view kTold[] = {"output_text.", "refusal.",
                                               "function_call_arguments.",
                                               "custom_tool_call_input."};
  if (type == "completed" || type == "incomplete") return PieceKind::kTerminal;
  if (type == "failed") return PieceKind::kError;
  if (type.starts_with("output_item.") || type.starts_with("content_part.")) {
    return ContentIf(HoldsContent(data));
  }
  const bool told = std::any_of(std::begin(kTold), std::end(kTold), [&](std::string_view prefix) {
    return type.starts_with(prefix);
  });
  if (!told || type == "output_text.annotation.added") return PieceKind::kPreamble;
  if (type.ends_with(".delta")) return ContentIf(HasFilledMember(data, "\"delta\""));
  for (std::string_view key : {"\"text\"", "\"refusal\"", "\"arguments\"", "\"input\""}) {
    if (HasFilledMember(data, key)) return PieceKind::kContent;
  }
  return PieceKind::kPreamble;
}

}  // namespace

PieceKind OpenAiResponsesCodec::Classify(std::string_view event, std::string_view data) const {
  const std::string_view type = event.empty() ? TypeOf(data) : event;
  if (type.starts_with(kResponse)) return ClassifyResponse(type.substr(kResponse.size()), data);
  const bool error = type == "error" || HasTopLevelValue(data, "\"error\"");
  return error ? PieceKind::kError : PieceKind::kPreamble;
}

}  // namespace warmpath
