// Whether a body may be forwarded as it is: never where the target refuses one of its fields.
#include <boost/json/value.hpp>
#include <string>

#include "base/json.h"
#include "provider/body_fields.h"
#include "provider/capability/verbatim.h"
#include "tests/fuzz/fuzz_input.h"

namespace warmpath::fuzz {
namespace {

bool Has(const boost::json::object& body, std::string_view name) {
  const boost::json::value* value = body.if_contains({name.data(), name.size()});
  return value != nullptr && !value->is_null();
}

void Check(std::string body) {
  if (!ScanBody(body).ok()) return;
  const auto parsed = ParseJson(body, 300);
  v1::ModelCapabilities can;
  can.add_refused_fields("seed");
  can.add_refused_fields("messages[].name");
  can.set_sampling_params(false);
  can.set_stop_limit(2);
  can.set_max_output_tokens(1000);
  can.set_tool_id_max_length(9);
  can.set_strict_tools(false);
  for (const Dialect dialect :
       {Dialect::kOpenAiChat, Dialect::kAnthropicMessages, Dialect::kOpenAiResponses}) {
    const std::string why = WhyNotVerbatim(can, dialect, body);
    // A name that is written with escapes is not seen.
    if (!why.empty() || !parsed.ok() || body.find('\\') != std::string::npos) continue;
    const boost::json::object& object = parsed->get_object();
    FUZZ_CHECK(!Has(object, "seed"), body);
    FUZZ_CHECK(dialect != Dialect::kAnthropicMessages || !Has(object, "top_k"), body);
    if (dialect == Dialect::kOpenAiChat && Has(object, "stop") && object.at("stop").is_array()) {
      FUZZ_CHECK(object.at("stop").get_array().size() <= 2, body);
    }
  }
}

}  // namespace
}  // namespace warmpath::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  warmpath::fuzz::Check(std::string(warmpath::fuzz::View(data, size)));
  return 0;
}
