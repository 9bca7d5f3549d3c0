// A provider, its real upstream on a loopback socket, and a caller's sink, all on one event loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/http/cancel_token.h"
#include "base/http/waker.h"
#include "base/string_view.h"
#include "provider/body_fields.h"
#include "provider/http_provider.h"
#include "tests/base/http/loop_fixture.h"
#include "tests/support/manual_clock.h"

namespace warmpath::testing {

// Keeps what it is given. May be told to be gone after some pieces, or to hold a piece back.
class RecordingSink final : public AnswerSink {
 public:
  Task<bool> Write(std::string_view bytes, PieceKind kind) override {
    if (on_write) on_write();
    while (hold) {
      holding = true;
      co_await waker.Wait();
    }
    holding = false;
    if (pieces.size() >= gone_after) co_return false;
    pieces.emplace_back(std::string(bytes), kind);
    co_return true;
  }

  std::string bytes() const {
    std::string all;
    for (const auto& [bytes, kind] : pieces) all += bytes;
    return all;
  }
  void Release() {
    hold = false;
    waker.Wake();
  }

  std::vector<std::pair<std::string, PieceKind>> pieces;
  size_t gone_after = SIZE_MAX;
  std::function<void()> on_write;
  bool hold = false;
  bool holding = false;
  Waker waker;
};

class ProviderFixture : public LoopFixture {
 protected:
  // Starts a provider for the upstream at `port`; more of its config may be set by `tweak`.
  void UseProvider(v1::ProviderKind kind, uint16_t port,
                   const std::function<void(v1::ProviderConfig&)>& tweak = nullptr,
                   Traffic traffic = Traffic::kLive, size_t max_capture_bytes = 8 << 20) {
    v1::ProviderConfig config;
    config.set_kind(kind);
    const bool openai = kind == v1::PROVIDER_KIND_OPENAI;
    config.set_base_url(absl::StrCat("http://127.0.0.1:", port, openai ? "/v1" : ""));
    if (tweak) tweak(config);
    auto made = HttpProvider::Create(config, {.io = io_,
                                              .deadlines = deadlines_,
                                              .clock = clock_,
                                              .traffic = traffic,
                                              .max_capture_bytes = max_capture_bytes});
    ASSERT_TRUE(made.ok()) << made.status();
    provider_ = *std::move(made);
  }

  static ModelCall MakeCall(std::string body, Dialect dialect = Dialect::kOpenAiChat) {
    const auto fields = ScanBody(body);
    EXPECT_TRUE(fields.ok()) << fields.status();
    ModelCall call;
    call.request_id = "req_1";
    call.workflow = "triage";
    call.dialect = dialect;
    call.model = fields->model;
    call.stream = fields->stream;
    call.has_signed_blocks = fields->has_signed_blocks;
    call.body = std::make_shared<const std::string>(std::move(body));
    return call;
  }

  Answer Call(const ModelCall& call, AnswerSink* sink = nullptr, CancelToken* cancel = nullptr,
              const std::string& model = "m-1") {
    return CallTarget(call, {.path = "primary", .model = model}, sink, cancel);
  }

  Answer CallTarget(const ModelCall& call, const PathTarget& target, AnswerSink* sink = nullptr,
                    CancelToken* cancel = nullptr) {
    std::optional<Answer> answer;
    Run([&]() -> Task<void> {
      answer = co_await provider_->Call(call, target, sink, cancel);
    }());
    return answer.has_value() ? *std::move(answer) : Answer();
  }

  // A script that reads one request, keeps it in requests_, and sends `answer`.
  Script Say(std::string answer) {
    return [this, answer](RawPeer& peer) -> Task<void> {
      requests_.push_back(co_await peer.ReadMessage());
      co_await peer.Write(answer);
      // Until the client has read it and gone, so that nothing is lost by closing early.
      co_await peer.ReadToEnd();
    };
  }

  static std::string Http(int status, std::string_view body,
                          std::string_view headers = "Content-Type: application/json\r\n") {
    return absl::StrCat("HTTP/1.1 ", status, " Words\r\n", ToAbsl(headers),
                        "Content-Length: ", body.size(), "\r\n\r\n", ToAbsl(body));
  }
  // An event stream whose body is all of `body`.
  static std::string Sse(std::string_view body) {
    return Http(200, body, "Content-Type: text/event-stream; charset=utf-8\r\n");
  }
  static std::string SseHead() {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  }
  static std::string Chunk(std::string_view bytes) {
    return absl::StrCat(absl::Hex(bytes.size()), "\r\n", ToAbsl(bytes), "\r\n");
  }

  static v1::FailureClass ClassIn(const Answer& answer) {
    return answer.failure.has_value() ? answer.failure->failure_class()
                                      : v1::FAILURE_CLASS_UNSPECIFIED;
  }

  ManualClock clock_;
  std::unique_ptr<HttpProvider> provider_;
  std::vector<std::string> requests_;
};

inline constexpr std::string_view kChatBody =
    R"({"model":"triage","messages":[{"role":"user","content":"hi"}]})";
inline constexpr std::string_view kChatStreamBody =
    R"({"model":"triage","stream":true,"messages":[{"role":"user","content":"hi"}]})";
inline constexpr std::string_view kChatAnswer =
    R"({"id":"c1","object":"chat.completion","created":1,"model":"m-1-2026","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"Hello","refusal":null},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4},"x_new":[1]})";

}  // namespace warmpath::testing
