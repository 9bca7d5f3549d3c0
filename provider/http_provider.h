// A model backend behind HTTP in a vendor's dialect.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/http/deadlines.h"
#include "base/http/http_client.h"
#include "boost/asio/io_context.hpp"
#include "provider/path_call.h"
#include "provider/provider.h"
#include "provider/request_renderer.h"
#include "provider/traffic.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// An HttpProvider calls an OpenAI- or Anthropic-compatible API over a pool of keep-alive connections.
//
//   ASSIGN_OR_RETURN(auto provider, HttpProvider::Create(config, {.io = io, ...}));
//   Answer answer = co_await provider->Call(call, target, sink, cancel);
//
// A caller of the vendor's dialect gets the vendor's bytes: the request goes out as it came but for
// "model" and credentials, the answer comes back as it is. For other dialects both are translated, and
// so is a request in the vendor's own dialect that holds what the target refuses (WhyNotVerbatim) or
// what another provider has signed.
//
// Thread safety: none; belongs to the thread that runs `io`.
// Ownership: borrows what its options refer to, which must outlive it and its calls. It must itself
// outlive its calls (PathSet sees to that).
// Time: the config's connect, first-byte, idle and total time-outs, and the call's deadline.
// Invariants: (1) a shadow never carries a caller's credentials and is always marked as one. (2) What
// cannot be expressed for the vendor is never sent. (3) A stream that ends without its terminal event
// is INTERRUPTED.
class HttpProvider final : public Provider {
 public:
  struct Options {
    boost::asio::io_context& io;
    Deadlines& deadlines;
    const Clock& clock;
    Traffic traffic = Traffic::kLive;
    size_t max_capture_bytes = AnswerLimits().max_capture_bytes;
  };

  // Reads the secrets that the config names. INVALID_ARGUMENT, NOT_FOUND or FAILED_PRECONDITION,
  // naming what is wrong, for a config that cannot work.
  static absl::StatusOr<std::unique_ptr<HttpProvider>> Create(const v1::ProviderConfig& config,
                                                              const Options& options);

  boost::asio::awaitable<Answer> Call(const ModelCall& call, const PathTarget& target,
                                      AnswerSink* sink, CancelToken* cancel) override;

  HttpPoolStats stats() const { return pool_->stats(); }

 private:
  HttpProvider(const Options& options, const VendorWire& wire, RequestRenderer renderer);

  // Sets the body of `out`, in `translated` where it is not the caller's own. The call has failed if it
  // cannot be sent.
  void Prepare(PathCall& call, RenderedRequest& out, std::string& translated) const;
  // Whether the body may go as it came.
  bool IsVerbatim(const PathCall& call) const;
  // Writes a request for the vendor. False: it cannot be, and the call has failed.
  bool Translate(v1::ModelRequest request, PathCall& call, std::string& body) const;
  boost::asio::awaitable<void> Send(const HttpRequest& request, PathCall& call);

  boost::asio::io_context& io_;
  Deadlines& deadlines_;
  const Clock& clock_;
  const VendorWire& wire_;
  const Codec& codec_;
  RequestRenderer renderer_;
  AnswerLimits limits_;
  absl::Duration total_timeout_;
  std::unique_ptr<HttpPool> pool_;
};

}  // namespace warmpath
