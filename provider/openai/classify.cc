// What a chunk is, by string tests: no JSON is parsed on the live path.
#include "provider/openai/codec.h"
#include "provider/wire/json_scan.h"

namespace warmpath {

PieceKind OpenAiChatCodec::Classify(std::string_view event, std::string_view data) const {
  if (event == "error" || HasTopLevelValue(data, "\"error\"")) return PieceKind::kError;
  if (HasFilledMember(data, "\"finish_reason\"")) return PieceKind::kTerminal;
  for (std::string_view key : {"\"content\"", "\"tool_calls\"", "\"refusal\"", "\"function_call\""}) {
    if (HasFilledMember(data, key)) return PieceKind::kContent;
  }
  return PieceKind::kPreamble;
}

}  // namespace warmpath
