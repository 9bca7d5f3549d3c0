#include "provider/gemini/errors.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <span>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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

struct WordClass {
  std::string_view word;
  v1::FailureClass failure_class;
};

// Reasons that say more than the code. A wrong key is 400 INVALID_ARGUMENT on the wire.
constexpr WordClass kReasons[] = {
    {"API_KEY_INVALID", v1::FAILURE_CLASS_AUTH},
    {"API_KEY_EXPIRED", v1::FAILURE_CLASS_AUTH},
    {"API_KEY_SERVICE_BLOCKED", v1::FAILURE_CLASS_AUTH},
    {"BILLING_DISABLED", v1::FAILURE_CLASS_QUOTA},
    {"RATE_LIMIT_EXCEEDED", v1::FAILURE_CLASS_RATE_LIMITED},
};

constexpr WordClass kStatuses[] = {
    {"INVALID_ARGUMENT", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"OUT_OF_RANGE", v1::FAILURE_CLASS_INVALID_REQUEST},
    // Not about this request: the project or its place may not use the API.
    {"FAILED_PRECONDITION", v1::FAILURE_CLASS_AUTH},
    {"PERMISSION_DENIED", v1::FAILURE_CLASS_AUTH},
    {"UNAUTHENTICATED", v1::FAILURE_CLASS_AUTH},
    {"NOT_FOUND", v1::FAILURE_CLASS_NOT_FOUND},
    {"UNIMPLEMENTED", v1::FAILURE_CLASS_NOT_FOUND},
    {"RESOURCE_EXHAUSTED", v1::FAILURE_CLASS_RATE_LIMITED},
    {"DEADLINE_EXCEEDED", v1::FAILURE_CLASS_TIMEOUT},
    {"UNAVAILABLE", v1::FAILURE_CLASS_OVERLOADED},
    {"INTERNAL", v1::FAILURE_CLASS_SERVER_ERROR},
    {"UNKNOWN", v1::FAILURE_CLASS_SERVER_ERROR},
    {"ABORTED", v1::FAILURE_CLASS_SERVER_ERROR},
    {"CANCELLED", v1::FAILURE_CLASS_SERVER_ERROR},
    {"DATA_LOSS", v1::FAILURE_CLASS_SERVER_ERROR},
};

const WordClass* FindWord(std::span<const WordClass> table, std::string_view word) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const WordClass& entry) { return entry.word == word; });
  return found == table.end() ? nullptr : &*found;
}

bool IsLongQuota(const json::object& violation) {
  const absl::string_view id = ToAbsl(StringMember(violation, "quotaId"));
  return absl::StrContains(id, "PerDay") || absl::StrContains(id, "PerMonth");
}

void ReadDetail(const json::object& detail, GeminiError* error) {
  const std::string_view type = StringMember(detail, "@type");
  if (type.ends_with("google.rpc.ErrorInfo")) {
    error->reason = std::string(StringMember(detail, "reason"));
  } else if (type.ends_with("google.rpc.RetryInfo")) {
    std::string_view delay = StringMember(detail, "retryDelay");
    if (delay.ends_with('s')) delay.remove_suffix(1);
    error->retry_seconds = std::string(delay);
  } else if (type.ends_with("google.rpc.QuotaFailure")) {
    const json::array* violations = ArrayMember(detail, "violations");
    if (violations == nullptr) return;
    for (const json::value& violation : *violations) {
      if (violation.is_object()) error->long_quota |= IsLongQuota(violation.get_object());
    }
  }
}

}  // namespace

bool FindGeminiError(const json::value& body, GeminiError* error) {
  const json::value* value = &body;
  if (value->is_array() && !value->get_array().empty()) value = &value->get_array()[0];
  if (!value->is_object()) return false;
  const json::value* found = Member(value->get_object(), "error");
  if (found == nullptr) return false;
  const json::object* object = found->if_object();
  if (object == nullptr) return true;
  error->status = std::string(StringMember(*object, "status"));
  const int64_t code = IntMember(*object, "code");
  if (code >= 400 && code < 600) error->code = static_cast<int>(code);
  error->words = ClassOfWords(StringMember(*object, "message"));
  if (const json::array* details = ArrayMember(*object, "details")) {
    for (const json::value& detail : *details) {
      if (detail.is_object()) ReadDetail(detail.get_object(), error);
    }
  }
  error->json = ToJson(*object);
  if (error->json.size() > kMaxDetailBytes) error->json.clear();
  return true;
}

v1::Failure ClassifyGeminiError(int http_status, const GeminiError& error) {
  const bool success = http_status >= 200 && http_status < 300;
  const int status = success && error.code != 0 ? error.code : http_status;
  const WordClass* known = FindWord(kReasons, error.reason);
  if (known == nullptr) known = FindWord(kStatuses, error.status);
  v1::FailureClass failure_class = v1::FAILURE_CLASS_SERVER_ERROR;
  if (known != nullptr) {
    failure_class = known->failure_class;
  } else if (status >= 300) {
    failure_class = ClassOfStatus(status);
  }
  if (failure_class == v1::FAILURE_CLASS_RATE_LIMITED && error.long_quota) {
    failure_class = v1::FAILURE_CLASS_QUOTA;
  }
  if (failure_class == v1::FAILURE_CLASS_INVALID_REQUEST) {
    failure_class = error.words.value_or(failure_class);
  }
  v1::Failure failure =
      MakeFailure(failure_class, DescribeError(http_status, error.status, error.reason),
                  error.reason.empty() ? error.status : error.reason);
  // A quota that is used up for the day also comes with a delay of seconds, which helps nobody.
  if (failure_class != v1::FAILURE_CLASS_QUOTA) {
    SetRetryAfter({.retry_after = error.retry_seconds}, &failure);
  }
  return failure;
}

GeminiStatusCode GeminiStatus(v1::FailureClass failure_class) {
  switch (failure_class) {
    case v1::FAILURE_CLASS_INVALID_REQUEST:
    case v1::FAILURE_CLASS_TOO_LARGE:
    case v1::FAILURE_CLASS_CONTEXT_WINDOW:
    case v1::FAILURE_CLASS_HISTORY:
    case v1::FAILURE_CLASS_UNTRANSLATABLE: return {400, "INVALID_ARGUMENT"};
    case v1::FAILURE_CLASS_AUTH: return {403, "PERMISSION_DENIED"};
    case v1::FAILURE_CLASS_NOT_FOUND: return {404, "NOT_FOUND"};
    case v1::FAILURE_CLASS_QUOTA:
    case v1::FAILURE_CLASS_RATE_LIMITED: return {429, "RESOURCE_EXHAUSTED"};
    case v1::FAILURE_CLASS_OVERLOADED:
    case v1::FAILURE_CLASS_LOCAL_LIMIT: return {503, "UNAVAILABLE"};
    case v1::FAILURE_CLASS_TIMEOUT:
    case v1::FAILURE_CLASS_DEADLINE: return {504, "DEADLINE_EXCEEDED"};
    default: return {HttpStatusFor(failure_class), "INTERNAL"};
  }
}

std::string GeminiErrorBody(const v1::Failure& failure) {
  const GeminiStatusCode status = GeminiStatus(failure.failure_class());
  JsonWriter w;
  w.BeginObject().Key("error").BeginObject();
  w.Key("code").Int(status.http).Key("message").String(failure.message());
  w.Key("status").String(status.name);
  const bool daily = failure.failure_class() == v1::FAILURE_CLASS_QUOTA;
  if (failure.has_retry_after() || daily) w.Key("details").BeginArray();
  if (daily) {
    w.BeginObject().Key("@type").String("type.googleapis.com/google.rpc.QuotaFailure");
    w.Key("violations").BeginArray().BeginObject();
    w.Key("quotaId").String("GenerateRequestsPerDayPerProjectPerModel").EndObject().EndArray();
    w.EndObject();
  }
  if (failure.has_retry_after()) {
    w.BeginObject().Key("@type").String("type.googleapis.com/google.rpc.RetryInfo");
    w.Key("retryDelay").String(absl::StrCat(failure.retry_after().seconds(), "s")).EndObject();
  }
  if (failure.has_retry_after() || daily) w.EndArray();
  w.EndObject().EndObject();
  return w.Take();
}

}  // namespace warmpath
