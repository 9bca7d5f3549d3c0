// JSON as base/json.h reads and writes it: what is written is read back as the same value.
#include <boost/json/value.hpp>
#include <cctype>
#include <string>

#include "base/json.h"
#include "tests/fuzz/fuzz_input.h"

namespace warmpath::fuzz {
namespace {

// Boost.JSON 1.81 may read a number of many digits, or with an exponent, as the double next to the
// nearest one, and that one's shortest text as yet another.
bool HasOddNumbers(std::string_view text) {
  int digits = 0;
  for (const char c : text) {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      ++digits;
    } else if (digits > 0 && (c == 'e' || c == 'E')) {
      return true;
    } else if (c != '.') {
      digits = 0;
    }
    if (digits > 15) return true;
  }
  return false;
}

}  // namespace
}  // namespace warmpath::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace warmpath;
  using namespace warmpath::fuzz;
  const auto parts = Parts(View(data, size), 2);
  const auto value = ParseJson(parts[0]);
  if (!value.ok()) return 0;
  const std::string text = ToJson(*value);
  const auto again = ParseJson(text);
  FUZZ_CHECK(again.ok(), text);
  if (HasOddNumbers(text)) return 0;
  FUZZ_CHECK(ToJson(*again) == text, text, ToJson(*again));
  const std::string canonical = CanonicalJson(*value);
  FUZZ_CHECK(CanonicalJson(*again) == canonical, canonical);
  const auto from_canonical = ParseJson(canonical);
  FUZZ_CHECK(from_canonical.ok() && CanonicalJson(*from_canonical) == canonical, canonical);
  Find(*value, parts[1]);
  return 0;
}
