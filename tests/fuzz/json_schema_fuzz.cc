// A schema and an instance, parted by a line: bounded, never a crash, and both ways to ask agree.
#include <boost/json/value.hpp>
#include <string>

#include "base/json.h"
#include "scorer/json_schema/json_schema.h"
#include "tests/fuzz/fuzz_input.h"

namespace warmpath::fuzz {
namespace {

void Validate(const boost::json::value& schema, const boost::json::value& instance,
              const SchemaCompileOptions& options) {
  const auto compiled = CompiledSchema::Compile(schema, options);
  if (!compiled.ok()) {
    FUZZ_CHECK(!compiled.status().message().empty());
    return;
  }
  const ValidateLimits limits = {.max_steps = 200'000};
  const ValidationResult all = (*compiled)->Validate(instance, limits);
  const SchemaVerdict verdict = (*compiled)->Judge(instance, limits);
  FUZZ_CHECK(all.errors.size() <= limits.max_errors);
  FUZZ_CHECK(!all.valid || (all.complete && all.errors.empty()));
  FUZZ_CHECK(!all.complete || all.valid || !all.errors.empty(), "invalid, and nobody says why");
  // Only the quick way may stop before a limit is met.
  if (verdict == SchemaVerdict::kUnknown || !all.complete) return;
  FUZZ_CHECK(all.valid == (verdict == SchemaVerdict::kValid));
}

void Check(std::string_view schema_text, std::string_view instance_text) {
  const auto schema = ParseJson(schema_text);
  if (!schema.ok()) return;
  const auto instance = ParseJson(instance_text);
  const boost::json::value nothing;
  for (const Draft draft : {Draft::k4, Draft::k7, Draft::k2020_12}) {
    SchemaCompileOptions options;
    options.default_draft = draft;
    options.assert_formats = draft == Draft::k2020_12;
    options.refuse_unresolved_refs = draft == Draft::k7;
    Validate(*schema, instance.ok() ? *instance : nothing, options);
  }
}

}  // namespace
}  // namespace warmpath::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace warmpath::fuzz;
  const auto parts = Parts(View(data, size), 2);
  Check(parts[0], parts[1]);
  return 0;
}
