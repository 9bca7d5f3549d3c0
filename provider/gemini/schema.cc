#include "provider/gemini/schema.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr std::string_view kTaken[] = {
    "$id",      "$anchor",     "type",     "format",   "title",   "description", "enum",
    "items",    "prefixItems", "minItems", "maxItems", "minimum", "maximum",     "anyOf",
    "oneOf",    "properties",  "$ref",     "$defs",    "required", "additionalProperties",
    "propertyOrdering"};
// Say nothing about what is valid, so nobody misses them.
constexpr std::string_view kSilent[] = {"$schema", "$comment", "default",  "examples",
                                        "deprecated", "readOnly", "writeOnly"};

template <size_t n>
bool Contains(const std::string_view (&list)[n], std::string_view key) {
  return std::find(std::begin(list), std::end(list), key) != std::end(list);
}

std::string_view KeyOf(const json::key_value_pair& member) {
  return {member.key().data(), member.key().size()};
}

// Rewrites one schema and those inside it.
class Rewriter {
 public:
  json::value Rewrite(const json::value& value) {
    const json::object* in = value.if_object();
    if (in == nullptr) return value;  // true and false
    json::object out;
    std::string moved;
    if (const json::value* ref = Member(*in, "$ref"); ref != nullptr && ref->is_string()) {
      return Reference(*in, *ref);
    }
    for (const auto& member : *in) Take(KeyOf(member), member.value(), &out, &moved);
    if (!out.contains("items") && StringMember(out, "type") == "array") {
      out["items"] = json::object();
    }
    if (!moved.empty()) {
      const std::string_view before = StringMember(out, "description");
      out["description"] = json::string(
          absl::StrCat(ToAbsl(before), before.empty() ? "(" : " (", moved, ")"));
    }
    return out;
  }

  std::vector<std::string> hints() const { return {hints_.begin(), hints_.end()}; }

 private:
  // Nothing may stand beside a reference but what begins with a dollar sign.
  json::value Reference(const json::object& in, const json::value& ref) {
    json::object out;
    out["$ref"] = json::string(absl::StrReplaceAll(ToAbsl(AsView(ref.get_string())),
                                                   {{"#/definitions/", "#/$defs/"}}));
    std::string ignored;
    for (const auto& member : in) {
      const std::string_view key = KeyOf(member);
      if (key == "$defs" || key == "definitions") {
        Take(key, member.value(), &out, &ignored);
      } else if (key != "$ref" && key != "title" && key != "description" &&
                 !Contains(kSilent, key)) {
        hints_.insert(std::string(key));
      }
    }
    return out;
  }

  void Take(std::string_view key, const json::value& value, json::object* out, std::string* moved) {
    if (key == "properties" || key == "$defs" || key == "definitions") {
      json::object all;
      if (value.is_object()) {
        for (const auto& member : value.get_object()) all[member.key()] = Rewrite(member.value());
      }
      (*out)[key == "definitions" ? "$defs" : key] = std::move(all);
    } else if (key == "anyOf" || key == "oneOf" || key == "prefixItems") {
      json::array all;
      if (value.is_array()) {
        for (const json::value& one : value.get_array()) all.push_back(Rewrite(one));
      }
      (*out)[key] = std::move(all);
    } else if (key == "items" || key == "additionalProperties") {
      (*out)[key] = Rewrite(value);
    } else if (key == "const" && IsEnumValue(value)) {
      (*out)["enum"] = json::array({value});
    } else if (key == "enum" && !AreEnumValues(value)) {
      Move(key, value, moved);
    } else if (Contains(kTaken, key)) {
      (*out)[key] = value;
    } else if (!Contains(kSilent, key)) {
      Move(key, value, moved);
    }
  }

  static bool IsEnumValue(const json::value& value) { return value.is_string() || value.is_number(); }
  static bool AreEnumValues(const json::value& value) {
    return value.is_array() &&
           std::all_of(value.get_array().begin(), value.get_array().end(), IsEnumValue);
  }

  void Move(std::string_view key, const json::value& value, std::string* moved) {
    hints_.insert(std::string(key));
    absl::StrAppend(moved, moved->empty() ? "" : "; ", ToAbsl(key), ": ", ToJson(value));
  }

  std::set<std::string> hints_;
};

// "5" as 5: int64 fields stand in quotes in Google's JSON.
json::value Number(const json::value& value) {
  int64_t number = 0;
  if (value.is_string() && absl::SimpleAtoi(ToAbsl(AsView(value.get_string())), &number)) {
    return number;
  }
  return value;
}

}  // namespace

GeminiSchema ToGeminiSchema(std::string_view schema_json) {
  const auto schema = ParseJson(schema_json);
  if (!schema.ok() || !schema->is_object()) return {std::string(schema_json), {}};
  Rewriter rewriter;
  const json::value rewritten = rewriter.Rewrite(*schema);
  // What needed no change stays as it was written.
  if (rewritten == *schema) return {std::string(schema_json), {}};
  return {ToJson(rewritten), rewriter.hints()};
}

json::value FromGeminiSchema(const json::value& schema) {
  if (schema.is_array()) {
    json::array all;
    for (const json::value& one : schema.get_array()) all.push_back(FromGeminiSchema(one));
    return all;
  }
  const json::object* in = schema.if_object();
  if (in == nullptr) return schema;
  json::object out;
  for (const auto& member : *in) {
    const std::string_view key = KeyOf(member);
    if (key == "type" && member.value().is_string()) {
      out["type"] = json::string(
          absl::AsciiStrToLower(ToAbsl(AsView(member.value().get_string()))));
    } else if (key == "properties" && member.value().is_object()) {
      json::object all;
      for (const auto& property : member.value().get_object()) {
        all[property.key()] = FromGeminiSchema(property.value());
      }
      out["properties"] = std::move(all);
    } else if (key == "items" || key == "anyOf") {
      out[key] = FromGeminiSchema(member.value());
    } else if (key.starts_with("min") || key.starts_with("max")) {
      out[key] = Number(member.value());
    } else if (key != "nullable") {
      out[key] = member.value();
    }
  }
  const json::value* nullable = Member(*in, "nullable");
  if (nullable != nullptr && nullable->is_bool() && nullable->get_bool() && out.contains("type")) {
    out["type"] = json::array({out["type"], "null"});
  }
  return out;
}

}  // namespace warmpath
