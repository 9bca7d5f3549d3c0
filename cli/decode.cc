#include "cli/decode.h"

#include <google/protobuf/util/json_util.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "cli/wire_text.h"

namespace warmpath {
namespace {

namespace json = boost::json;

std::string_view View(const json::string& text) { return {text.data(), text.size()}; }

absl::StatusOr<std::string> ToText(const v1::Observation& observation) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(observation, &text, options);
  if (!status.ok()) return absl::InternalError("the observation cannot be written as JSON");
  return text;
}

absl::StatusOr<std::optional<int>> ReadStatus(const json::object& row) {
  const json::value* status = row.if_contains("status");
  if (status == nullptr || status->is_null()) return std::nullopt;
  const int64_t* number = status->if_int64();
  if (number == nullptr || *number < 100 || *number > 599) {
    return absl::InvalidArgumentError("\"status\" must be an HTTP status, 100 to 599");
  }
  return static_cast<int>(*number);
}

absl::StatusOr<std::string> DecodeRow(const json::object& row) {
  const json::value* dialect = row.if_contains("dialect");
  const json::value* raw = row.if_contains("raw");
  if (dialect == nullptr || !dialect->is_string()) {
    return absl::InvalidArgumentError("\"dialect\" must be a string");
  }
  if (raw == nullptr) return absl::InvalidArgumentError("\"raw\" is missing");
  ASSIGN_OR_RETURN(const Dialect known, DialectByName(View(dialect->get_string())));
  ASSIGN_OR_RETURN(const std::optional<int> status, ReadStatus(row));
  const std::string text =
      raw->is_string() ? std::string(View(raw->get_string())) : ToJson(*raw);
  return ToText(DecodeWireText(known, status, text));
}

// Reads one line without ever holding more than the limit. False at the end of input.
bool ReadLine(std::istream& in, size_t max_bytes, std::string& line, bool& too_long) {
  line.clear();
  too_long = false;
  std::streambuf* buffer = in.rdbuf();
  bool any = false;
  for (int c = buffer->sbumpc(); c != std::char_traits<char>::eof(); c = buffer->sbumpc()) {
    any = true;
    if (c == '\n') return true;
    if (line.size() < max_bytes) {
      line += static_cast<char>(c);
    } else {
      too_long = true;
    }
  }
  return any;
}

}  // namespace

std::string DecodeLine(const std::string& line, bool* bad) {
  *bad = false;
  const auto parsed = ParseJson(line);
  std::string id;
  absl::StatusOr<std::string> result;
  if (!parsed.ok()) {
    result = parsed.status();
  } else if (!parsed->is_object()) {
    result = absl::InvalidArgumentError("the line is not a JSON object");
  } else {
    const json::value* found = parsed->get_object().if_contains("id");
    if (found != nullptr) id = absl::StrCat("\"id\":", ToJson(*found), ",");
    result = DecodeRow(parsed->get_object());
  }
  if (result.ok()) return absl::StrCat("{", id, "\"observation\":", *result, "}");
  *bad = true;
  const std::string message(ToStd(result.status().message()));
  return absl::StrCat("{", id, "\"error\":", ToJson(json::value(json::string(message))), "}");
}

int RunDecode(std::istream& in, std::ostream& out, const DecodeOptions& options) {
  bool any_bad = false;
  std::string line;
  bool too_long = false;
  while (ReadLine(in, options.max_line_bytes, line, too_long)) {
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    bool bad = too_long;
    if (too_long) {
      out << "{\"error\":\"the line is longer than " << options.max_line_bytes << " bytes\"}\n";
    } else {
      out << DecodeLine(line, &bad) << '\n';
    }
    any_bad |= bad;
  }
  if (!out.flush()) return 2;
  return any_bad ? 1 : 0;
}

}  // namespace warmpath
