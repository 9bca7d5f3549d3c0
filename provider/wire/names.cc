#include "provider/wire/names.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace warmpath {
namespace {

bool IsPlain(char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-'; }

}  // namespace

bool IsPlainName(std::string_view name, size_t max_length) {
  return !name.empty() && name.size() <= max_length &&
         std::all_of(name.begin(), name.end(), IsPlain);
}

std::string PlainName(std::string_view name, size_t max_length, std::string_view fallback) {
  std::string plain(name.substr(0, max_length));
  for (char& c : plain) {
    if (!IsPlain(c)) c = '_';
  }
  return plain.empty() ? std::string(fallback) : plain;
}

}  // namespace warmpath
