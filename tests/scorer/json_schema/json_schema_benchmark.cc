// What a validation costs, beside parsing the same instance.
#include <string>

#include "benchmark/benchmark.h"
#include "boost/json.hpp"
#include "scorer/json_schema/json_schema.h"
#include "scorer/json_schema/schema_cache.h"

namespace warmpath {
namespace {

constexpr char kSchema[] = R"({
  "type": "object",
  "properties": {
    "location": {"type": "string"},
    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
    "days": {"type": "integer", "minimum": 1, "maximum": 14},
    "include": {"type": "array", "items": {"type": "string", "enum": ["wind", "rain", "snow"]}},
    "detail": {"type": "object",
               "properties": {"level": {"type": "integer"},
                              "lang": {"type": "string", "pattern": "^[a-z]{2}$"}},
               "required": ["level"]}
  },
  "required": ["location", "unit"],
  "additionalProperties": false
})";
constexpr char kFits[] = R"({"location":"Berlin, Germany","unit":"celsius","days":5,
  "include":["wind","rain"],"detail":{"level":2,"lang":"de"}})";
constexpr char kBreaks[] = R"({"location":"Berlin, Germany","unit":"kelvin","days":5,
  "include":["wind","rain"],"detail":{"level":"2","lang":"de"}})";

void ParseInstance(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(boost::json::parse(kFits));
}
BENCHMARK(ParseInstance);

void Judge(benchmark::State& state, const char* instance_text) {
  const auto schema = CompiledSchema::Compile(boost::json::parse(kSchema)).value();
  const boost::json::value instance = boost::json::parse(instance_text);
  for (auto _ : state) benchmark::DoNotOptimize(schema->Judge(instance));
}
BENCHMARK_CAPTURE(Judge, fits, kFits);
BENCHMARK_CAPTURE(Judge, breaks, kBreaks);

void Validate(benchmark::State& state, const char* instance_text) {
  const auto schema = CompiledSchema::Compile(boost::json::parse(kSchema)).value();
  const boost::json::value instance = boost::json::parse(instance_text);
  for (auto _ : state) benchmark::DoNotOptimize(schema->Validate(instance));
}
BENCHMARK_CAPTURE(Validate, fits, kFits);
BENCHMARK_CAPTURE(Validate, breaks, kBreaks);

void Compile(benchmark::State& state) {
  const boost::json::value schema = boost::json::parse(kSchema);
  for (auto _ : state) benchmark::DoNotOptimize(CompiledSchema::Compile(schema));
}
BENCHMARK(Compile);

void CacheHit(benchmark::State& state) {
  SchemaCache cache;
  for (auto _ : state) benchmark::DoNotOptimize(cache.Get(kSchema));
}
BENCHMARK(CacheHit);

}  // namespace
}  // namespace warmpath

BENCHMARK_MAIN();
