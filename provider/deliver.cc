#include "provider/deliver.h"

#include <algorithm>
#include <string>
#include <utility>

#include "provider/observe.h"

namespace warmpath {
namespace {

namespace asio = boost::asio;

// An answer as the pieces that a stream of it would have had.
std::vector<v1::Delta> ToDeltas(v1::Observation observation) {
  std::vector<v1::Delta> deltas;
  if (!observation.text().empty()) deltas.emplace_back().set_text(observation.text());
  if (!observation.refusal().empty()) deltas.emplace_back().set_refusal(observation.refusal());
  for (int i = 0; i < observation.tool_calls_size(); ++i) {
    const v1::ToolCall& call = observation.tool_calls(i);
    v1::ToolCallDelta& delta = *deltas.emplace_back().mutable_tool_call();
    delta.set_index(i);
    delta.set_id(call.id());
    delta.set_name(call.name());
    delta.set_arguments_json(call.arguments_json());
  }
  *deltas.emplace_back().mutable_observation() = std::move(observation);
  return deltas;
}

// `model` must outlive the options.
ReplyOptions ReplyOptionsOf(const PathCall& call, std::string_view model) {
  return {.id = call.call.request_id,
          .model = model,
          .created = absl::ToUnixSeconds(call.answer.dispatch_time),
          .include_usage = call.call.include_usage};
}

}  // namespace

bool IsFailure(const v1::Observation& observation) {
  return observation.has_failure() || observation.outcome() == v1::OUTCOME_FAILED ||
         observation.outcome() == v1::OUTCOME_INTERRUPTED ||
         observation.outcome() == v1::OUTCOME_UNSPECIFIED;
}

v1::Failure FailureOf(const v1::Observation& observation) {
  v1::Failure failure = observation.failure();
  if (failure.failure_class() == v1::FAILURE_CLASS_UNSPECIFIED) {
    const bool cut = observation.outcome() == v1::OUTCOME_INTERRUPTED;
    failure.set_failure_class(cut ? v1::FAILURE_CLASS_INTERRUPTED : v1::FAILURE_CLASS_SERVER_ERROR);
  }
  if (failure.message().empty()) failure.set_message("the path gave no usable answer");
  return failure;
}

asio::awaitable<void> DeliverWhole(PathCall& call, v1::Observation observation) {
  call.NoteContent();
  call.NoteEnd();
  StampObservation(call.answer, observation);
  if (IsFailure(observation)) {
    call.Fail(FailureOf(observation));
  } else if (call.sink != nullptr) {
    DeltaStream stream(call);
    std::vector<v1::Delta> deltas = ToDeltas(std::move(observation));
    co_await stream.Write(deltas);
  } else if (!call.call.shadow) {
    call.answer.reply = std::make_shared<const std::string>(
        call.caller_codec().EncodeAnswer(observation, ReplyOptionsOf(call, call.CallerModel())));
  }
}

DeltaStream::DeltaStream(PathCall& call)
    : call_(call),
      encoder_(call.sink == nullptr ? nullptr
                                    : call.caller_codec().NewStreamEncoder(
                                          ReplyOptionsOf(call, call.CallerModel()))) {}

asio::awaitable<bool> DeltaStream::Write(std::vector<v1::Delta>& deltas) {
  std::string bytes;
  PieceKind kind = PieceKind::kPreamble;
  for (v1::Delta& delta : deltas) {
    kind = std::max(kind, Add(delta, bytes));
    if (complete_ || call_.failed()) break;
  }
  if (!bytes.empty()) {
    // Set before the suspension: from here on the caller may have seen it.
    if (kind != PieceKind::kPreamble) call_.answer.committed = true;
    const bool taken = co_await call_.sink->Write(bytes, kind);
    if (!taken) call_.Fail(v1::FAILURE_CLASS_CANCELLED, "the caller went away");
  }
  co_return !complete_ && !call_.failed();
}

PieceKind DeltaStream::Add(v1::Delta& delta, std::string& bytes) {
  PieceKind kind = PieceKind::kPreamble;
  if (delta.kind_case() == v1::Delta::kObservation) {
    if (IsFailure(delta.observation())) {
      call_.Fail(FailureOf(delta.observation()));
      return kind;
    }
    call_.NoteEnd();
    StampObservation(call_.answer, *delta.mutable_observation());
    kind = PieceKind::kTerminal;
    complete_ = true;
  } else if (delta.kind_case() != v1::Delta::KIND_NOT_SET) {
    call_.NoteContent();
    kind = PieceKind::kContent;
  }
  if (encoder_ != nullptr) encoder_->Encode(delta, bytes);
  return kind;
}

}  // namespace warmpath
