#include "provider/openai/tool_choice.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

// The name in an entry of either dialect; "" where there is none.
std::string_view AllowedName(const json::value& value) {
  const json::object* entry = value.if_object();
  if (entry == nullptr) return "";
  for (std::string_view kind : {"function", "custom"}) {
    const json::object* inner = ObjectMember(*entry, kind);
    if (inner != nullptr) return StringMember(*inner, "name");
  }
  return StringMember(*entry, "name");
}

}  // namespace

bool SetToolChoiceMode(std::string_view word, v1::ModelRequest* request) {
  v1::ToolChoiceMode mode = v1::TOOL_CHOICE_MODE_UNSPECIFIED;
  if (word == "auto") mode = v1::TOOL_CHOICE_MODE_AUTO;
  if (word == "none") mode = v1::TOOL_CHOICE_MODE_NONE;
  if (word == "required" || word == "any") mode = v1::TOOL_CHOICE_MODE_REQUIRED;
  if (mode != v1::TOOL_CHOICE_MODE_UNSPECIFIED) request->mutable_tool_choice()->set_mode(mode);
  return mode != v1::TOOL_CHOICE_MODE_UNSPECIFIED;
}

absl::Status ApplyAllowedTools(const json::object& allowed, std::string_view pointer,
                               v1::ModelRequest* request) {
  const json::array* entries = ArrayMember(allowed, "tools");
  if (entries == nullptr || entries->empty()) {
    return MustBe(PointerAppend(pointer, "tools"), "a list of at least one tool");
  }
  std::set<std::string, std::less<>> names;
  for (size_t i = 0; i < entries->size(); ++i) {
    const std::string_view name = AllowedName((*entries)[i]);
    const bool declared =
        std::any_of(request->tools().begin(), request->tools().end(),
                    [&](const v1::Tool& tool) { return !name.empty() && tool.name() == name; });
    if (!declared) {
      return MustBe(PointerAppend(PointerAppend(pointer, "tools"), i),
                    "a tool that is declared in tools");
    }
    names.emplace(name);
  }
  auto* tools = request->mutable_tools();
  tools->erase(std::remove_if(tools->begin(), tools->end(),
                              [&](const v1::Tool& tool) { return !names.contains(tool.name()); }),
               tools->end());
  const std::string_view mode = StringMember(allowed, "mode");
  if (mode != "auto" && mode != "required") {
    return MustBe(PointerAppend(pointer, "mode"), "\"auto\" or \"required\"");
  }
  SetToolChoiceMode(mode, request);
  return absl::OkStatus();
}

}  // namespace warmpath
