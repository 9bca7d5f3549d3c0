#include "base/json.h"

#include <algorithm>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

namespace json = boost::json;

absl::Status ErrorAt(std::string_view text, size_t offset, const std::string& what) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const size_t line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t last_newline = before.rfind('\n');
  const size_t column =
      last_newline == std::string_view::npos ? before.size() + 1 : before.size() - last_newline;
  return absl::InvalidArgumentError(absl::StrCat("invalid JSON at line ", line, ", column ", column,
                                                 " (byte ", offset, "): ", what));
}

// Writes values either as they are or in the canonical form.
class Writer {
 public:
  explicit Writer(bool canonical) : canonical_(canonical) {}

  void Write(const json::value& value) {
    switch (value.kind()) {
      case json::kind::null: out_ += "null"; return;
      case json::kind::bool_: out_ += value.get_bool() ? "true" : "false"; return;
      case json::kind::int64: absl::StrAppend(&out_, value.get_int64()); return;
      case json::kind::uint64: absl::StrAppend(&out_, value.get_uint64()); return;
      case json::kind::double_: WriteDouble(value.get_double()); return;
      case json::kind::string: out_ += json::serialize(value.get_string()); return;
      case json::kind::array: WriteArray(value.get_array()); return;
      case json::kind::object: WriteObject(value.get_object()); return;
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  void WriteDouble(double number) {
    // No JSON text holds these; a value built by hand might.
    if (!std::isfinite(number)) {
      out_ += "null";
      return;
    }
    const bool integral = number == std::trunc(number);
    if (canonical_ && integral && number >= -0x1p63 && number < 0x1p63) {
      absl::StrAppend(&out_, static_cast<int64_t>(number));
      return;
    }
    if (canonical_ && integral && number >= 0 && number < 0x1p64) {
      absl::StrAppend(&out_, static_cast<uint64_t>(number));
      return;
    }
    char buffer[40];
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), number).ptr;
    const std::string_view text(buffer, end - buffer);
    out_ += text;
    if (text.find_first_of(".e") == std::string_view::npos) out_ += ".0";
  }

  void WriteArray(const json::array& array) {
    out_ += '[';
    const char* separator = "";
    for (const json::value& element : array) {
      out_ += separator;
      separator = ",";
      Write(element);
    }
    out_ += ']';
  }

  void WriteObject(const json::object& object) {
    std::vector<const json::key_value_pair*> members;
    members.reserve(object.size());
    for (const json::key_value_pair& member : object) members.push_back(&member);
    if (canonical_) {
      std::sort(members.begin(), members.end(),
                [](const auto* a, const auto* b) { return a->key() < b->key(); });
    }
    out_ += '{';
    const char* separator = "";
    for (const json::key_value_pair* member : members) {
      out_ += separator;
      separator = ",";
      out_ += json::serialize(member->key());
      out_ += ':';
      Write(member->value());
    }
    out_ += '}';
  }

  const bool canonical_;
  std::string out_;
};

std::string Written(const json::value& value, bool canonical) {
  Writer writer(canonical);
  writer.Write(value);
  return writer.Take();
}

}  // namespace

absl::StatusOr<json::value> ParseJson(std::string_view text, size_t max_depth) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::parser parser(json::storage_ptr(), options);
  json::error_code error;
  const size_t used = parser.write_some(text.data(), text.size(), error);
  if (error == json::error::too_deep) {
    return ErrorAt(text, used, absl::StrCat("nested deeper than ", max_depth, " levels"));
  }
  if (error) return ErrorAt(text, used, error.message());
  if (used < text.size()) return ErrorAt(text, used, "more text after the value");
  return parser.release();
}

std::string CanonicalJson(const json::value& value) { return Written(value, true); }

std::string ToJson(const json::value& value) { return Written(value, false); }

std::string EscapePointerToken(std::string_view token) {
  return absl::StrReplaceAll(ToAbsl(token), {{"~", "~0"}, {"/", "~1"}});
}

std::string PointerAppend(std::string_view pointer, std::string_view key) {
  return absl::StrCat(ToAbsl(pointer), "/", EscapePointerToken(key));
}

std::string PointerAppend(std::string_view pointer, size_t index) {
  return absl::StrCat(ToAbsl(pointer), "/", index);
}

const json::value* Find(const json::value& value, std::string_view pointer) {
  json::error_code error;
  const json::value* found = value.find_pointer(pointer, error);
  return error ? nullptr : found;
}

const json::string* FindString(const json::value& value, std::string_view pointer) {
  const json::value* found = Find(value, pointer);
  return found == nullptr ? nullptr : found->if_string();
}

const json::object* FindObject(const json::value& value, std::string_view pointer) {
  const json::value* found = Find(value, pointer);
  return found == nullptr ? nullptr : found->if_object();
}

const json::array* FindArray(const json::value& value, std::string_view pointer) {
  const json::value* found = Find(value, pointer);
  return found == nullptr ? nullptr : found->if_array();
}

}  // namespace warmpath
