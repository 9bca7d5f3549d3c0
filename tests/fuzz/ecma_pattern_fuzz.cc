// An ECMA-262 pattern and a text, parted by a line: translated for RE2 or said to be unfit, in
// linear time.
#include <string>

#include "scorer/json_schema/ecma_pattern.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace warmpath::fuzz;
  const auto parts = Parts(View(data, size), 2);
  const warmpath::EcmaPattern pattern({parts[0].data(), parts[0].size()}, 1 << 18);
  FUZZ_CHECK(pattern.program_size() >= 0);
  if (pattern.checkable()) pattern.FoundIn({parts[1].data(), parts[1].size()});
  return 0;
}
