#include "provider/wire/json_fields.h"

#include <boost/json/value.hpp>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

namespace json = boost::json;

std::optional<int64_t> AsInt(const json::value& value) {
  if (const int64_t* number = value.if_int64()) return *number;
  if (value.is_double()) {
    const double number = value.get_double();
    if (number == std::trunc(number) && std::abs(number) < 0x1p53) return static_cast<int64_t>(number);
  }
  return std::nullopt;
}

std::optional<double> AsDouble(const json::value& value) {
  if (const int64_t* number = value.if_int64()) return static_cast<double>(*number);
  if (const uint64_t* number = value.if_uint64()) return static_cast<double>(*number);
  if (const double* number = value.if_double()) return *number;
  return std::nullopt;
}

}  // namespace

std::string_view AsView(const json::string& text) { return {text.data(), text.size()}; }

absl::Status MustBe(std::string_view pointer, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(pointer), " must be ", ToAbsl(what)));
}

const json::value* Member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json::object* ObjectMember(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* ArrayMember(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

std::string_view StringMember(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr || !value->is_string() ? std::string_view() : AsView(value->get_string());
}

int64_t IntMember(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? 0 : AsInt(*value).value_or(0);
}

std::string JsonMember(const json::object& object, std::string_view key) {
  const json::value* value = Member(object, key);
  return value == nullptr ? std::string() : ToJson(*value);
}

absl::Status ReadString(const json::object& object, std::string_view key, std::string_view pointer,
                        std::string* out) {
  const json::value* value = Member(object, key);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_string()) return MustBe(PointerAppend(pointer, key), "a string");
  out->assign(AsView(value->get_string()));
  return absl::OkStatus();
}

absl::Status ReadBool(const json::object& object, std::string_view key, std::string_view pointer,
                      std::optional<bool>* out) {
  const json::value* value = Member(object, key);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_bool()) return MustBe(PointerAppend(pointer, key), "true or false");
  *out = value->get_bool();
  return absl::OkStatus();
}

absl::Status ReadInt(const json::object& object, std::string_view key, std::string_view pointer,
                     std::optional<int64_t>* out) {
  const json::value* value = Member(object, key);
  if (value == nullptr) return absl::OkStatus();
  const std::optional<int64_t> number = AsInt(*value);
  if (!number) return MustBe(PointerAppend(pointer, key), "an integer");
  *out = number;
  return absl::OkStatus();
}

absl::Status ReadDouble(const json::object& object, std::string_view key, std::string_view pointer,
                        std::optional<double>* out) {
  const json::value* value = Member(object, key);
  if (value == nullptr) return absl::OkStatus();
  const std::optional<double> number = AsDouble(*value);
  if (!number) return MustBe(PointerAppend(pointer, key), "a number");
  *out = number;
  return absl::OkStatus();
}

}  // namespace warmpath
