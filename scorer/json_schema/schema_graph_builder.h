// The inside of the compiler: see schema_compiler.h for its use.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "scorer/json_schema/schema_compiler.h"
#include "scorer/json_schema/schema_documents.h"
#include "scorer/json_schema/schema_node.h"

namespace warmpath {

// A schema object on its way to becoming a node.
struct Subject {
  const boost::json::object& schema;
  SchemaNode& node;
  SchemaResource* resource;

  const boost::json::value* Sibling(const char* keyword) const {
    return schema.if_contains(keyword);
  }
  Draft draft() const { return resource->dialect.draft; }
};

// A GraphBuilder compiles one schema; used once.
//
// Thread safety: none. Ownership: borrows `options`.
class GraphBuilder {
 public:
  using Value = boost::json::value;

  explicit GraphBuilder(const SchemaCompileOptions& options) : options_(options) {}

  absl::StatusOr<std::unique_ptr<SchemaGraph>> Run(const Value& schema);

 private:
  using Handler = absl::Status (GraphBuilder::*)(absl::string_view keyword, const Value& value,
                                                 Subject& at);
  struct Keyword {
    Handler handler;
    Draft first = Draft::k4;
    Draft last = Draft::k2020_12;
    bool validation = true;  // belongs to the validation vocabulary
  };
  using Keywords = absl::flat_hash_map<absl::string_view, Keyword>;
  static const Keywords& KnownKeywords();

  struct Pending {
    const Value* value;
    SchemaNode* node;
    SchemaResource* resource;
  };

  absl::StatusOr<const SchemaNode*> NodeFor(const Value& value, SchemaResource* resource,
                                            const SchemaLocation* location);
  absl::StatusOr<const SchemaNode*> Child(const Value& value, const Subject& at,
                                          absl::string_view keyword);
  absl::StatusOr<const SchemaNode*> ChildAt(const Value& value, const Subject& at,
                                            const SchemaLocation* location);
  absl::StatusOr<std::vector<const SchemaNode*>> Children(const Value& value, const Subject& at,
                                                          absl::string_view keyword);
  absl::Status Drain();
  absl::Status CompileNode(const Pending& pending);
  absl::Status CompileKeyword(const boost::json::key_value_pair& member, Subject& at);
  absl::Status CompileDynamicTargets();
  // The place that a $ref names, or nothing if it leads nowhere and that is noted in the node.
  absl::StatusOr<std::optional<SchemaDocuments::Place>> Resolve(const Value& reference,
                                                                Subject& at);
  absl::StatusOr<const EcmaPattern*> Pattern(absl::string_view source);

  static absl::StatusOr<uint64_t> Count(const Value& value);
  static absl::StatusOr<std::vector<absl::string_view>> Names(const Value& value);
  static PropertyRule& Property(ObjectRules& rules, absl::string_view name);

  // Handlers; each checks the shape of its value.
  absl::Status Ref(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status DynamicRef(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status RecursiveRef(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Type(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Constant(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Enum(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Bound(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status ExclusiveBound(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status MultipleOf(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Size(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status StringPattern(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Format(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Items(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status PrefixItems(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status AdditionalItems(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status UniqueItems(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Contains(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Unevaluated(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Properties(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status PatternProperties(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status ObjectSchema(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Required(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Dependencies(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status Combination(absl::string_view keyword, const Value& value, Subject& at);
  absl::Status SingleInPlace(absl::string_view keyword, const Value& value, Subject& at);

  const SchemaCompileOptions& options_;
  std::unique_ptr<SchemaGraph> graph_ = std::make_unique<SchemaGraph>();
  absl::flat_hash_map<const Value*, SchemaNode*> nodes_;
  std::vector<Pending> pending_;
  absl::flat_hash_map<std::string, const EcmaPattern*> patterns_;
  int64_t pattern_instructions_ = 0;
  absl::flat_hash_set<std::string> dynamic_names_;
};

}  // namespace warmpath
