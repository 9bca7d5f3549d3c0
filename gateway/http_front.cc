#include "gateway/http_front.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/http/cancel_token.h"
#include "base/stable_hash.h"
#include "base/string_view.h"
#include "boost/json.hpp"
#include "gateway/answer_headers.h"
#include "gateway/failure_reply.h"
#include "gateway/turn_type.h"
#include "provider/body_fields.h"
#include "provider/codec.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

constexpr std::string_view kJsonHeader = "content-type: application/json\r\n";
constexpr std::string_view kStreamHeaders =
    "content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n";
// A caller's header that goes on to a path of the same dialect.
constexpr std::string_view kForwardedHeaders[] = {"anthropic-version", "anthropic-beta",
                                                  "openai-organization", "openai-project",
                                                  "openai-beta"};
constexpr std::string_view kCountTokens = "/v1/messages/count_tokens";
constexpr size_t kMaxIdSize = 128;

std::optional<Dialect> DialectOf(std::string_view path) {
  if (path == "/v1/chat/completions") return Dialect::kOpenAiChat;
  if (path == "/v1/responses") return Dialect::kOpenAiResponses;
  if (path == "/v1/messages" || path == kCountTokens) return Dialect::kAnthropicMessages;
  return std::nullopt;
}

// Whether an id from outside may stand in headers, logs and the store as it is.
bool IsSafeId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdSize &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// The credential, wherever this dialect's SDKs put it.
std::string_view Credential(const HttpExchange& exchange) {
  const std::string_view authorization = exchange.Header("authorization");
  return authorization.empty() ? exchange.Header("x-api-key") : authorization;
}

// Where this dialect's SDKs look for the id of a request, to show it to people.
std::string_view RequestIdHeader(Dialect dialect) {
  return dialect == Dialect::kAnthropicMessages ? "request-id" : "x-request-id";
}

// Names the request as the SDK expects it, unless the path's own id goes to the caller.
void AppendRequestId(Dialect dialect, std::string_view request_id, const HeaderList& headers,
                     std::string& out) {
  const std::string_view name = RequestIdHeader(dialect);
  for (const auto& header : headers) {
    if (header.first == name) return;
  }
  out.append(name).append(": ").append(request_id).append("\r\n");
}

void AppendRetryHeaders(const LiveAnswer& live, std::string& out) {
  if (live.downtime) {
    const int64_t seconds = std::max<int64_t>(1, absl::ToInt64Seconds(live.retry_after));
    absl::StrAppend(&out, "retry-after: ", seconds, "\r\n");
  }
  if (live.downtime || (live.answer.failure && IsOwnDecision(*live.answer.failure))) {
    out.append("x-should-retry: false\r\n");
  }
}

// Answers with warmpath's own words in the caller's dialect.
void RespondFailure(HttpExchange& exchange, Dialect dialect, const v1::Failure& failure,
                    std::string_view request_id, std::string_view headers) {
  const ErrorReply reply = CodecFor(dialect).EncodeError(failure, request_id);
  exchange.Respond({.status = reply.http_status,
                    .header_blocks = {kJsonHeader, headers},
                    .body = {reply.body}});
}

// A refusal of warmpath's own, before any path was tried.
void Refuse(HttpExchange& exchange, Dialect dialect, v1::FailureClass failure_class,
            std::string_view message, std::string_view request_id) {
  std::string headers = absl::StrCat("x-warmpath-request-id: ", ToAbsl(request_id),
                                     "\r\nx-should-retry: false\r\n");
  AppendRequestId(dialect, request_id, {}, headers);
  RespondFailure(exchange, dialect, MakeFailure(failure_class, message), request_id, headers);
}

// A streamed answer on an HTTP connection.
class HttpFrontStream final : public FrontStream {
 public:
  // `call` must outlive it.
  HttpFrontStream(HttpExchange& exchange, const ModelCall& call) : exchange_(exchange), call_(call) {}

  boost::asio::awaitable<bool> Begin(const ServedBy& served, std::string_view bytes) override {
    AppendServedHeaders(call_.request_id, call_.workflow, served, headers_);
    AppendRequestId(call_.dialect, call_.request_id, {}, headers_);
    exchange_.StartStream({.status = 200, .header_blocks = {kStreamHeaders, headers_}});
    co_return (co_await exchange_.Write(bytes)).ok();
  }

  boost::asio::awaitable<bool> Write(std::string_view bytes) override {
    co_return (co_await exchange_.Write(bytes)).ok();
  }

 private:
  HttpExchange& exchange_;
  const ModelCall& call_;
  std::string headers_;
};

void RespondWhole(HttpExchange& exchange, const ModelCall& call, const LiveAnswer& live) {
  const Answer& answer = live.answer;
  std::string headers;
  headers.reserve(512);
  AppendServedHeaders(call.request_id, call.workflow, live.served, headers);
  for (const auto& [name, value] : answer.headers) {
    headers.append(name).append(": ").append(value).append("\r\n");
  }
  AppendRequestId(call.dialect, call.request_id, answer.headers, headers);
  AppendRetryHeaders(live, headers);
  if (live.downtime) {
    // 503 in every dialect: this is warmpath's own state, not one vendor's overload.
    exchange.Respond({.status = 503,
                      .header_blocks = {kJsonHeader, headers},
                      .body = {CodecFor(call.dialect).EncodeError(*answer.failure, call.request_id).body}});
  } else if (!answer.failure) {
    exchange.Respond(
        {.status = 200, .header_blocks = {kJsonHeader, headers}, .body = {*answer.reply}});
  } else if (RelaysError(live, call.dialect)) {
    exchange.Respond({.status = answer.http_status,
                      .header_blocks = {kJsonHeader, headers},
                      .body = {*answer.reply}});
  } else {
    RespondFailure(exchange, call.dialect, ToldToCaller(live), call.request_id,
                   headers);
  }
}

boost::asio::awaitable<void> EndStream(HttpExchange& exchange, const ModelCall& call,
                                       const Answer& answer) {
  // OpenAI's SDKs for Python and, before 7, for Node take Responses' own error event for an ordinary
  // item; ours makes all of them throw.
  const bool told = answer.failure_sent && call.dialect != Dialect::kOpenAiResponses;
  if (answer.failure && !told) {
    // An SDK takes a stream that just ends for a short answer: say in-band that it broke off.
    (void)co_await exchange.Finish(
        CodecFor(call.dialect).EncodeStreamError(*answer.failure, call.request_id));
  } else {
    (void)co_await exchange.Finish();
  }
}

boost::json::object ModelObject(const std::string& name, bool anthropic) {
  if (anthropic) {
    return {{"type", "model"},
            {"id", name},
            {"display_name", name},
            {"created_at", "1970-01-01T00:00:00Z"}};
  }
  return {{"id", name}, {"object", "model"}, {"created", 0}, {"owned_by", "warmpath"}};
}

boost::json::object ModelList(const std::vector<std::string>& names, bool anthropic) {
  boost::json::array models;
  for (const std::string& name : names) models.push_back(ModelObject(name, anthropic));
  if (!anthropic) return {{"object", "list"}, {"data", std::move(models)}};
  boost::json::value first, last;
  if (!names.empty()) {
    first = names.front();
    last = names.back();
  }
  return {{"data", std::move(models)}, {"has_more", false}, {"first_id", first}, {"last_id", last}};
}

}  // namespace

boost::asio::awaitable<void> HttpFront::Handle(HttpExchange& exchange) {
  const std::string_view path = exchange.path();
  const std::optional<Dialect> dialect = DialectOf(path);
  const bool is_models = path == "/v1/models" || path.starts_with("/v1/models/");
  const Dialect errors_in = dialect.value_or(Dialect::kOpenAiChat);
  if (!settings_->tokens.Admits(Credential(exchange))) {
    Refuse(exchange, errors_in, v1::FAILURE_CLASS_AUTH,
           "this door asks for a bearer token; set the SDK's API key to one of them",
           RequestId(exchange));
  } else if (dialect && exchange.method() == "POST") {
    co_await HandleCall(exchange, *dialect);
  } else if (is_models && exchange.method() == "GET") {
    HandleModels(exchange);
  } else {
    Refuse(exchange, errors_in, v1::FAILURE_CLASS_NOT_FOUND,
           absl::StrCat("there is no ", ToAbsl(exchange.method()), " ", ToAbsl(path.substr(0, 100)),
                        "; warmpath answers POST /v1/chat/completions, POST /v1/responses, POST "
                        "/v1/messages and GET /v1/models"),
           RequestId(exchange));
  }
}

boost::asio::awaitable<void> HttpFront::HandleCall(HttpExchange& exchange, Dialect dialect) {
  const std::shared_ptr<const FrontSettings> settings = settings_;
  std::string request_id = RequestId(exchange);
  auto body = std::make_shared<std::string>(std::move(exchange.body()));
  absl::StatusOr<BodyFields> fields = ScanBody(*body, dialect);
  if (!fields.ok()) {
    Refuse(exchange, dialect, v1::FAILURE_CLASS_INVALID_REQUEST, ToStd(fields.status().message()),
           request_id);
    co_return;
  }
  const WorkflowEntry* workflow = settings->directory.Find(fields->model_name);
  if (workflow == nullptr) {
    Refuse(exchange, dialect, v1::FAILURE_CLASS_NOT_FOUND,
           settings->directory.UnknownMessage(fields->model_name), request_id);
    co_return;
  }
  if (!fields->stateful_field.empty()) {
    caller_.NoteStateful(workflow->name, TurnTypeOf(*fields), fields->stream,
                         fields->stateful_field);
    Refuse(exchange, dialect, v1::FAILURE_CLASS_INVALID_REQUEST,
           absl::StrCat("\"", ToAbsl(fields->stateful_field),
                        "\" refers to state that only one vendor has, so no other path could answer; "
                        "send the whole conversation in \"input\" instead"),
           request_id);
    co_return;
  }

  auto call = std::make_shared<ModelCall>();
  call->request_id = std::move(request_id);
  call->workflow = workflow->name;
  call->dialect = dialect;
  call->body = std::move(body);
  call->model = fields->model;
  call->count_tokens = exchange.path() == kCountTokens;
  call->stream = fields->stream && !call->count_tokens;
  call->include_usage = fields->include_usage;
  call->has_signed_blocks = fields->has_signed_blocks;
  for (const std::string_view name : kForwardedHeaders) {
    if (const std::string_view value = exchange.Header(name); !value.empty()) {
      call->headers.emplace_back(name, value);
    }
  }
  // Where the door asks for a token of its own, that token is for warmpath and nobody else.
  if (!settings->tokens.required()) call->caller_authorization = Credential(exchange);
  absl::Duration deadline = workflow->deadline;
  if (double seconds = 0;
      absl::SimpleAtod(ToAbsl(exchange.Header("x-stainless-timeout")), &seconds) && seconds > 0) {
    deadline = std::min(deadline, absl::Seconds(seconds));
  }
  call->deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(deadline);
  const std::string_view named = exchange.Header("x-warmpath-conversation");
  const uint64_t conversation = named.empty() ? fields->conversation : StableHash64(named);

  CancelToken cancel;
  exchange.OnDisconnect([&cancel] { cancel.Cancel(); });
  std::optional<HttpFrontStream> stream;
  if (call->stream) stream.emplace(exchange, *call);
  const LiveAnswer live = co_await caller_.Serve(call, conversation, TurnTypeOf(*fields),
                                                 stream ? &*stream : nullptr, &cancel);
  exchange.OnDisconnect(nullptr);
  if (exchange.client_gone()) co_return;
  if (live.streamed) {
    co_await EndStream(exchange, *call, live.answer);
  } else {
    RespondWhole(exchange, *call, live);
  }
}

void HttpFront::HandleModels(HttpExchange& exchange) {
  const std::string_view path = exchange.path();
  const WorkflowDirectory& directory = settings_->directory;
  const bool anthropic = !exchange.Header("anthropic-version").empty();
  constexpr std::string_view kPrefix = "/v1/models/";
  if (path.starts_with(kPrefix)) {
    const std::string_view name = path.substr(kPrefix.size());
    const WorkflowEntry* workflow = directory.Find(name);
    if (workflow == nullptr) {
      Refuse(exchange, anthropic ? Dialect::kAnthropicMessages : Dialect::kOpenAiChat,
             v1::FAILURE_CLASS_NOT_FOUND, directory.UnknownMessage(name), RequestId(exchange));
      return;
    }
    exchange.Respond(200, kJsonHeader, boost::json::serialize(ModelObject(workflow->name, anthropic)));
    return;
  }
  exchange.Respond(200, kJsonHeader,
                   boost::json::serialize(ModelList(directory.names(), anthropic)));
}

std::string HttpFront::RequestId(HttpExchange& exchange) {
  const std::string_view given = exchange.Header("x-request-id");
  return IsSafeId(given) ? std::string(given) : ids_.Next("req", clock_.Now());
}

std::string HttpFront::ProblemBody(int status, std::string_view reason, std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  const v1::FailureClass failure_class = status == 413 || status == 431 ? v1::FAILURE_CLASS_TOO_LARGE
                                         : status == 408   ? v1::FAILURE_CLASS_TIMEOUT
                                         : status == 503   ? v1::FAILURE_CLASS_LOCAL_LIMIT
                                         : status >= 500   ? v1::FAILURE_CLASS_INTERNAL
                                                           : v1::FAILURE_CLASS_INVALID_REQUEST;
  return CodecFor(DialectOf(path).value_or(Dialect::kOpenAiChat))
      .EncodeError(MakeFailure(failure_class, reason), "")
      .body;
}

}  // namespace warmpath
