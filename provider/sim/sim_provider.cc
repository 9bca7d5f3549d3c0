#include "provider/sim/sim_provider.h"

#include <algorithm>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "base/string_view.h"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/json.hpp"
#include "provider/body_fields.h"
#include "provider/sim/sim_routes.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

using boost::asio::awaitable;

constexpr std::string_view kJson = "content-type: application/json\r\n";
constexpr std::string_view kStream = "content-type: text/event-stream\r\n";
constexpr int64_t kGarbageBytes = 100'000'000;

// Sleeps, or returns early and false once the client is gone.
awaitable<bool> Sleep(HttpExchange& exchange, absl::Duration duration) {
  if (duration > absl::ZeroDuration()) {
    boost::asio::steady_timer timer(exchange.io());
    timer.expires_after(absl::ToChronoNanoseconds(duration));
    exchange.OnDisconnect([&timer] { timer.cancel(); });
    boost::system::error_code ignored;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    exchange.OnDisconnect(nullptr);
  }
  co_return !exchange.client_gone();
}

// A streamed answer as a model would cut it: words and scraps of arguments.
std::vector<v1::Delta> Pieces(const v1::Observation& answer) {
  constexpr size_t kPieceBytes = 24;
  std::vector<v1::Delta> pieces;
  for (size_t at = 0; at < answer.text().size(); at += kPieceBytes) {
    pieces.emplace_back().set_text(answer.text().substr(at, kPieceBytes));
  }
  if (!answer.refusal().empty()) pieces.emplace_back().set_refusal(answer.refusal());
  for (int i = 0; i < answer.tool_calls_size(); ++i) {
    const v1::ToolCall& call = answer.tool_calls(i);
    v1::ToolCallDelta& first = *pieces.emplace_back().mutable_tool_call();
    first.set_index(i);
    first.set_id(call.id());
    first.set_name(call.name());
    for (size_t at = 0; at < call.arguments_json().size(); at += kPieceBytes) {
      v1::ToolCallDelta& more = *pieces.emplace_back().mutable_tool_call();
      more.set_index(i);
      more.set_arguments_json(call.arguments_json().substr(at, kPieceBytes));
    }
  }
  *pieces.emplace_back().mutable_observation() = answer;
  return pieces;
}

void RespondError(HttpExchange& exchange, const Codec& codec, const v1::SimBehavior& behavior) {
  const int status = behavior.error_status() == 0 ? 500 : behavior.error_status();
  const v1::FailureClass failure_class = status == 429   ? v1::FAILURE_CLASS_RATE_LIMITED
                                         : status == 401 ? v1::FAILURE_CLASS_AUTH
                                         : status == 400 ? v1::FAILURE_CLASS_INVALID_REQUEST
                                         : status == 529 || status == 503
                                             ? v1::FAILURE_CLASS_OVERLOADED
                                             : v1::FAILURE_CLASS_SERVER_ERROR;
  std::string headers(kJson);
  if (behavior.retry_after_seconds() > 0) {
    absl::StrAppend(&headers, "retry-after: ", behavior.retry_after_seconds(), "\r\n");
  }
  exchange.Respond(status, headers,
                   behavior.error_body().empty()
                       ? codec.EncodeError(MakeFailure(failure_class, "simulated"), "sim").body
                       : behavior.error_body());
}

awaitable<void> SendGarbage(HttpExchange& exchange, int64_t bytes) {
  const std::string block(64 * 1024, '#');
  exchange.StartStream({.status = 200, .header_blocks = {kJson}});
  for (int64_t sent = 0; sent < bytes; sent += block.size()) {
    if (!(co_await exchange.Write(block)).ok()) co_return;
  }
  (void)co_await exchange.Finish();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SimProvider>> SimProvider::Create(const v1::SimScript& script,
                                                                 const std::string& folder) {
  std::unique_ptr<SimProvider> sim(new SimProvider);
  sim->seed_ = script.seed();
  std::map<std::string, std::shared_ptr<const AnswerBook>> books;
  for (const auto& [name, model] : script.models()) {
    auto& book = books[model.answers_file()];
    if (book == nullptr) {
      auto loaded = std::make_shared<AnswerBook>();
      if (!model.answers_file().empty()) {
        const std::string path = folder + "/" + model.answers_file();
        std::ifstream file(path);
        if (!file) {
          return absl::NotFoundError(absl::StrCat("models.", name, ": cannot read '", path, "'"));
        }
        if (absl::Status status = loaded->Load(file); !status.ok()) {
          return absl::InvalidArgumentError(absl::StrCat(path, ": ", status.message()));
        }
      }
      book = std::move(loaded);
    }
    sim->models_[name] = Model{.script = model, .book = book};
  }
  return sim;
}

absl::Status SimProvider::BeginPhase(std::string_view name, std::string_view phase) {
  auto model = models_.find(name);
  if (model == models_.end()) {
    return absl::NotFoundError(absl::StrCat("there is no model '", ToAbsl(name), "'"));
  }
  if (phase.empty()) {
    model->second.behavior = &model->second.script.behavior();
    return absl::OkStatus();
  }
  for (const v1::SimPhase& candidate : model->second.script.phases()) {
    if (candidate.name() != phase) continue;
    model->second.behavior = &candidate.behavior();
    return absl::OkStatus();
  }
  return absl::NotFoundError(
      absl::StrCat("model '", ToAbsl(name), "' has no phase '", ToAbsl(phase), "'"));
}

const v1::SimBehavior& SimProvider::BehaviorNow(const Model& model) const {
  if (model.behavior != nullptr) return *model.behavior;
  const absl::Duration age = absl::FromChrono(std::chrono::steady_clock::now() - start_);
  const v1::SimBehavior* now = &model.script.behavior();
  for (const v1::SimPhase& phase : model.script.phases()) {
    if (phase.has_start() && FromProto(phase.start()) <= age) now = &phase.behavior();
  }
  return *now;
}

bool SimProvider::OverRate(Model& model, const v1::SimBehavior& behavior) {
  if (behavior.max_requests_per_second() == 0) return false;
  const int64_t second = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::steady_clock::now() - start_)
                             .count();
  if (second != model.second) {
    model.second = second;
    model.requests_in_second = 0;
  }
  return ++model.requests_in_second > behavior.max_requests_per_second();
}

awaitable<void> SimProvider::Handle(HttpExchange& exchange) {
  const std::string_view path = exchange.path();
  if (const auto route = FindSimRoute(path, exchange.query())) {
    co_await HandleCall(exchange, *route);
  } else if (path.starts_with("/_sim/")) {
    HandleControl(exchange);
  } else {
    exchange.Respond(404, "content-type: text/plain\r\n", "no such door\n");
  }
}

awaitable<void> SimProvider::HandleCall(HttpExchange& exchange, const SimRoute& route) {
  const Codec& codec = CodecFor(route.dialect);
  auto request = codec.DecodeRequest(exchange.body());
  if (!request.ok()) {
    const ErrorReply reply = codec.EncodeError(
        MakeFailure(v1::FAILURE_CLASS_INVALID_REQUEST, ToStd(request.status().message())), "sim");
    exchange.Respond(reply.http_status, kJson, reply.body);
    co_return;
  }
  if (route.model.has_value()) request->set_model(*route.model);
  if (route.stream.has_value()) request->set_stream(*route.stream);
  auto model = models_.find(request->model());
  if (model == models_.end()) {
    const ErrorReply reply = codec.EncodeError(
        MakeFailure(v1::FAILURE_CLASS_NOT_FOUND, "the model '" + request->model() + "' does not exist"),
        "sim");
    exchange.Respond(reply.http_status, kJson, reply.body);
    co_return;
  }
  const bool shadow = !exchange.Header("x-warmpath-shadow").empty();
  ++(shadow ? model->second.shadow_requests : model->second.live_requests);
  co_await Answer(exchange, codec, model->second, *request);
}

awaitable<void> SimProvider::Answer(HttpExchange& exchange, const Codec& codec, Model& model,
                                    const v1::ModelRequest& request) {
  const v1::SimBehavior& behavior = BehaviorNow(model);
  SimDraw draw(StableHash64(exchange.body(), seed_ + ++served_));
  const SimFate fate = DrawFate(behavior, draw);
  if (!co_await Sleep(exchange, fate == SimFate::kHang ? absl::Hours(24)
                                                       : DrawLatency(behavior, draw))) {
    co_return;
  }
  if (OverRate(model, behavior)) {
    v1::SimBehavior limited;
    limited.set_error_status(429);
    limited.set_retry_after_seconds(1);
    RespondError(exchange, codec, limited);
    co_return;
  }
  if (fate == SimFate::kReset) co_return exchange.Abort();
  if (fate == SimFate::kError) co_return RespondError(exchange, codec, behavior);
  if (fate == SimFate::kEmpty) co_return exchange.Respond(200, kJson, "");
  if (fate == SimFate::kGarbage) {
    co_await SendGarbage(exchange,
                         behavior.garbage_bytes() > 0 ? behavior.garbage_bytes() : kGarbageBytes);
    co_return;
  }

  v1::Observation answer;
  const std::string& owner =
      model.script.answers_of().empty() ? request.model() : model.script.answers_of();
  if (const v1::Observation* recorded = model.book->Find(owner, request)) {
    answer = *recorded;
  } else {
    answer.set_outcome(v1::OUTCOME_END);
    answer.set_text(model.script.default_text().empty() ? "I have no answer for this."
                                                        : model.script.default_text());
  }
  Misbehave(behavior, request, draw, answer);
  answer.set_served_model(model.script.served_model().empty() ? request.model()
                                                              : model.script.served_model());
  answer.mutable_usage()->set_input_tokens(exchange.body().size() / 4 + 1);
  answer.mutable_usage()->set_output_tokens(answer.ByteSizeLong() / 4 + 1);
  const std::string id = absl::StrCat("sim-", served_);
  const auto fields = ScanBody(exchange.body(), codec.dialect());
  const ReplyOptions reply_options = {.id = id,
                                      .model = request.model(),
                                      .include_usage = fields.ok() && fields->include_usage};

  if (!request.stream()) {
    const std::string body = codec.EncodeAnswer(answer, reply_options);
    if (fate == SimFate::kAnswer) co_return exchange.Respond(200, kJson, body);
    exchange.StartStream({.status = 200, .header_blocks = {kJson}});
    (void)co_await exchange.Write(std::string_view(body).substr(0, body.size() / 2));
    co_return exchange.Abort();
  }
  const auto encoder = codec.NewStreamEncoder(reply_options);
  exchange.StartStream({.status = 200, .header_blocks = {kStream}});
  const std::vector<v1::Delta> pieces = Pieces(answer);
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (fate == SimFate::kTruncate && i >= pieces.size() / 2) co_return exchange.Abort();
    std::string bytes;
    encoder->Encode(pieces[i], bytes);
    if (!bytes.empty() && !(co_await exchange.Write(bytes)).ok()) co_return;
    if (!co_await Sleep(exchange, FromProto(behavior.piece_interval()))) co_return;
  }
  (void)co_await exchange.Finish();
}

void SimProvider::HandleControl(HttpExchange& exchange) {
  if (exchange.path() == "/_sim/requests") {
    boost::json::object counts;
    for (const auto& [name, model] : models_) {
      counts[name] = {{"live", model.live_requests}, {"shadow", model.shadow_requests}};
    }
    exchange.Respond(200, kJson, boost::json::serialize(counts));
  } else if (exchange.path() == "/_sim/phase" && exchange.method() == "POST") {
    const absl::Status status =
        BeginPhase(QueryValue(exchange.query(), "model"), QueryValue(exchange.query(), "phase"));
    exchange.Respond(status.ok() ? 200 : 404, "content-type: text/plain\r\n",
                     status.ok() ? "ok\n" : absl::StrCat(status.message(), "\n"));
  } else {
    exchange.Respond(404, "content-type: text/plain\r\n", "no such control\n");
  }
}

}  // namespace warmpath
