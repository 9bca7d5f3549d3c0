// A pattern for a text, or for one place of the JSON in it.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace warmpath {

// A pattern as people write it in a config: "(?i)refund" is for the whole text, "(?/status)^(open|closed)$" for
// what stands at the JSON pointer /status. No regular expression begins with "(?/", so neither can be taken for
// the other.
struct PointerPattern {
  // Whether it is for one place.
  bool at_pointer = false;
  // RFC 6901; "*" stands for every element of an array. It cannot hold ')'.
  std::string pointer;
  // The regular expression; not checked here.
  std::string pattern;
};

// Errors: INVALID_ARGUMENT where "(?/" has no ")".
absl::StatusOr<PointerPattern> ParsePointerPattern(std::string_view text);

// The texts that stand at `pointer` in `value`: a string as it is, any other value as compact JSON. More than one only
// where the pointer has "*"; none where there is no such place.
//
// Bounded: at most `max_texts`.
std::vector<std::string> TextsAtPointer(const boost::json::value& value, std::string_view pointer,
                                        size_t max_texts = 10'000);

}  // namespace warmpath
