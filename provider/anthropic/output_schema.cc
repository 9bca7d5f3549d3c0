#include "provider/anthropic/output_schema.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr int kMaxOptional = 24;
constexpr std::string_view kKept[] = {"type", "title", "description", "required", "enum", "const",
                                      "$ref", "$schema", "$id", "$comment"};
constexpr std::string_view kFormats[] = {"date-time", "time", "date", "duration", "email",
                                         "hostname", "uri", "ipv4", "ipv6", "uuid"};

template <size_t n>
bool Contains(const std::string_view (&list)[n], std::string_view key) {
  return std::find(std::begin(list), std::end(list), key) != std::end(list);
}

std::string_view KeyOf(const json::key_value_pair& member) {
  return {member.key().data(), member.key().size()};
}

// Collects what `value` refers to by $ref.
void CollectRefs(const json::value& value, std::set<std::string>* refs) {
  if (const json::array* list = value.if_array()) {
    for (const json::value& element : *list) CollectRefs(element, refs);
  }
  const json::object* object = value.if_object();
  if (object == nullptr) return;
  for (const auto& member : *object) {
    if (KeyOf(member) == "$ref" && member.value().is_string()) {
      refs->insert(std::string(AsView(member.value().get_string())));
    } else {
      CollectRefs(member.value(), refs);
    }
  }
}

// Whether some definition can be reached from itself. "#" is the root, which holds everything.
bool IsRecursive(const json::object& root) {
  std::map<std::string, std::set<std::string>> reach;
  for (std::string_view home : {"$defs", "definitions"}) {
    const json::object* members = ObjectMember(root, home);
    if (members == nullptr) continue;
    for (const auto& member : *members) {
      const std::string name =
          absl::StrCat("#/", ToAbsl(home), "/", EscapePointerToken(KeyOf(member)));
      CollectRefs(member.value(), &reach[name]);
    }
  }
  std::set<std::string> all;
  CollectRefs(json::value(root), &all);
  if (all.contains("#")) return true;
  for (const auto& start : reach) {
    std::set<std::string> seen;
    std::vector<std::string> todo(start.second.begin(), start.second.end());
    while (!todo.empty()) {
      const std::string name = todo.back();
      todo.pop_back();
      if (name == start.first) return true;
      if (!seen.insert(name).second) continue;
      const auto next = reach.find(name);
      if (next != reach.end()) todo.insert(todo.end(), next->second.begin(), next->second.end());
    }
  }
  return false;
}

class Normaliser {
 public:
  json::value Rewrite(const json::value& value) {
    const json::object* schema = value.if_object();
    // `true`, or something that is no schema: nothing can be said in its place.
    if (schema == nullptr) {
      hints.insert("true");
      return json::object();
    }
    json::object out;
    std::string moved;
    for (const auto& member : *schema) RewriteMember(member, &out, &moved);
    if (StringMember(*schema, "type") == "object" || schema->contains("properties")) {
      CloseObject(*schema, &out);
    }
    if (!moved.empty()) {
      const std::string_view text = StringMember(out, "description");
      out["description"] =
          json::string(absl::StrCat(ToAbsl(text), text.empty() ? "" : " ", "{", moved, "}"));
    }
    return out;
  }

  std::set<std::string> hints;
  int optional = 0;

 private:
  void RewriteMember(const json::key_value_pair& member, json::object* out, std::string* moved) {
    const std::string_view key = KeyOf(member);
    const json::value& value = member.value();
    if (key == "additionalProperties") return;  // see CloseObject
    if (Contains(kKept, key)) {
      (*out)[member.key()] = value;
    } else if ((key == "properties" || key == "$defs" || key == "definitions") &&
               value.is_object()) {
      json::object& members = (*out)[member.key()].emplace_object();
      for (const auto& inner : value.get_object()) members[inner.key()] = Rewrite(inner.value());
    } else if ((key == "anyOf" || key == "oneOf" || key == "allOf") && value.is_array()) {
      json::array options;
      for (const json::value& option : value.get_array()) options.push_back(Rewrite(option));
      (*out)[key == "allOf" ? "allOf" : "anyOf"] = std::move(options);
    } else if (key == "items" && value.is_object()) {
      (*out)[member.key()] = Rewrite(value);
    } else if (IsKeptValue(key, value)) {
      (*out)[member.key()] = value;
    } else {
      hints.insert(std::string(key));
      absl::StrAppend(moved, moved->empty() ? "" : ", ", ToAbsl(key), ": ", ToJson(value));
    }
  }

  static bool IsKeptValue(std::string_view key, const json::value& value) {
    if (key == "minItems") return value == 0 || value == 1;
    return key == "format" && value.is_string() && Contains(kFormats, AsView(value.get_string()));
  }

  void CloseObject(const json::object& schema, json::object* out) {
    const json::value* additional = schema.if_contains("additionalProperties");
    if (additional != nullptr && *additional != json::value(false)) {
      hints.insert("additionalProperties");
    }
    (*out)["additionalProperties"] = false;
    const json::object* properties = ObjectMember(schema, "properties");
    const json::array* required = ArrayMember(schema, "required");
    const size_t listed = required == nullptr ? 0 : required->size();
    if (properties != nullptr && properties->size() > listed) {
      optional += static_cast<int>(properties->size() - listed);
    }
  }
};

}  // namespace

OutputSchema ToAnthropicSchema(std::string_view schema_json) {
  OutputSchema result;
  const auto schema = ParseJson(schema_json);
  if (!schema.ok() || !schema->is_object()) {
    result.problem = "it is not a schema object";
    return result;
  }
  if (IsRecursive(schema->get_object())) {
    result.problem = "it is recursive";
    return result;
  }
  Normaliser normaliser;
  const json::value rewritten = normaliser.Rewrite(*schema);
  result.optional = normaliser.optional;
  if (normaliser.optional > kMaxOptional) {
    result.problem = absl::StrCat("it has ", normaliser.optional, " optional properties, over ",
                                  kMaxOptional);
    return result;
  }
  result.json = ToJson(rewritten);
  result.hints.assign(normaliser.hints.begin(), normaliser.hints.end());
  return result;
}

}  // namespace warmpath
