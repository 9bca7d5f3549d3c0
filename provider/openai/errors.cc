#include "provider/openai/errors.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/wire/failures.h"
#include "provider/wire/json_fields.h"
#include "provider/wire/json_writer.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr size_t kMaxDetailBytes = 4096;

struct CodeClass {
  std::string_view code;
  v1::FailureClass failure_class;
};

// Codes and types that say more than the status. Sources: OpenAI's error guide and rate-limit
// samples, Azure, Groq, Perplexity and DeepSeek recordings.
constexpr CodeClass kCodes[] = {
    {"insufficient_quota", v1::FAILURE_CLASS_QUOTA},
    {"billing_hard_limit_reached", v1::FAILURE_CLASS_QUOTA},
    {"billing_not_active", v1::FAILURE_CLASS_QUOTA},
    {"quota_exceeded", v1::FAILURE_CLASS_QUOTA},
    {"rate_limit_exceeded", v1::FAILURE_CLASS_RATE_LIMITED},
    {"rate_limit_error", v1::FAILURE_CLASS_RATE_LIMITED},
    {"RateLimitReached", v1::FAILURE_CLASS_RATE_LIMITED},
    {"slow_down", v1::FAILURE_CLASS_RATE_LIMITED},
    {"server_is_overloaded", v1::FAILURE_CLASS_OVERLOADED},
    {"service_unavailable_error", v1::FAILURE_CLASS_OVERLOADED},
    {"engine_overloaded", v1::FAILURE_CLASS_OVERLOADED},
    {"overloaded_error", v1::FAILURE_CLASS_OVERLOADED},
    {"context_length_exceeded", v1::FAILURE_CLASS_CONTEXT_WINDOW},
    {"string_above_max_length", v1::FAILURE_CLASS_TOO_LARGE},
    {"too_many_prompt_tokens", v1::FAILURE_CLASS_CONTEXT_WINDOW},
    {"invalid_encrypted_content", v1::FAILURE_CLASS_HISTORY},
    {"request_too_large", v1::FAILURE_CLASS_TOO_LARGE},
    {"model_not_found", v1::FAILURE_CLASS_NOT_FOUND},
    {"DeploymentNotFound", v1::FAILURE_CLASS_NOT_FOUND},
    {"invalid_api_key", v1::FAILURE_CLASS_AUTH},
    {"account_deactivated", v1::FAILURE_CLASS_AUTH},
    // The model wrote a tool call or JSON that the server would not hand on: not the caller's fault.
    {"tool_use_failed", v1::FAILURE_CLASS_MALFORMED_ANSWER},
    {"json_validate_failed", v1::FAILURE_CLASS_MALFORMED_ANSWER},
    // Responses tells these inside a 200.
    {"data_residency_mismatch", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"vector_store_timeout", v1::FAILURE_CLASS_TIMEOUT},
    {"invalid_image", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"invalid_image_format", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"invalid_base64_image", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"invalid_image_url", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"invalid_image_mode", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"image_too_large", v1::FAILURE_CLASS_TOO_LARGE},
    {"image_file_too_large", v1::FAILURE_CLASS_TOO_LARGE},
    {"image_too_small", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"image_parse_error", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"unsupported_image_media_type", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"empty_image_file", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"failed_to_download_image", v1::FAILURE_CLASS_INVALID_REQUEST},
    {"image_file_not_found", v1::FAILURE_CLASS_INVALID_REQUEST},
};

constexpr std::string_view kPromptBlockCodes[] = {
    "content_filter",  "content_policy_violation", "ResponsibleAIPolicyViolation",
    "invalid_prompt",  "bio_policy",               "misalignment_policy_violation",
    "image_content_policy_violation",
};

const CodeClass* FindCode(std::string_view code) {
  const auto* found = std::find_if(std::begin(kCodes), std::end(kCodes),
                                   [&](const CodeClass& entry) { return entry.code == code; });
  return found == std::end(kCodes) ? nullptr : found;
}

bool IsPromptBlockCode(std::string_view code) {
  return std::find(std::begin(kPromptBlockCodes), std::end(kPromptBlockCodes), code) !=
         std::end(kPromptBlockCodes);
}

// A status, where a server puts one into `status`, `status_code` or `code`.
int StatusIn(const json::object& object) {
  for (std::string_view key : {"status", "status_code", "code"}) {
    const int64_t number = IntMember(object, key);
    if (number >= 400 && number < 600) return static_cast<int>(number);
  }
  return 0;
}

std::string CodeText(const json::object& object) {
  const json::value* code = Member(object, "code");
  if (code == nullptr) return "";
  if (code->is_string()) return std::string(AsView(code->get_string()));
  return code->is_int64() ? absl::StrCat(code->get_int64()) : "";
}

void ReadErrorObject(const json::object& object, OpenAiError* error) {
  error->type = std::string(StringMember(object, "type"));
  error->code = CodeText(object);
  error->status = StatusIn(object);
  error->words = ClassOfWords(StringMember(object, "message"));
  const json::object* inner = ObjectMember(object, "innererror");
  error->prompt_block = IsPromptBlockCode(error->code) ||
                        (inner != nullptr && IsPromptBlockCode(StringMember(*inner, "code")));
  error->json = ToJson(object);
  if (error->json.size() > kMaxDetailBytes) error->json.clear();
}

// Where a server's type says nothing about the class, and the status is a 200's.
v1::FailureClass ClassOfTypeAlone(std::string_view type) {
  if (type == "invalid_request_error" || type == "BadRequestError") {
    return v1::FAILURE_CLASS_INVALID_REQUEST;
  }
  if (type == "authentication_error") return v1::FAILURE_CLASS_AUTH;
  return v1::FAILURE_CLASS_SERVER_ERROR;
}

std::string_view ErrorType(v1::FailureClass failure_class) {
  switch (failure_class) {
    case v1::FAILURE_CLASS_INVALID_REQUEST:
    case v1::FAILURE_CLASS_TOO_LARGE:
    case v1::FAILURE_CLASS_NOT_FOUND:
    case v1::FAILURE_CLASS_CONTEXT_WINDOW:
    case v1::FAILURE_CLASS_HISTORY:
    case v1::FAILURE_CLASS_UNTRANSLATABLE: return "invalid_request_error";
    case v1::FAILURE_CLASS_AUTH: return "authentication_error";
    case v1::FAILURE_CLASS_RATE_LIMITED: return "rate_limit_error";
    case v1::FAILURE_CLASS_QUOTA: return "insufficient_quota";
    case v1::FAILURE_CLASS_OVERLOADED:
    case v1::FAILURE_CLASS_LOCAL_LIMIT: return "service_unavailable_error";
    default: return "server_error";
  }
}

// The code that OpenAI itself sends, where it has one.
std::string DefaultCode(v1::FailureClass failure_class) {
  switch (failure_class) {
    case v1::FAILURE_CLASS_INVALID_REQUEST: return "";
    case v1::FAILURE_CLASS_AUTH: return "invalid_api_key";
    case v1::FAILURE_CLASS_NOT_FOUND: return "model_not_found";
    case v1::FAILURE_CLASS_TOO_LARGE: return "request_too_large";
    case v1::FAILURE_CLASS_CONTEXT_WINDOW: return "context_length_exceeded";
    case v1::FAILURE_CLASS_RATE_LIMITED: return "rate_limit_exceeded";
    case v1::FAILURE_CLASS_QUOTA: return "insufficient_quota";
    case v1::FAILURE_CLASS_OVERLOADED: return "server_is_overloaded";
    default: return FailureWord(failure_class);
  }
}

}  // namespace

bool FindOpenAiError(const json::value& body, OpenAiError* error) {
  const json::value* value = &body;
  // Gemini's compatible endpoint wraps its error in an array.
  if (value->is_array() && !value->get_array().empty()) value = &value->get_array()[0];
  if (!value->is_object()) return false;
  const json::object& object = value->get_object();
  const json::value* found = Member(object, "error");
  if (found != nullptr && found->is_object()) {
    ReadErrorObject(found->get_object(), error);
    return true;
  }
  if (found != nullptr) {
    if (found->is_string()) error->words = ClassOfWords(AsView(found->get_string()));
    return true;
  }
  // vLLM writes the members at the top: {"object":"error","message",…}.
  if (StringMember(object, "object") != "error" && StringMember(object, "type") != "error") {
    return false;
  }
  ReadErrorObject(object, error);
  return true;
}

v1::Failure ClassifyOpenAiError(int http_status, const OpenAiError& error) {
  const bool success = http_status >= 200 && http_status < 300;
  const int status = success && error.status != 0 ? error.status : http_status;
  const CodeClass* known = FindCode(error.code);
  if (known == nullptr) known = FindCode(error.type);
  v1::FailureClass failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
  if (known != nullptr) {
    failure_class = known->failure_class;
  } else if (status >= 200 && status < 300) {
    failure_class = ClassOfTypeAlone(error.type);
  } else {
    failure_class = ClassOfStatus(status);
  }
  // A string that is too long may be an id in the history.
  if (failure_class == v1::FAILURE_CLASS_INVALID_REQUEST ||
      failure_class == v1::FAILURE_CLASS_TOO_LARGE) {
    failure_class = error.words.value_or(failure_class);
  }
  return MakeFailure(failure_class, DescribeError(http_status, error.type, error.code),
                     error.code.empty() ? error.type : error.code);
}

void SetOpenAiError(int http_status, const OpenAiError& error, v1::Observation* observation) {
  observation->set_native_stop_detail(error.json);
  if (error.prompt_block) {
    observation->set_outcome(v1::OUTCOME_REFUSED);
    observation->set_refusal_origin(v1::REFUSAL_ORIGIN_PROMPT_BLOCK);
    observation->set_native_stop_reason(error.code);
    return;
  }
  SetFailed(ClassifyOpenAiError(http_status, error), observation);
}

std::string_view OpenAiErrorType(const v1::Failure& failure) {
  return ErrorType(failure.failure_class());
}

std::string OpenAiErrorCode(const v1::Failure& failure) {
  return failure.native_code().empty() ? DefaultCode(failure.failure_class())
                                       : failure.native_code();
}

std::string OpenAiErrorBody(const v1::Failure& failure) {
  return absl::StrCat("{\"error\":", OpenAiErrorObject(failure), "}");
}

std::string OpenAiErrorObject(const v1::Failure& failure) {
  const std::string code = OpenAiErrorCode(failure);
  JsonWriter w;
  w.BeginObject();
  w.Key("message").String(failure.message());
  w.Key("type").String(OpenAiErrorType(failure));
  w.Key("param").Null();
  w.Key("code");
  if (code.empty()) {
    w.Null();
  } else {
    w.String(code);
  }
  w.EndObject();
  return w.Take();
}

}  // namespace warmpath
