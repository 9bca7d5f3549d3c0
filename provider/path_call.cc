#include "provider/path_call.h"

#include <utility>

#include "absl/time/time.h"
#include "provider/wire/failures.h"

namespace warmpath {

using std::chrono::steady_clock;

PathCall::PathCall(const ModelCall& call, const PathTarget& target, AnswerSink* sink,
                   CancelToken* cancel, const Clock& clock)
    : call(call),
      target(target),
      sink(call.stream ? sink : nullptr),
      cancel(cancel),
      start(steady_clock::now()) {
  answer.path = target.path;
  answer.requested_model = target.model;
  answer.dispatch_time = clock.Now();
}

void PathCall::Fail(v1::FailureClass failure_class, std::string_view message) {
  if (!failed()) answer.failure = MakeFailure(failure_class, message);
}

void PathCall::Fail(v1::Failure failure) {
  if (!failed()) answer.failure = std::move(failure);
}

void PathCall::NoteContent() {
  if (answer.time_to_first_content == absl::ZeroDuration()) {
    answer.time_to_first_content = absl::FromChrono(steady_clock::now() - start);
  }
}

void PathCall::NoteEnd() { answer.duration = absl::FromChrono(steady_clock::now() - start); }

std::string PathCall::CallerModel() const {
  if (call.model.has_value() && call.body != nullptr && call.model->size > 2) {
    std::string name = call.body->substr(call.model->offset + 1, call.model->size - 2);
    if (name.find('\\') == std::string::npos) return name;
  }
  return call.workflow;
}

absl::Duration TimeLeft(PathCall& call, absl::Duration total_timeout) {
  if (call.call.deadline == steady_clock::time_point::max()) return total_timeout;
  const absl::Duration left = absl::FromChrono(call.call.deadline - call.start);
  call.deadline_binds = left <= total_timeout;
  return call.deadline_binds ? left : total_timeout;
}

}  // namespace warmpath
