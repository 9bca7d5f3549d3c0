// Answers in canonical form, given to the caller in the caller's dialect.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "boost/asio/awaitable.hpp"
#include "provider/path_call.h"
#include "warmpath/v1/chat.pb.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Whether an Observation is a failure and no answer.
bool IsFailure(const v1::Observation& observation);

// The failure of such an Observation; it always has a class.
v1::Failure FailureOf(const v1::Observation& observation);

// Gives the caller a whole answer: as Answer::reply, or, where a stream was asked for, to the sink at
// once; a shadow's caller is nobody. A failure becomes the call's failure, and nothing is given. `observation` gets the call's
// path and times first. Works for embedded providers, too:
//
//   PathCall path_call(call, target, sink, cancel, clock);
//   path_call.answer.native = std::make_shared<std::string>(observation.SerializeAsString());
//   path_call.answer.dialect = Dialect::kCanonical;
//   co_await DeliverWhole(path_call, std::move(observation));
//   co_return std::move(path_call.answer);
boost::asio::awaitable<void> DeliverWhole(PathCall& call, v1::Observation observation);

// A DeltaStream gives the caller a streamed answer, piece by piece.
//
// Thread safety: none; one per call. Ownership: borrows the call.
class DeltaStream {
 public:
  explicit DeltaStream(PathCall& call);

  // Gives more of the answer, all at once. An Observation among them ends the stream; if it is a
  // failure, it becomes the call's failure and is not given. False: stop, for the call has failed,
  // the caller is gone, or the answer is complete.
  boost::asio::awaitable<bool> Write(std::vector<v1::Delta>& deltas);

  bool complete() const { return complete_; }

 private:
  PieceKind Add(v1::Delta& delta, std::string& bytes);

  PathCall& call_;
  // Null if nobody takes the stream.
  std::unique_ptr<StreamEncoder> encoder_;
  bool complete_ = false;
};

}  // namespace warmpath
