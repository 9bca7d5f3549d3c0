#include "provider/openai_responses/stateless.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

struct Remedy {
  std::string_view field;
  std::string_view why;
};

constexpr Remedy kFields[] = {
    {"previous_response_id",
     "names an answer that one vendor stores; send the whole conversation in input"},
    {"conversation", "names a conversation that one vendor stores; send its items in input"},
    {"prompt", "names a prompt that one vendor stores; send its text in instructions and input"},
    {"background", "asks for an answer to be fetched later; leave it out or set it to false"},
};

// The quoted words without one of which a body holds nothing stateful.
constexpr std::string_view kMarks[] = {"\"previous_response_id\"", "\"conversation\"",
                                       "\"prompt\"",               "\"background\"",
                                       "\"item_reference\"",       "\"tools\""};

StatefulField Found(std::string pointer, std::string_view kind, std::string_view why) {
  std::string message = absl::StrCat(pointer, " ", ToAbsl(why));
  return {.pointer = std::move(pointer), .kind = std::string(kind), .message = std::move(message)};
}

std::optional<StatefulField> FindInInput(const json::object& body) {
  const json::array* items = ArrayMember(body, "input");
  if (items == nullptr) return std::nullopt;
  for (size_t i = 0; i < items->size(); ++i) {
    const json::object* item = (*items)[i].if_object();
    if (item == nullptr) continue;
    // The short form of a reference is an id alone.
    const bool bare = item->size() == 1 && item->contains("id");
    if (!bare && StringMember(*item, "type") != "item_reference") continue;
    return Found(PointerAppend("/input", i), "item_reference",
                 "refers to an item that one vendor stores; send the item itself");
  }
  return std::nullopt;
}

std::optional<StatefulField> FindInTools(const json::object& body) {
  const json::array* tools = ArrayMember(body, "tools");
  if (tools == nullptr) return std::nullopt;
  for (size_t i = 0; i < tools->size(); ++i) {
    const json::object* tool = (*tools)[i].if_object();
    const std::string_view type = tool == nullptr ? "" : StringMember(*tool, "type");
    if (type.empty() || type == "function" || type == "custom") continue;
    return Found(PointerAppend("/tools", i), type.substr(0, 64),
                 absl::StrCat("is of type ", ToAbsl(type.substr(0, 64)),
                              ", which one vendor runs or defines; declare a function instead"));
  }
  return std::nullopt;
}

}  // namespace

std::optional<StatefulField> FindStatefulField(const json::object& body) {
  for (const Remedy& remedy : kFields) {
    const json::value* value = Member(body, remedy.field);
    if (value == nullptr || (value->is_bool() && !value->get_bool())) continue;
    return Found(PointerAppend("", remedy.field), remedy.field, remedy.why);
  }
  if (auto found = FindInInput(body)) return found;
  return FindInTools(body);
}

std::optional<StatefulField> FindStatefulField(std::string_view body) {
  const bool marked = std::any_of(std::begin(kMarks), std::end(kMarks), [&](std::string_view mark) {
    return body.find(mark) != std::string_view::npos;
  });
  // A bare reference has no mark, but an id; a mark may be written with escapes.
  const bool parse = marked || body.find("\"id\"") != std::string_view::npos ||
                     body.find("\\u00") != std::string_view::npos;
  if (!parse) return std::nullopt;
  const auto value = ParseJson(body);
  if (!value.ok() || !value->is_object()) return std::nullopt;
  return FindStatefulField(value->get_object());
}

}  // namespace warmpath
