#include "provider/wire/failures.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

constexpr size_t kMaxCodeLength = 64;

bool IsThinking(const v1::Opaque& block) {
  static constexpr std::string_view kTypes[] = {
      "thinking", "redacted_thinking", "fallback", "reasoning", "message.reasoning",
      "message.reasoning_content", "message.reasoning_details"};
  return std::find(std::begin(kTypes), std::end(kTypes), block.type()) != std::end(kTypes);
}

}  // namespace

v1::Failure MakeFailure(v1::FailureClass failure_class, std::string_view message,
                        std::string_view native_code) {
  v1::Failure failure;
  failure.set_failure_class(failure_class);
  failure.set_message(std::string(message));
  failure.set_native_code(PlainCode(native_code));
  return failure;
}

v1::FailureClass ClassOfStatus(int http_status) {
  switch (http_status) {
    case 401:
    case 403: return v1::FAILURE_CLASS_AUTH;
    case 402: return v1::FAILURE_CLASS_QUOTA;
    case 404:
    case 405:
    case 410: return v1::FAILURE_CLASS_NOT_FOUND;
    case 408:
    case 504: return v1::FAILURE_CLASS_TIMEOUT;
    // A conflict is the server's momentary state: SDKs retry it.
    case 409: return v1::FAILURE_CLASS_SERVER_ERROR;
    case 413: return v1::FAILURE_CLASS_TOO_LARGE;
    case 429: return v1::FAILURE_CLASS_RATE_LIMITED;
    case 503:
    case 529: return v1::FAILURE_CLASS_OVERLOADED;
    default: break;
  }
  if (http_status >= 400 && http_status < 500) return v1::FAILURE_CLASS_INVALID_REQUEST;
  // A redirect is not followed: the endpoint is not where the configuration says.
  if (http_status >= 300 && http_status < 400) return v1::FAILURE_CLASS_NOT_FOUND;
  return v1::FAILURE_CLASS_SERVER_ERROR;
}

std::optional<v1::FailureClass> ClassOfWords(std::string_view message) {
  // Words of Anthropic, OpenAI, Gemini, Mistral and Bedrock, each from a public report of its refusal.
  static constexpr std::string_view kHistory[] = {
      "signature in thinking",  "signature` in `thinking", "thinking` block",
      "thinking blocks",        "expected `thinking`",     "redacted_thinking",
      "thought_signature",      "thought signature",       "encrypted content",
      "encrypted_content",      "reasoning item",          "tool call id was",
      "].id'",                  "].tool_call_id'",         "invalid signature",
      "invalid `signature`"};
  static constexpr std::string_view kTooLong[] = {
      "maximum context length", "context window", "context length", "prompt is too long",
      "too many tokens",        "input is too long", "exceeds the maximum number of tokens"};
  const std::string lower = absl::AsciiStrToLower(ToAbsl(message));
  const auto says = [&](std::string_view words) { return absl::StrContains(lower, ToAbsl(words)); };
  if (std::any_of(std::begin(kHistory), std::end(kHistory), says)) return v1::FAILURE_CLASS_HISTORY;
  if (std::any_of(std::begin(kTooLong), std::end(kTooLong), says)) {
    return v1::FAILURE_CLASS_CONTEXT_WINDOW;
  }
  return std::nullopt;
}

std::string FailureWord(v1::FailureClass failure_class) {
  const std::string name = v1::FailureClass_Name(failure_class);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "FAILURE_CLASS_"));
}

std::string PlainCode(std::string_view code) {
  std::string plain;
  for (char c : code) {
    if (plain.size() == kMaxCodeLength) break;
    if (absl::ascii_isalnum(c) || std::string_view("_.:/-").find(c) != std::string_view::npos) {
      plain += c;
    }
  }
  return plain;
}

std::optional<absl::Duration> ParseRetryAfter(std::string_view value) {
  double seconds = 0;
  if (!absl::SimpleAtod(ToAbsl(value), &seconds) || !(seconds > 0) || seconds > 1e6) {
    return std::nullopt;
  }
  return absl::Seconds(seconds);
}

void SetRetryAfter(const WireAnswer& answer, v1::Failure* failure) {
  const std::optional<absl::Duration> wait = ParseRetryAfter(answer.retry_after);
  if (!wait) return;
  const int64_t millis = absl::ToInt64Milliseconds(absl::Ceil(*wait, absl::Milliseconds(1)));
  failure->mutable_retry_after()->set_seconds(millis / 1000);
  failure->mutable_retry_after()->set_nanos(static_cast<int32_t>(millis % 1000) * 1'000'000);
}

std::string DescribeError(int http_status, std::string_view type, std::string_view code) {
  const std::string plain_type = PlainCode(type);
  const std::string plain_code = code == type ? std::string() : PlainCode(code);
  const bool inside = http_status >= 200 && http_status < 300;
  std::string text = inside ? "the provider's answer holds an error"
                            : absl::StrCat("the provider answered ", http_status);
  if (plain_type.empty() && plain_code.empty()) return text;
  const char* comma = plain_type.empty() || plain_code.empty() ? "" : ", ";
  return absl::StrCat(text, " (", plain_type, comma, plain_code, ")");
}

void SetFailed(v1::Failure failure, v1::Observation* observation) {
  observation->set_outcome(v1::OUTCOME_FAILED);
  *observation->mutable_failure() = std::move(failure);
}

void SetInterrupted(std::string_view message, v1::Observation* observation) {
  observation->set_outcome(v1::OUTCOME_INTERRUPTED);
  *observation->mutable_failure() = MakeFailure(v1::FAILURE_CLASS_INTERRUPTED, message);
}

void FailIfEmpty(v1::Observation* observation) {
  if (observation->outcome() != v1::OUTCOME_END && observation->outcome() != v1::OUTCOME_UNKNOWN) {
    return;
  }
  if (!absl::StripAsciiWhitespace(observation->text()).empty() ||
      !observation->refusal().empty() || !observation->tool_calls().empty()) {
    return;
  }
  const auto& blocks = observation->opaque();
  if (!std::all_of(blocks.begin(), blocks.end(), IsThinking)) return;
  SetFailed(MakeFailure(v1::FAILURE_CLASS_EMPTY_ANSWER,
                        "the provider's answer holds no text, no tool call and no refusal"),
            observation);
}

}  // namespace warmpath
