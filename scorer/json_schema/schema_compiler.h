// Turns a schema into the graph of schema_node.h.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "boost/json.hpp"
#include "scorer/json_schema/schema_documents.h"
#include "scorer/json_schema/schema_node.h"

namespace warmpath {

struct SchemaCompileOptions {
  // The draft of a schema without $schema, or with one that is not known.
  Draft default_draft = Draft::k2020_12;
  // Whether `format` is checked; by default it is an annotation.
  bool assert_formats = false;
  // Whether a $ref that leads nowhere fails the compilation. If not, the verdict is unknown for the
  // instances that it applies to, and only for those.
  bool refuse_unresolved_refs = false;
  // Documents that $ref may reach, besides the published metaschemas. Used by Compile only.
  const SchemaResolver* resolver = nullptr;
  int max_nodes = 50'000;
  int max_depth = 200;        // of the schema's JSON
  int max_values = 500'000;   // JSON values over all documents
  int max_patterns = 1'000;
  int64_t max_pattern_memory_bytes = 1 << 20;         // of each pattern
  int64_t max_pattern_instructions_total = 1 << 20;   // RE2 instructions over all patterns
};

// Everything that evaluation needs; immutable once compiled.
struct SchemaGraph {
  std::unique_ptr<SchemaDocuments> documents;
  std::deque<SchemaNode> nodes;
  std::deque<EcmaPattern> patterns;
  const SchemaNode* root = nullptr;
  bool uses_dynamic_scope = false;
};

// Compiles `schema`. Errors: INVALID_ARGUMENT for a malformed keyword, NOT_FOUND for a reference
// that leads nowhere (if those are refused), RESOURCE_EXHAUSTED over a limit; each message begins
// with the JSON pointer of the keyword. A pattern that RE2 can't hold is no error: see EcmaPattern.
absl::StatusOr<std::unique_ptr<SchemaGraph>> CompileSchemaGraph(
    const boost::json::value& schema, const SchemaCompileOptions& options);

}  // namespace warmpath
