// One call while a provider works on it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/http/cancel_token.h"
#include "provider/answer.h"
#include "provider/codec.h"
#include "provider/provider.h"

namespace warmpath {

// How much of an answer a provider takes and keeps.
struct AnswerLimits {
  // Longest answer that is not streamed, and longest single event of one that is. At this length a
  // path is not answering any more but flooding.
  size_t max_answer_bytes = 32 << 20;
  // Most bytes of a streamed answer kept in Answer::native.
  size_t max_capture_bytes = 8 << 20;
  // Longest wait for the first content of a stream.
  absl::Duration first_content_timeout = absl::InfiniteDuration();
  // Slowest pace of a stream; 0: any.
  double min_stream_bytes_per_second = 0;
};

// A PathCall holds what is asked, the answer so far, and the time since it was asked. The parts of
// a provider hand it to one another; each call has its own, on the provider's coroutine frame.
//
// Thread safety: none. Ownership: borrows all but the answer.
struct PathCall {
  PathCall(const ModelCall& call, const PathTarget& target, AnswerSink* sink, CancelToken* cancel,
           const Clock& clock);

  // Sets the failure, unless there is one already: the first cause counts.
  void Fail(v1::FailureClass failure_class, std::string_view message);
  void Fail(v1::Failure failure);
  bool failed() const { return answer.failure.has_value(); }

  // Something of the answer's content has come: stops time_to_first_content.
  void NoteContent();
  // Stops the answer's duration; the last call of it counts.
  void NoteEnd();

  // What the caller asked for by name, for answers that warmpath itself writes.
  std::string CallerModel() const;
  const Codec& caller_codec() const { return CodecFor(call.dialect); }

  const ModelCall& call;
  const PathTarget& target;
  // Null unless the caller asked for a stream and somebody takes it.
  AnswerSink* const sink;
  CancelToken* const cancel;
  const std::chrono::steady_clock::time_point start;
  AnswerLimits limits;
  // The caller's deadline is nearer than the path's own time-out.
  bool deadline_binds = false;
  Answer answer;
};

// How long a call may take: until the caller's deadline or for `total_timeout`, whichever ends
// first; sets `deadline_binds`. Zero or less: the deadline is over.
absl::Duration TimeLeft(PathCall& call, absl::Duration total_timeout);

}  // namespace warmpath
