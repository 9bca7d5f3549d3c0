// The schemas that this process has met, compiled once for all scorers.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scorer/json_schema/json_schema.h"

namespace warmpath {

// The compiled form of a schema text, from a cache of bounded size that all threads share. The cache is
// never seen in a result: it saves time and nothing else.
absl::StatusOr<std::shared_ptr<const CompiledSchema>> SharedSchema(std::string_view schema_json);

// What one value is under one schema.
struct SchemaCheck {
  enum class Verdict { kFits, kBreaks, kUncheckable };
  Verdict verdict = Verdict::kFits;
  // For kBreaks: each place.
  std::vector<SchemaError> errors;
  // For kUncheckable: why.
  std::string problem;
};

SchemaCheck CheckSchema(const CompiledSchema& schema, const boost::json::value& value);

}  // namespace warmpath
