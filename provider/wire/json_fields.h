// Reads members of a JSON object that came from outside, naming the one that has the wrong type.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace warmpath {

// The member, or null where it is absent or JSON null: both dialects treat the two alike.
const boost::json::value* Member(const boost::json::object& object, std::string_view key);
const boost::json::object* ObjectMember(const boost::json::object& object, std::string_view key);
const boost::json::array* ArrayMember(const boost::json::object& object, std::string_view key);
// The string, or "" where there is none.
std::string_view StringMember(const boost::json::object& object, std::string_view key);
// The integer, a whole double included; 0 where there is none.
int64_t IntMember(const boost::json::object& object, std::string_view key);
// The member as JSON text; "" where it is absent or null.
std::string JsonMember(const boost::json::object& object, std::string_view key);

std::string_view AsView(const boost::json::string& text);

// Read* leave `out` as it is where the member is absent or null. `pointer` is where `object` stands.
// Errors: INVALID_ARGUMENT, "<pointer>/<key> must be …".
absl::Status ReadString(const boost::json::object& object, std::string_view key,
                        std::string_view pointer, std::string* out);
absl::Status ReadBool(const boost::json::object& object, std::string_view key,
                      std::string_view pointer, std::optional<bool>* out);
absl::Status ReadInt(const boost::json::object& object, std::string_view key,
                     std::string_view pointer, std::optional<int64_t>* out);
absl::Status ReadDouble(const boost::json::object& object, std::string_view key,
                        std::string_view pointer, std::optional<double>* out);

// INVALID_ARGUMENT "<pointer> must be <what>".
absl::Status MustBe(std::string_view pointer, std::string_view what);

}  // namespace warmpath
