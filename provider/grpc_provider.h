// A model backend of anyone's making behind warmpath.v1.PathService.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/http/deadlines.h"
#include "boost/asio/io_context.hpp"
#include "provider/path_call.h"
#include "provider/provider.h"
#include "provider/provider_settings.h"
#include "provider/traffic.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/path.grpc.pb.h"

namespace warmpath {

class DeltaStream;
class PathReader;

// A GrpcProvider calls a PathService: requests go out in canonical form, answers come back as Deltas.
//
//   ASSIGN_OR_RETURN(auto provider, GrpcProvider::Create(config, {.io = io, ...}));
//   Answer answer = co_await provider->Call(call, target, sink, cancel);
//
// base_url is "host:port", or "https://host:port" for TLS. The key and the configured headers go out
// as metadata.
//
// Thread safety: none; belongs to the thread that runs `io`. gRPC's own threads only post to it.
// Ownership: borrows what its options refer to. It must outlive its calls (PathSet sees to that), and
// they must have ended before `io` is destroyed: cancel them and run it until then.
// Time: the config's first-byte, idle and total time-outs and the call's deadline, which the path sees
// as its gRPC deadline; the connect time-out bounds each attempt to connect.
// Back-pressure: the next piece is asked for when the sink has taken the last one.
class GrpcProvider final : public Provider {
 public:
  struct Options {
    boost::asio::io_context& io;
    Deadlines& deadlines;
    const Clock& clock;
    Traffic traffic = Traffic::kLive;
    size_t max_capture_bytes = AnswerLimits().max_capture_bytes;
  };

  // Reads the secrets that the config names; connects with the first call. Errors: as HttpProvider.
  static absl::StatusOr<std::unique_ptr<GrpcProvider>> Create(const v1::ProviderConfig& config,
                                                              const Options& options);

  boost::asio::awaitable<Answer> Call(const ModelCall& call, const PathTarget& target,
                                      AnswerSink* sink, CancelToken* cancel) override;

 private:
  using Metadata = std::vector<std::pair<std::string, std::string>>;

  GrpcProvider(const Options& options, ProviderSettings settings);

  std::shared_ptr<PathReader> MakeReader(PathCall& call, v1::ModelRequest request,
                                         absl::Duration time_left) const;
  boost::asio::awaitable<void> Read(PathReader& reader, PathCall& call);
  boost::asio::awaitable<bool> Take(v1::Delta delta, PathCall& call, DeltaStream* stream);

  const Options options_;
  const ProviderSettings settings_;
  Metadata metadata_;
  bool has_own_key_ = false;
  int in_flight_ = 0;
  std::unique_ptr<v1::PathService::Stub> stub_;
};

}  // namespace warmpath
