// A config's text: every problem has a line, and a config without problems is whole.
#include <string>

#include "config/config.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace warmpath;
  using namespace warmpath::fuzz;
  const std::string yaml(View(data, size));
  // Would name files of this machine, devices among them.
  if (yaml.find("output_schema_file") != std::string::npos) return 0;
  v1::Config config;
  const auto problems = ParseConfig(yaml, "fuzz.yaml", config);
  for (const ConfigProblem& problem : problems) {
    FUZZ_CHECK(problem.line >= 1 && problem.column >= 1 && !problem.message.empty());
  }
  std::string bytes;
  FUZZ_CHECK(config.SerializeToString(&bytes));
  if (problems.empty()) FUZZ_CHECK(!config.workflows().empty());
  return 0;
}
