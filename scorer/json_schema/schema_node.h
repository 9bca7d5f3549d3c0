// What a schema becomes when it is compiled: a graph of nodes that the evaluator walks.
//
// Every schema object (or true/false) that can be reached is one SchemaNode; $ref is a pointer, so
// a recursive schema is a cyclic graph. Rules for one kind of value stand together and are absent
// if the schema says nothing about that kind.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "scorer/json_schema/ecma_pattern.h"
#include "scorer/json_schema/formats.h"
#include "scorer/json_schema/schema_documents.h"

namespace warmpath {

// Sets of JSON types, as bits.
using TypeSet = uint8_t;
inline constexpr TypeSet kNullType = 1, kBooleanType = 2, kObjectType = 4, kArrayType = 8,
                         kStringType = 16, kIntegerType = 32, kFractionType = 64,
                         kNumberType = kIntegerType | kFractionType, kAnyType = 127;

inline constexpr uint64_t kUnbounded = std::numeric_limits<uint64_t>::max();

// const and enum.
struct ValueRules {
  const boost::json::value* constant = nullptr;
  const boost::json::array* allowed = nullptr;
  // All of `allowed`, if there are many and all are strings.
  absl::flat_hash_set<absl::string_view> allowed_strings;
};

struct NumberRules {
  const boost::json::value* minimum = nullptr;
  const boost::json::value* exclusive_minimum = nullptr;
  const boost::json::value* maximum = nullptr;
  const boost::json::value* exclusive_maximum = nullptr;
  const boost::json::value* multiple_of = nullptr;
};

struct StringRules {
  uint64_t min_length = 0;
  uint64_t max_length = kUnbounded;
  const EcmaPattern* pattern = nullptr;
  FormatCheck format = nullptr;
  std::string format_name;
};

struct ArrayRules {
  uint64_t min_items = 0;
  uint64_t max_items = kUnbounded;
  bool unique = false;
  std::vector<const SchemaNode*> prefix;
  const char* prefix_keyword = "prefixItems";  // or items
  const SchemaNode* rest = nullptr;
  const char* rest_keyword = "items";  // or additionalItems
  const SchemaNode* contains = nullptr;
  uint64_t min_contains = 1;
  uint64_t max_contains = kUnbounded;
  bool contains_evaluates = false;  // 2020-12: what `contains` matched counts as evaluated
  const SchemaNode* unevaluated = nullptr;
};

// A property that the schema declares, requires, or both. Names are borrowed from the documents.
struct PropertyRule {
  absl::string_view name;
  const SchemaNode* schema = nullptr;
  bool required = false;
};

struct Dependency {
  absl::string_view name;
  const char* keyword = nullptr;
  std::vector<absl::string_view> required;
  const SchemaNode* schema = nullptr;
};

struct ObjectRules {
  uint64_t min_properties = 0;
  uint64_t max_properties = kUnbounded;
  std::vector<PropertyRule> properties;
  absl::flat_hash_map<absl::string_view, uint32_t> index;  // name -> place in `properties`
  size_t required_count = 0;
  std::vector<std::pair<const EcmaPattern*, const SchemaNode*>> patterns;
  const SchemaNode* additional = nullptr;
  const SchemaNode* names = nullptr;
  std::vector<Dependency> dependencies;
  const SchemaNode* unevaluated = nullptr;
};

// Keywords that apply other schemas to the same place.
struct InPlaceRules {
  const SchemaNode* ref = nullptr;
  // Why a reference leads nowhere, if it does: the verdict is then unknown wherever it applies.
  std::string unresolved;
  // Of $dynamicRef (an anchor) and $recursiveRef (the empty name): `dynamic_target` is where the
  // reference arrives if no resource in the dynamic scope has `dynamic_name`.
  const SchemaNode* dynamic_target = nullptr;
  std::optional<std::string> dynamic_name;
  std::vector<const SchemaNode*> all_of;
  std::vector<const SchemaNode*> any_of;
  std::vector<const SchemaNode*> one_of;
  const SchemaNode* not_schema = nullptr;
  const SchemaNode* if_schema = nullptr;
  const SchemaNode* then_schema = nullptr;
  const SchemaNode* else_schema = nullptr;
};

struct SchemaNode {
  const SchemaLocation* location = nullptr;
  const SchemaResource* resource = nullptr;
  TypeSet types = kAnyType;
  bool never = false;            // the schema `false`
  bool tracks_evaluated = false;  // has unevaluatedProperties or unevaluatedItems
  bool double_is_fraction = false;  // draft 4: 1.0 is no integer
  std::unique_ptr<ValueRules> value;
  std::unique_ptr<NumberRules> number;
  std::unique_ptr<StringRules> string;
  std::unique_ptr<ArrayRules> array;
  std::unique_ptr<ObjectRules> object;
  std::unique_ptr<InPlaceRules> in_place;
};

}  // namespace warmpath
