// The OpenAI- and Anthropic-compatible front door.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/http/http_exchange.h"
#include "base/id.h"
#include "boost/asio/awaitable.hpp"
#include "config/access.h"
#include "gateway/live_caller.h"
#include "gateway/workflow_directory.h"
#include "provider/dialect.h"

namespace warmpath {

// What may change under a front door at a reload.
struct FrontSettings {
  WorkflowDirectory directory;
  AccessTokens tokens;
};

// An HttpFront answers
//   POST /v1/chat/completions   OpenAI Chat Completions
//   POST /v1/responses          OpenAI Responses, its stateless part
//   POST /v1/messages           Anthropic Messages
//   POST /v1/messages/count_tokens   passed through to a path of that dialect
//   GET  /v1/models, /v1/models/NAME   in Anthropic's form for whoever sends anthropic-version
// where the model names the workflow. Headers in: x-warmpath-conversation names the conversation,
// x-request-id the request, x-stainless-timeout gives the caller's deadline in seconds. Headers out:
// x-warmpath-{request-id,workflow,path,mode,verdict}; x-should-retry: false on warmpath's own refusals.
//
// Thread safety: belongs to the executor of its LiveCaller; Configure likewise.
// Ownership: borrows caller and clock.
class HttpFront {
 public:
  HttpFront(LiveCaller& caller, const Clock& clock, uint64_t id_seed)
      : caller_(caller), clock_(clock), ids_(id_seed) {}

  void Configure(std::shared_ptr<const FrontSettings> settings) { settings_ = std::move(settings); }

  // Answers one request.
  boost::asio::awaitable<void> Handle(HttpExchange& exchange);

  // The body for a request that the server refuses before a handler sees it.
  static std::string ProblemBody(int status, std::string_view reason, std::string_view target);

 private:
  boost::asio::awaitable<void> HandleCall(HttpExchange& exchange, Dialect dialect);
  void HandleModels(HttpExchange& exchange);
  std::string RequestId(HttpExchange& exchange);

  LiveCaller& caller_;
  const Clock& clock_;
  IdGenerator ids_;
  std::shared_ptr<const FrontSettings> settings_;
};

}  // namespace warmpath
