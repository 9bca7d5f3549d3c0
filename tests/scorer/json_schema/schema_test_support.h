// A small vocabulary for tests of the validator.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "gtest/gtest.h"
#include "scorer/json_schema/json_schema.h"

namespace warmpath::testing {

// Parses `text`, which must be JSON; nesting up to 100,000 is fine.
inline boost::json::value Json(absl::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 100'000;
  boost::json::error_code error;
  auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {},
                                  options);
  EXPECT_FALSE(error) << error.message() << " in " << text.substr(0, 200);
  return value;
}

// Compiles `text`, which must be a schema.
inline std::shared_ptr<const CompiledSchema> Schema(absl::string_view text,
                                                    const SchemaCompileOptions& options = {}) {
  auto schema = CompiledSchema::Compile(Json(text), options);
  EXPECT_TRUE(schema.ok()) << schema.status();
  return schema.ok() ? *schema : nullptr;
}

inline ValidationResult Check(absl::string_view schema, absl::string_view instance,
                              const SchemaCompileOptions& options = {}) {
  return Schema(schema, options)->Validate(Json(instance));
}

// "keyword at instance pointer (schema pointer)" of every error.
inline std::vector<std::string> Places(const ValidationResult& result) {
  std::vector<std::string> places;
  for (const SchemaError& error : result.errors) {
    places.push_back(error.keyword + " at \"" + error.instance_pointer + "\" (" +
                     error.schema_pointer + ")");
  }
  return places;
}

}  // namespace warmpath::testing
