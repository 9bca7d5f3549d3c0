#include "base/pointer_pattern.h"

#include "absl/status/status.h"
#include "base/json.h"

namespace warmpath {
namespace {

namespace json = boost::json;

void AddText(const json::value& value, std::vector<std::string>& texts) {
  texts.push_back(value.is_string() ? std::string(value.get_string().data(), value.get_string().size())
                                    : ToJson(value));
}

void Collect(const json::value& value, std::string_view pointer, size_t max_texts,
             std::vector<std::string>& texts) {
  // "/*" as a whole token.
  size_t star = pointer.find("/*");
  while (star != std::string_view::npos && star + 2 < pointer.size() && pointer[star + 2] != '/') {
    star = pointer.find("/*", star + 1);
  }
  if (star == std::string_view::npos) {
    if (const json::value* place = Find(value, pointer)) AddText(*place, texts);
    return;
  }
  const json::array* list = FindArray(value, pointer.substr(0, star));
  if (list == nullptr) return;
  for (const json::value& element : *list) {
    if (texts.size() >= max_texts) return;
    Collect(element, pointer.substr(star + 2), max_texts, texts);
  }
}

}  // namespace

absl::StatusOr<PointerPattern> ParsePointerPattern(std::string_view text) {
  PointerPattern parsed;
  if (text.substr(0, 3) != "(?/") {
    parsed.pattern = std::string(text);
    return parsed;
  }
  const size_t end = text.find(')');
  if (end == std::string_view::npos) {
    return absl::InvalidArgumentError("\"(?/\" begins a JSON pointer, which \")\" must end");
  }
  parsed.at_pointer = true;
  parsed.pointer = std::string(text.substr(2, end - 2));
  parsed.pattern = std::string(text.substr(end + 1));
  return parsed;
}

std::vector<std::string> TextsAtPointer(const json::value& value, std::string_view pointer,
                                        size_t max_texts) {
  std::vector<std::string> texts;
  Collect(value, pointer, max_texts, texts);
  return texts;
}

}  // namespace warmpath
