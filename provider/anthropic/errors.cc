#include "provider/anthropic/errors.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <optional>

#include "absl/strings/match.h"
#include "base/json.h"
#include "base/string_view.h"
#include "proto/failure_rules.h"
#include "provider/wire/failures.h"
#include "provider/wire/json_fields.h"
#include "provider/wire/json_writer.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr size_t kMaxDetailBytes = 4096;

struct TypeClass {
  std::string_view type;
  v1::FailureClass failure_class;
};

constexpr TypeClass kTypes[] = {
    {"invalid_request_error", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"authentication_error", v1::FAILURE_CLASS_AUTH},
    {"permission_error", v1::FAILURE_CLASS_AUTH},
    {"billing_error", v1::FAILURE_CLASS_QUOTA},
    {"not_found_error", v1::FAILURE_CLASS_NOT_FOUND},
    {"conflict_error", v1::FAILURE_CLASS_SERVER_ERROR},
    {"request_too_large", v1::FAILURE_CLASS_TOO_LARGE},
    {"rate_limit_error", v1::FAILURE_CLASS_RATE_LIMITED},
    {"api_error", v1::FAILURE_CLASS_SERVER_ERROR},
    {"timeout_error", v1::FAILURE_CLASS_TIMEOUT},
    {"overloaded_error", v1::FAILURE_CLASS_OVERLOADED},
};

v1::FailureClass ClassOfType(std::string_view type) {
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const TypeClass& entry) { return entry.type == type; });
  return found == std::end(kTypes) ? v1::FAILURE_CLASS_SERVER_ERROR : found->failure_class;
}

// Codes that say more than the status. A spent limit comes as 429 rate_limit_error, without a
// retry-after, and waiting does not help.
std::optional<v1::FailureClass> ClassOfCode(std::string_view code) {
  const absl::string_view text = ToAbsl(code);
  if (absl::StrContains(text, "spend_limit") || absl::StrContains(text, "billing") ||
      code == "organization_on_hold") {
    return v1::FAILURE_CLASS_QUOTA;
  }
  if (code == "ramp_limit_exceeded") return v1::FAILURE_CLASS_RATE_LIMITED;
  if (code == "request_body_too_large_after_decoding") return v1::FAILURE_CLASS_TOO_LARGE;
  return std::nullopt;
}

std::string_view TypeOf(v1::FailureClass failure_class) {
  switch (failure_class) {
    case v1::FAILURE_CLASS_INVALID_REQUEST:
    case v1::FAILURE_CLASS_CONTEXT_WINDOW:
    case v1::FAILURE_CLASS_HISTORY:
    case v1::FAILURE_CLASS_UNTRANSLATABLE: return "invalid_request_error";
    case v1::FAILURE_CLASS_TOO_LARGE: return "request_too_large";
    case v1::FAILURE_CLASS_AUTH: return "authentication_error";
    case v1::FAILURE_CLASS_NOT_FOUND: return "not_found_error";
    case v1::FAILURE_CLASS_RATE_LIMITED: return "rate_limit_error";
    case v1::FAILURE_CLASS_QUOTA: return "billing_error";
    case v1::FAILURE_CLASS_OVERLOADED:
    case v1::FAILURE_CLASS_LOCAL_LIMIT: return "overloaded_error";
    case v1::FAILURE_CLASS_TIMEOUT:
    case v1::FAILURE_CLASS_DEADLINE: return "timeout_error";
    default: return "api_error";
  }
}

}  // namespace

bool FindAnthropicError(const json::value& body, AnthropicError* error) {
  const json::object* object = body.if_object();
  if (object == nullptr) return false;
  const json::object* inner = ObjectMember(*object, "error");
  if (inner == nullptr) return StringMember(*object, "type") == "error";
  error->type = std::string(StringMember(*inner, "type"));
  if (const json::object* details = ObjectMember(*inner, "details")) {
    error->code = std::string(StringMember(*details, "error_code"));
  }
  error->request_id = std::string(StringMember(*object, "request_id"));
  error->words = ClassOfWords(StringMember(*inner, "message"));
  error->json = ToJson(*inner);
  if (error->json.size() > kMaxDetailBytes) error->json.clear();
  return true;
}

v1::Failure ClassifyAnthropicError(int http_status, const AnthropicError& error) {
  v1::FailureClass failure_class = ClassOfType(error.type);
  if (http_status >= 300 && http_status != 500) failure_class = ClassOfStatus(http_status);
  failure_class = ClassOfCode(error.code).value_or(failure_class);
  if (failure_class == v1::FAILURE_CLASS_INVALID_REQUEST) {
    failure_class = error.words.value_or(failure_class);
  }
  return MakeFailure(failure_class, DescribeError(http_status, error.type, error.code),
                     error.code.empty() ? error.type : error.code);
}

std::string AnthropicErrorBody(const v1::Failure& failure, std::string_view request_id) {
  JsonWriter w;
  w.BeginObject().Key("type").String("error").Key("error").BeginObject();
  w.Key("type").String(TypeOf(failure.failure_class()));
  w.Key("message").String(failure.message());
  if (!failure.native_code().empty()) {
    w.Key("details").BeginObject().Key("error_code").String(failure.native_code()).EndObject();
  }
  w.EndObject().Key("request_id");
  if (request_id.empty()) {
    w.Null();
  } else {
    w.String(request_id);
  }
  w.EndObject();
  return w.Take();
}

int AnthropicStatus(v1::FailureClass failure_class) {
  if (failure_class == v1::FAILURE_CLASS_OVERLOADED) return 529;
  if (failure_class == v1::FAILURE_CLASS_QUOTA) return 402;
  return HttpStatusFor(failure_class);
}

}  // namespace warmpath
