// One model backend.
#pragma once

#include <cstdint>
#include <string>

#include "base/http/cancel_token.h"
#include "boost/asio/awaitable.hpp"
#include "provider/answer.h"
#include "warmpath/v1/capability.pb.h"

namespace warmpath {

// What a path asks its provider for.
struct PathTarget {
  std::string path;
  std::string model;
  // Sent where the caller gives no limit and the dialect requires one.
  int64_t max_output_tokens = 4096;
  // The provider's name in the config: what ModelCall::signed_by is compared with.
  std::string provider = {};
  // The kind of server, as in the capability table, such as "mistral".
  std::string server = {};
  // What the model behind it takes; a field that is not set is unknown and let through.
  v1::ModelCapabilities capabilities = {};
};

// A Provider calls one backend: over HTTP in a vendor's dialect, over gRPC, or embedded.
//
// Call ends in an Answer; a failure is data in it. A streamed answer goes to `sink` as it arrives, in
// the caller's dialect; `sink` may be null (shadows), and then only Answer::native is filled. A sink
// gets nothing where the caller did not ask for a stream.
//
// Thread safety: an object belongs to one executor and is only used on it.
// Ownership: all arguments are borrowed until the call ends.
// Cancellation: by `cancel`, which may be null; a cancelled call ends promptly with
// FAILURE_CLASS_CANCELLED. PathSet::Call turns Asio's own cancellation into it.
// Time: bounded by the provider's time-outs and the call's deadline, whichever comes first.
class Provider {
 public:
  virtual ~Provider() = default;
  virtual boost::asio::awaitable<Answer> Call(const ModelCall& call, const PathTarget& target,
                                              AnswerSink* sink, CancelToken* cancel) = 0;
};

}  // namespace warmpath
