#include "provider/http_answer.h"

#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "provider/deliver.h"
#include "provider/http_failures.h"
#include "provider/stream_relay.h"
#include "provider/vendor.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

namespace asio = boost::asio;

constexpr size_t kMaxErrorBytes = 1 << 20;
// How far into an answer the signs of an empty one are looked for.
constexpr size_t kGlanceBytes = 1024;

void TakeHead(const HttpHead& head, Answer& answer) {
  answer.http_status = head.status;
  answer.content_type = head.Find("content-type");
  for (const HttpField& field : head.fields) {
    if (IsForwardedResponseHeader(field.name)) {
      std::string name(field.name);
      for (char& c : name) c = absl::ascii_tolower(c);
      answer.headers.emplace_back(std::move(name), field.value);
    }
  }
}

WireAnswer MakeWire(const HttpResponseStream& response, std::string_view body) {
  std::string_view request_id = response.Header("x-request-id");
  if (request_id.empty()) request_id = response.Header("request-id");
  if (request_id.empty()) request_id = response.Header("apim-request-id");
  return {.http_status = response.status(),
          .streamed = false,
          .body = body,
          .retry_after = response.Header("retry-after"),
          .request_id = request_id};
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Whether the body can be a JSON object, by its ends.
bool LooksLikeObject(std::string_view trimmed) {
  return trimmed.size() >= 2 && trimmed.front() == '{' && trimmed.back() == '}';
}

// Whether `key` stands early in the body with an empty array or an empty or null value.
bool HasEmpty(std::string_view body, std::string_view quoted_key) {
  size_t at = body.substr(0, kGlanceBytes).find(quoted_key);
  if (at == std::string_view::npos) return false;
  std::string value;
  for (at += quoted_key.size(); at < body.size() && value.size() < 3; ++at) {
    const char c = body[at];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') value += c;
  }
  return value == ":[]" || value == ":\"\"" || value == ":nu";
}

// Whether a 200 is worth decoding before it is called a success. A "yes" costs only time.
bool IsSuspicious(std::string_view trimmed) {
  return trimmed.substr(0, 40).find("\"error\"") != std::string_view::npos ||
         HasEmpty(trimmed, "\"choices\"") || HasEmpty(trimmed, "\"content\"") ||
         HasEmpty(trimmed, "\"candidates\"");
}

// A failure of the path that came with an HTTP status.
asio::awaitable<void> TakeError(HttpAnswerSource source, PathCall& call) {
  const auto read = co_await source.response.ReadAll(kMaxErrorBytes);
  // The status says enough where the body cannot be had.
  const std::string_view body = read.ok() ? *read : std::string_view();
  const WireAnswer wire = MakeWire(source.response, body);
  if (read.status().code() == absl::StatusCode::kCancelled) {
    call.Fail(FailureFromHttp(read.status(), call, false));
    co_return;
  }
  call.Fail(source.codec.ClassifyError(wire));
  Answer& answer = call.answer;
  answer.native = std::make_shared<const std::string>(body);
  if (call.call.shadow) co_return;
  if (call.call.dialect == answer.dialect && LooksLikeObject(Trim(body))) {
    answer.reply = answer.native;
  } else {
    answer.reply = std::make_shared<const std::string>(
        call.caller_codec().EncodeError(*answer.failure, call.call.request_id).body);
    answer.content_type.clear();
  }
}

asio::awaitable<void> TakeWhole(HttpAnswerSource source, PathCall& call) {
  const auto body = co_await source.response.ReadAll(call.limits.max_answer_bytes);
  if (!body.ok()) {
    call.Fail(FailureFromHttp(body.status(), call, false));
    co_return;
  }
  call.NoteContent();
  const std::string_view trimmed = Trim(*body);
  if (trimmed.empty()) {
    call.Fail(v1::FAILURE_CLASS_EMPTY_ANSWER,
              absl::StrCat("the path answered ", call.answer.http_status, " without a body"));
    co_return;
  }
  if (!LooksLikeObject(trimmed)) {
    call.Fail(v1::FAILURE_CLASS_MALFORMED_ANSWER,
              absl::StrCat("the path answered ", call.answer.http_status,
                           " with something that is not a JSON object"));
    co_return;
  }
  Answer& answer = call.answer;
  answer.native = std::make_shared<const std::string>(*body);
  const bool verbatim = call.call.dialect == answer.dialect && call.sink == nullptr;
  if (!verbatim && !call.call.shadow) {
    co_await DeliverWhole(call, source.codec.DecodeAnswer(MakeWire(source.response, *body)));
    answer.content_type.clear();
    co_return;
  }
  if (IsSuspicious(trimmed)) {
    const v1::Observation seen = source.codec.DecodeAnswer(MakeWire(source.response, *body));
    if (IsFailure(seen)) {
      call.Fail(FailureOf(seen));
      co_return;
    }
  }
  if (!call.call.shadow) answer.reply = answer.native;
}

}  // namespace

asio::awaitable<void> TakeHttpAnswer(HttpAnswerSource source, PathCall& call) {
  TakeHead(source.response.head(), call.answer);
  const int status = call.answer.http_status;
  if (status < 200 || status >= 300) return TakeError(source, call);
  constexpr std::string_view kEventStream = "text/event-stream";
  const std::string_view type = call.answer.content_type;
  if (EqualsIgnoreCase(type.substr(0, kEventStream.size()), kEventStream)) {
    return RelayEventStream(source, call);
  }
  return TakeWhole(source, call);
}

}  // namespace warmpath
