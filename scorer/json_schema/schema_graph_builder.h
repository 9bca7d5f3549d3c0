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
struct Draught {
  const boost::json::object& schema;
  SchemaNode& node;
  SchemaResource* resource;

  const boost::json::value* Sibling(const char* keyword) const { return schema.if_contains(keyword); }
  Draft draft() const { return resource->dialect.draft; }
};

// A SchemaGraphBuilder compiles one schema; used once.
//
// Thread safety: none. Ownership: borrows `options`.
class SchemaGraphBuilder {
 public:
  explicit SchemaGraphBuilder(const SchemaCompileOptions& options) : options_(options) {}

  absl::StatusOr<std::unique_ptr<SchemaGraph>> Run(const boost::json::value& schema);

 private:
  using Handler = absl::Status (SchemaGraphBuilder::*)(absl::string_view keyword, const boost::json::value& value,
                                             Draught& at);
  struct Keyword {
    Handler handler;
    Draft first = Draft::k4;
    Draft last = Draft::k2020_12;
    bool validation = true;  // belongs to the validation vocabulary
  };
  using Keywords = absl::flat_hash_map<absl::string_view, Keyword>;
  static const Keywords& KnownKeywords();

  struct Pending {
    const boost::json::value* value;
    SchemaNode* node;
    SchemaResource* resource;
  };

  absl::StatusOr<const SchemaNode*> NodeFor(const boost::json::value& value, SchemaResource* resource,
                                            const SchemaLocation* location);
  absl::StatusOr<const SchemaNode*> Child(const boost::json::value& value, const Draught& at,
                                          absl::string_view keyword);
  absl::StatusOr<const SchemaNode*> ChildAt(const boost::json::value& value, const Draught& at,
                                            const SchemaLocation* location);
  absl::StatusOr<std::vector<const SchemaNode*>> Children(const boost::json::value& value,
                                                          const Draught& at,
                                                          absl::string_view keyword);
  absl::Status Drain();
  absl::Status CompileNode(const Pending& pending);
  absl::Status CompileKeyword(const boost::json::key_value_pair& member, Draught& at);
  absl::Status CompileDynamicTargets();
  // The place that a $ref names, or nothing if it leads nowhere and that is noted in the node.
  absl::StatusOr<std::optional<SchemaDocuments::Place>> Resolve(const boost::json::value& reference,
                                                                Draught& at);
  absl::StatusOr<const EcmaPattern*> Pattern(absl::string_view source);

  static absl::StatusOr<uint64_t> Count(const boost::json::value& value);
  static absl::StatusOr<std::vector<absl::string_view>> Names(const boost::json::value& value);
  static PropertyRule& Property(ObjectRules& rules, absl::string_view name);

  // Handlers; each checks the shape of its value.
  absl::Status Ref(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status DynamicRef(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status RecursiveRef(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Type(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Constant(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Enum(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Bound(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status ExclusiveBound(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status MultipleOf(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Size(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status StringPattern(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Format(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Items(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status PrefixItems(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status AdditionalItems(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status UniqueItems(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Contains(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Unevaluated(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Properties(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status PatternProperties(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status ObjectSchema(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Required(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Dependencies(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status Combination(absl::string_view keyword, const boost::json::value& value, Draught& at);
  absl::Status SingleInPlace(absl::string_view keyword, const boost::json::value& value, Draught& at);

  const SchemaCompileOptions& options_;
  std::unique_ptr<SchemaGraph> graph_ = std::make_unique<SchemaGraph>();
  absl::flat_hash_map<const boost::json::value*, SchemaNode*> nodes_;
  std::vector<Pending> pending_;
  absl::flat_hash_map<std::string, const EcmaPattern*> patterns_;
  int64_t pattern_instructions_ = 0;
  absl::flat_hash_set<std::string> dynamic_names_;
};

}  // namespace warmpath
