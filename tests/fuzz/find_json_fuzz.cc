// The JSON in an answer's words: found or not, in time linear in the text.
#include <boost/json/value.hpp>

#include "base/json.h"
#include "scorer/find_json.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace warmpath;
  using namespace warmpath::fuzz;
  const std::string_view text = View(data, size);
  const FoundJson found = FindJson(text);
  const bool is_there = found.place == JsonPlace::kWhole || found.place == JsonPlace::kFence ||
                        found.place == JsonPlace::kProse;
  FUZZ_CHECK(is_there == (found.document != nullptr));
  FUZZ_CHECK(is_there || !found.problem.empty());
  FUZZ_CHECK(ParseJson(text, kMaxJsonDepth).ok() == (found.place == JsonPlace::kWhole));
  if (is_there) FUZZ_CHECK(ParseJson(ToJson(found.value())).ok());
  return 0;
}
