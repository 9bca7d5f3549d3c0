// ScanBody beside Boost.JSON: it takes what is JSON and what its header says, and finds the same
// fields.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "provider/body_fields.h"
#include "tests/fuzz/fuzz_input.h"

namespace warmpath::fuzz {
namespace {

namespace json = boost::json;

// Halves of surrogate pairs are good JSON by RFC 8259 and forwarded as they stand; Boost.JSON
// refuses them. So it gets the text with another escape in their place.
std::string WithoutSurrogates(std::string_view text) {
  std::string tame(text);
  for (size_t at = 0; at + 5 < tame.size(); ++at) {
    if (tame[at] != '\\') continue;
    const bool surrogate =
        tame[at + 1] == 'u' && (tame[at + 2] | 0x20) == 'd' &&
        std::string_view("89abcdefABCDEF").find(tame[at + 3]) != std::string_view::npos;
    if (surrogate) tame.replace(at + 2, 2, "00");
    ++at;
  }
  return tame;
}

// The other difference: numbers too large for a double.
bool RefusedByBoostOnly(const json::error_code& error) {
  return error == json::error::exponent_overflow;
}

json::value Parse(std::string_view text, json::error_code& error) {
  json::parse_options options;
  options.max_depth = 300;
  return json::parse({text.data(), text.size()}, error, {}, options);
}

bool SaysTwice(std::string_view message) {
  return message.find("stands twice") != std::string_view::npos;
}

void CheckFound(const BodyFields& fields, std::string_view body, const json::object& object) {
  const json::value* model = object.if_contains("model");
  FUZZ_CHECK((model != nullptr) == fields.model.has_value());
  if (model != nullptr) {
    json::error_code error;
    const json::value alone = Parse(body.substr(fields.model->offset, fields.model->size), error);
    FUZZ_CHECK(!error && alone.is_string(), "the span of the model");
    FUZZ_CHECK(fields.model_name == std::string_view(alone.get_string()));
  }
  const json::value* stream = object.if_contains("stream");
  const json::value* tools = object.if_contains("tools");
  FUZZ_CHECK(fields.stream == (stream != nullptr && stream->is_bool() && stream->get_bool()));
  FUZZ_CHECK(tools == nullptr || fields.has_tools == tools->is_array());
}

void CheckMessages(const BodyFields& fields, const json::value* messages) {
  if (messages == nullptr) {
    FUZZ_CHECK(!fields.has_messages);
    return;
  }
  FUZZ_CHECK(messages->is_string() || messages->is_array());
  FUZZ_CHECK(fields.has_messages == (messages->is_string() || !messages->get_array().empty()));
}

void CheckAs(Dialect dialect, std::string_view text, const json::value& parsed,
             const json::error_code& error, bool has_surrogates) {
  std::string body(text);
  const auto fields = ScanBody(body, dialect);
  FUZZ_CHECK(body == text, "the text stays as it is");
  if (!fields.ok()) {
    const std::string message(fields.status().message());
    const bool not_json = message.find("not valid JSON") != std::string::npos;
    if (error || !parsed.is_object() || SaysTwice(message)) return;
    // Nesting above 256 is refused too, and half a character in a name.
    FUZZ_CHECK(!not_json || has_surrogates || message.find("depth") != std::string::npos, message);
    return;
  }
  if (error) {
    FUZZ_CHECK(RefusedByBoostOnly(error), error.message());
    return;
  }
  FUZZ_CHECK(parsed.is_object());
  CheckFound(*fields, body, parsed.get_object());
  CheckMessages(*fields, parsed.get_object().if_contains(
                             dialect == Dialect::kOpenAiResponses ? "input" : "messages"));
  // The same text gives the same name for its conversation, wherever it stands in memory.
  std::string copy;
  copy.reserve(text.size() + kScanPadding);
  copy.append(text);
  const auto again = ScanBody(copy, dialect);
  FUZZ_CHECK(again.ok() && again->conversation == fields->conversation);
}

}  // namespace
}  // namespace warmpath::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace warmpath::fuzz;
  const std::string_view text = View(data, size);
  boost::json::error_code error;
  const std::string tame = WithoutSurrogates(text);
  const boost::json::value parsed = Parse(tame, error);
  for (const warmpath::Dialect dialect :
       {warmpath::Dialect::kOpenAiChat, warmpath::Dialect::kOpenAiResponses}) {
    CheckAs(dialect, text, parsed, error, tame != text);
  }
  return 0;
}
