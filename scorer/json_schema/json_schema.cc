#include "scorer/json_schema/json_schema.h"

#include <utility>

#include "base/status_macros.h"
#include "scorer/json_schema/evaluator.h"

namespace warmpath {

absl::StatusOr<std::shared_ptr<const CompiledSchema>> CompiledSchema::Compile(
    const boost::json::value& schema, const SchemaCompileOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<const SchemaGraph> graph, CompileSchemaGraph(schema, options));
  return std::shared_ptr<const CompiledSchema>(new CompiledSchema(std::move(graph)));
}

SchemaVerdict CompiledSchema::Judge(const boost::json::value& instance,
                                    const ValidateLimits& limits) const {
  return Evaluator(*graph_, limits, nullptr).Run(instance);
}

ValidationResult CompiledSchema::Validate(const boost::json::value& instance,
                                          const ValidateLimits& limits) const {
  ValidationResult result;
  Evaluator judge(*graph_, limits, nullptr);
  const SchemaVerdict verdict = judge.Run(instance);
  result.valid = verdict == SchemaVerdict::kValid;
  result.complete = verdict != SchemaVerdict::kUnknown;
  result.incomplete_reason = judge.stop_reason();
  if (result.valid || !result.incomplete_reason.empty()) return result;

  // Most instances are valid, so errors are worked out in a second pass, with limits of its own.
  Evaluator explainer(*graph_, limits, &result.errors);
  explainer.Run(instance);
  result.errors_left_out = explainer.errors_left_out();
  if (result.complete && result.errors.empty()) {
    result.errors.push_back({.message = "does not fit the schema; finding every place took " +
                                        explainer.stop_reason()});
  }
  if (!result.complete) {
    result.incomplete_reason =
        result.errors.empty() ? "a keyword cannot be checked" : result.errors[0].message;
  }
  return result;
}

}  // namespace warmpath
