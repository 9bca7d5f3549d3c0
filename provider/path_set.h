// Every path of every workflow, ready to be called.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/http/cancel_token.h"
#include "base/http/deadlines.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "provider/answer.h"
#include "provider/path_call.h"
#include "provider/provider.h"
#include "provider/traffic.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

struct PathSetOptions {
  boost::asio::io_context& io;
  Deadlines& deadlines;
  const Clock& clock;
  // Which calls the set is for: it decides on keys and connections, and others are refused.
  Traffic traffic = Traffic::kLive;
  // Most bytes of a streamed answer kept for later decoding.
  size_t max_capture_bytes = AnswerLimits().max_capture_bytes;
};

// A PathSet holds one object for each provider and knows which path uses which.
//
//   ASSIGN_OR_RETURN(auto paths, PathSet::Create(config, {.io = io, .deadlines = deadlines,
//                                                         .clock = clock}));
//   Answer answer = co_await paths->Call("triage", "backup", call, &sink);
//
// Each worker thread has one for live traffic, and the shadow threads have theirs; a reload makes new
// ones and drops the old, which live until their last call has ended.
//
// Thread safety: none; belongs to the thread that runs `io`.
// Ownership: borrows what its options refer to; copies the config; calls in flight share the set.
// Errors: those of a call are failures inside its Answer.
class PathSet : public std::enable_shared_from_this<PathSet> {
 public:
  // Makes the providers that some path uses, and reads their secrets anew. The first problem ends it:
  // INVALID_ARGUMENT, NOT_FOUND or FAILED_PRECONDITION, naming the provider.
  static absl::StatusOr<std::shared_ptr<PathSet>> Create(const v1::Config& config,
                                                         const PathSetOptions& options);

  // Calls a path. Live and mirrored calls both come through here. `call`, `sink` and `cancel` are
  // borrowed until it ends; `sink` and `cancel` may be null. A path that does not exist, or a shadow
  // on a live set or the reverse, is an INTERNAL failure.
  //
  // Cancellation: by `cancel`, or by Asio's own where the awaiting coroutine was spawned with a
  // cancellation slot; it then still gets the Answer, provided it has called
  // this_coro::throw_if_cancelled(false).
  boost::asio::awaitable<Answer> Call(std::string_view workflow, std::string_view path,
                                      const ModelCall& call, AnswerSink* sink,
                                      CancelToken* cancel = nullptr);

  // Whether the set has such a path.
  bool Has(std::string_view workflow, std::string_view path) const;

 private:
  struct Entry {
    Provider* provider = nullptr;
    PathTarget target;
    // The dialect of an HTTP provider; unset for all others.
    std::optional<Dialect> dialect;
  };

  explicit PathSet(const PathSetOptions& options) : options_(options) {}

  absl::StatusOr<Provider*> ProviderNamed(const v1::Config& config, const std::string& name);
  const Entry* Find(std::string_view workflow, std::string_view path) const;
  boost::asio::awaitable<Answer> CallCancellably(const Entry& entry, const ModelCall& call,
                                                 AnswerSink* sink);

  const PathSetOptions options_;
  absl::flat_hash_map<std::string, std::unique_ptr<Provider>> providers_;
  absl::flat_hash_map<std::string, absl::flat_hash_map<std::string, Entry>> workflows_;
};

}  // namespace warmpath
