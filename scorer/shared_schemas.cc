#include "scorer/shared_schemas.h"

#include <utility>

#include "base/string_view.h"
#include "scorer/json_schema/schema_cache.h"

namespace warmpath {

absl::StatusOr<std::shared_ptr<const CompiledSchema>> SharedSchema(std::string_view schema_json) {
  static SchemaCache& cache = *new SchemaCache();  // never destroyed: threads may outlive main
  return cache.Get(ToAbsl(schema_json));
}

SchemaCheck CheckSchema(const CompiledSchema& schema, const boost::json::value& value) {
  ValidationResult result = schema.Validate(value);
  if (result.valid) return {};
  if (!result.complete) {
    return {SchemaCheck::Verdict::kUncheckable, {}, std::move(result.incomplete_reason)};
  }
  return {SchemaCheck::Verdict::kBreaks, std::move(result.errors), ""};
}

}  // namespace warmpath
