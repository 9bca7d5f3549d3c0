// A provider that follows a script, behind real HTTP.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/http/http_exchange.h"
#include "boost/asio/awaitable.hpp"
#include "provider/codec.h"
#include "provider/sim/answer_book.h"
#include "provider/sim/misbehave.h"
#include "provider/sim/sim_routes.h"
#include "warmpath/v1/sim.pb.h"

namespace warmpath {

// A SimProvider answers as the vendors do, streaming and not, and misbehaves as its script says.
// Nothing in it calls anybody. Its doors, all by POST:
//   /v1/chat/completions, /v1/responses                          OpenAI
//   /v1/messages                                                 Anthropic
//   /v1beta/models/MODEL:generateContent                         Gemini; the model is in the URL
//   /v1beta/models/MODEL:streamGenerateContent?alt=sse
//   /openai/v1/chat/completions                                  Azure, the model is the deployment
//   /openai/deployments/MODEL/chat/completions?api-version=ANY   Azure, classic
//
//   ASSIGN_OR_RETURN(auto sim, SimProvider::Create(script, folder));
//   HttpServer::Start(…, [&](HttpExchange& e) { return sim->Handle(e); });
//
// The control door, for demos and tests:
//   POST /_sim/phase?model=NAME&phase=NAME   begins a phase now ("" = the model's first behaviour)
//   GET  /_sim/requests                      how many requests each model got, live and shadow, as JSON
//
// Thread safety: none; belongs to one io_context.
class SimProvider {
 public:
  // `folder` is where answers_file paths count from. Errors name the model and the file.
  static absl::StatusOr<std::unique_ptr<SimProvider>> Create(const v1::SimScript& script,
                                                             const std::string& folder);

  boost::asio::awaitable<void> Handle(HttpExchange& exchange);

  // Begins a phase; "" is the model's first behaviour. NOT_FOUND for an unknown model or phase.
  absl::Status BeginPhase(std::string_view model, std::string_view phase);

 private:
  struct Model {
    v1::SimModel script;
    std::shared_ptr<const AnswerBook> book;
    const v1::SimBehavior* behavior = nullptr;  // chosen by name; null: by time
    int64_t live_requests = 0;
    int64_t shadow_requests = 0;
    int64_t second = 0;
    int64_t requests_in_second = 0;
  };

  SimProvider() = default;
  const v1::SimBehavior& BehaviorNow(const Model& model) const;
  bool OverRate(Model& model, const v1::SimBehavior& behavior);
  boost::asio::awaitable<void> HandleCall(HttpExchange& exchange, const SimRoute& route);
  boost::asio::awaitable<void> Answer(HttpExchange& exchange, const Codec& codec, Model& model,
                                      const v1::ModelRequest& request);
  void HandleControl(HttpExchange& exchange);

  uint64_t seed_ = 0;
  uint64_t served_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::map<std::string, Model, std::less<>> models_;
};

}  // namespace warmpath
