// Small helpers over Boost.JSON that never throw.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace warmpath {

// Parses one JSON text. Objects keep the order of their keys; of a key that occurs twice in one
// object the last one counts, as in most parsers.
//
//   ASSIGN_OR_RETURN(boost::json::value body, ParseJson(bytes));
//
// Errors: INVALID_ARGUMENT, naming line, column and byte offset (all but the offset from 1), for
// malformed text, text after the value, invalid UTF-8, or nesting deeper than `max_depth`. The
// message never quotes the text. Limit the size of `text` before: this parses any.
absl::StatusOr<boost::json::value> ParseJson(std::string_view text, size_t max_depth = 200);

// One text for equal values: object keys sorted by their bytes, no white space, and numbers that
// are equal written alike (1, 1.0 and 1e0 are all "1"; -0 is "0"). Meant for comparing and hashing.
// REQUIRES: `value` is nested no deeper than the stack allows (ParseJson saw to it).
std::string CanonicalJson(const boost::json::value& value);

// Compact text that keeps the order of keys and the kind of numbers (1.0 stays "1.0").
// Unlike boost::json::serialize it writes 0.5 and not 5E-1.
std::string ToJson(const boost::json::value& value);

// JSON Pointer (RFC 6901). `PointerAppend("/a", "b/c")` is "/a/b~1c".
std::string EscapePointerToken(std::string_view token);
std::string PointerAppend(std::string_view pointer, std::string_view key);
std::string PointerAppend(std::string_view pointer, size_t index);

// The value that `pointer` names within `value` ("" is the whole), or null where there is none or
// the pointer is malformed. The result lives as long as `value`.
const boost::json::value* Find(const boost::json::value& value, std::string_view pointer);

// The string, if the value at `pointer` is one; the object or array likewise; else null.
const boost::json::string* FindString(const boost::json::value& value, std::string_view pointer);
const boost::json::object* FindObject(const boost::json::value& value, std::string_view pointer);
const boost::json::array* FindArray(const boost::json::value& value, std::string_view pointer);

}  // namespace warmpath
