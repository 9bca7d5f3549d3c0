// warmpath's JSON Schema validator: drafts 4, 6, 7, 2019-09 and 2020-12 over Boost.JSON values.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "scorer/json_schema/schema_compiler.h"
#include "scorer/json_schema/schema_error.h"

namespace warmpath {

// A CompiledSchema is a schema made ready for many validations.
//
//   ASSIGN_OR_RETURN(auto schema, CompiledSchema::Compile(schema_json));
//   if (!schema->IsValid(arguments)) {
//     for (const SchemaError& error : schema->Validate(arguments).errors) ...
//   }
//
// Pure: no I/O, clock, log or randomness. Nothing is fetched: a $ref reaches the schema itself, the
// published metaschemas and what `options.resolver` holds.
// Bounded: schema size, depth and patterns when compiling; depth, steps and errors when validating.
// Patterns run on RE2; one that it can't hold makes what rests on it unknown, never valid.
//
// Thread safety: immutable; all methods may be called concurrently.
// Ownership: copies the schema and whatever it refers to.
class CompiledSchema {
 public:
  // Errors: INVALID_ARGUMENT (malformed keyword), NOT_FOUND (a $ref that leads nowhere, with
  // refuse_unresolved_refs), RESOURCE_EXHAUSTED (over a limit); the message begins with the JSON
  // pointer in the schema.
  static absl::StatusOr<std::shared_ptr<const CompiledSchema>> Compile(
      const boost::json::value& schema, const SchemaCompileOptions& options = {});

  // The verdict and every failing place, up to limits.max_errors.
  ValidationResult Validate(const boost::json::value& instance,
                            const ValidateLimits& limits = {}) const;

  // The verdict alone: stops at the first violation.
  SchemaVerdict Judge(const boost::json::value& instance, const ValidateLimits& limits = {}) const;

  // Whether the instance is known to be valid; false also if that can't be told.
  bool IsValid(const boost::json::value& instance, const ValidateLimits& limits = {}) const {
    return Judge(instance, limits) == SchemaVerdict::kValid;
  }

  // The schema itself, for those who read its defaults and enums.
  const boost::json::value& document() const { return *graph_->root->resource->root; }

  // Subschemas compiled, as a measure of size.
  size_t node_count() const { return graph_->nodes.size(); }

 private:
  explicit CompiledSchema(std::unique_ptr<const SchemaGraph> graph) : graph_(std::move(graph)) {}

  std::unique_ptr<const SchemaGraph> graph_;
};

}  // namespace warmpath
