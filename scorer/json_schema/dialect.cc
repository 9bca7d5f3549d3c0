#include "scorer/json_schema/dialect.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/strip.h"

namespace warmpath {
namespace {

struct Holder {
  SubschemaShape shape;
  Draft first = Draft::k4;
  Draft last = Draft::k2020_12;
};

const absl::flat_hash_map<absl::string_view, Holder>& Holders() {
  using enum SubschemaShape;
  static const auto& holders = *new absl::flat_hash_map<absl::string_view, Holder>{
      {"$defs", {kMap, Draft::k2019_09}},
      {"additionalItems", {kSchema, Draft::k4, Draft::k2019_09}},
      {"additionalProperties", {kSchema}},
      {"allOf", {kArray}},
      {"anyOf", {kArray}},
      {"contains", {kSchema, Draft::k6}},
      {"contentSchema", {kSchema, Draft::k2019_09}},
      {"definitions", {kMap}},
      {"dependencies", {kMapOrNames}},
      {"dependentSchemas", {kMap, Draft::k2019_09}},
      {"else", {kSchema, Draft::k7}},
      {"if", {kSchema, Draft::k7}},
      {"items", {kSchemaOrArray}},
      {"not", {kSchema}},
      {"oneOf", {kArray}},
      {"patternProperties", {kMap}},
      {"prefixItems", {kArray, Draft::k2020_12}},
      {"properties", {kMap}},
      {"propertyNames", {kSchema, Draft::k6}},
      {"then", {kSchema, Draft::k7}},
      {"unevaluatedItems", {kSchema, Draft::k2019_09}},
      {"unevaluatedProperties", {kSchema, Draft::k2019_09}},
  };
  return holders;
}

}  // namespace

std::optional<Draft> DraftOfSchemaUri(absl::string_view uri) {
  uri = absl::StripSuffix(uri, "#");
  if (!absl::ConsumePrefix(&uri, "http://json-schema.org/") &&
      !absl::ConsumePrefix(&uri, "https://json-schema.org/")) {
    return std::nullopt;
  }
  if (uri == "draft-04/schema") return Draft::k4;
  if (uri == "draft-06/schema") return Draft::k6;
  if (uri == "draft-07/schema") return Draft::k7;
  if (uri == "draft/2019-09/schema") return Draft::k2019_09;
  if (uri == "draft/2020-12/schema") return Draft::k2020_12;
  return std::nullopt;
}

std::optional<SubschemaShape> SubschemasIn(absl::string_view keyword, Draft draft) {
  const auto found = Holders().find(keyword);
  if (found == Holders().end()) return std::nullopt;
  const Holder& holder = found->second;
  if (draft < holder.first || draft > holder.last) return std::nullopt;
  return holder.shape;
}

}  // namespace warmpath
