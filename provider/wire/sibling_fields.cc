#include "provider/wire/sibling_fields.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

// The same name and meaning in both. Source: OpenAI's request types.
constexpr std::string_view kShared[] = {
    "metadata",         "moderation",           "prompt_cache_key",       "prompt_cache_options",
    "safety_identifier", "service_tier",        "prompt_cache_retention", "user"};

struct Nested {
  std::string_view chat;
  std::string_view responses;
  std::string_view member;
};

// What is a field in Chat is a member in Responses.
constexpr Nested kNested[] = {{"reasoning_effort", "reasoning", "effort"},
                              {"verbosity", "text", "verbosity"}};

SiblingField Unnest(const Nested& nested, std::string_view text) {
  const auto value = ParseJson(text);
  SiblingField field;
  if (!value.ok() || !value->is_object()) return field;
  for (const auto& member : value->get_object()) {
    if (member.value().is_null()) continue;
    if (std::string_view(member.key().data(), member.key().size()) == nested.member) {
      field.name = std::string(nested.chat);
      field.json = ToJson(member.value());
    } else {
      field.whole = false;
    }
  }
  return field;
}

}  // namespace

SiblingField FindSiblingField(std::string_view from, Dialect target, std::string_view name,
                              std::string_view json) {
  const bool into_responses =
      from == DialectName(Dialect::kOpenAiChat) && target == Dialect::kOpenAiResponses;
  const bool into_chat =
      from == DialectName(Dialect::kOpenAiResponses) && target == Dialect::kOpenAiChat;
  if (!into_responses && !into_chat) return {};
  if (std::find(std::begin(kShared), std::end(kShared), name) != std::end(kShared)) {
    return {.name = std::string(name), .json = std::string(json)};
  }
  for (const Nested& nested : kNested) {
    if (into_chat && name == nested.responses) return Unnest(nested, json);
    if (into_responses && name == nested.chat) {
      return {.name = std::string(nested.responses),
              .json = absl::StrCat("{\"", ToAbsl(nested.member), "\":", ToAbsl(json), "}")};
    }
  }
  return {};
}

std::map<std::string, std::string> SiblingFields(const v1::ModelRequest& request, Dialect target) {
  std::map<std::string, std::string> fields;
  for (const auto& [name, value] : request.extra_json()) {
    SiblingField field = FindSiblingField(request.dialect(), target, name, value);
    if (!field.name.empty()) fields[std::move(field.name)] = std::move(field.json);
  }
  return fields;
}

}  // namespace warmpath
