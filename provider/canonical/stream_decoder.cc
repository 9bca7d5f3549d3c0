#include "provider/canonical/stream_decoder.h"

#include <cstdint>

#include "provider/canonical/codec.h"
#include "provider/wire/failures.h"

namespace warmpath {

void CanonicalStreamDecoder::Feed(std::string_view, std::string_view data,
                                  std::vector<v1::Delta>& out) {
  v1::Delta delta;
  if (!delta.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
    malformed_ = true;
    return;
  }
  if (complete_) return;
  if (delta.kind_case() == v1::Delta::kObservation) {
    partial_ = std::move(*delta.mutable_observation());
    complete_ = true;
    return;
  }
  Join(delta);
  if (delta.kind_case() != v1::Delta::KIND_NOT_SET) out.push_back(std::move(delta));
}

void CanonicalStreamDecoder::Join(const v1::Delta& delta) {
  switch (delta.kind_case()) {
    case v1::Delta::kText: partial_.mutable_text()->append(delta.text()); return;
    case v1::Delta::kRefusal: partial_.mutable_refusal()->append(delta.refusal()); return;
    case v1::Delta::kToolCall: {
      const v1::ToolCallDelta& piece = delta.tool_call();
      const auto [at, added] = call_at_.try_emplace(piece.index(), partial_.tool_calls_size());
      if (added) partial_.add_tool_calls();
      v1::ToolCall* call = partial_.mutable_tool_calls(at->second);
      if (!piece.id().empty()) call->set_id(piece.id());
      if (!piece.name().empty()) call->set_name(piece.name());
      call->mutable_arguments_json()->append(piece.arguments_json());
      return;
    }
    default: return;
  }
}

v1::Observation CanonicalStreamDecoder::Observation() const {
  v1::Observation observation = partial_;
  if (malformed_) {
    SetFailed(MakeFailure(v1::FAILURE_CLASS_MALFORMED_ANSWER,
                          "a piece of the stream is not a serialised warmpath.v1.Delta"),
              &observation);
  } else if (!complete_) {
    SetInterrupted("the stream ended without its Observation", &observation);
  }
  SettleOutcome(&observation);
  return observation;
}

void SettleOutcome(v1::Observation* observation) {
  const v1::Outcome outcome = observation->outcome();
  const bool failed = outcome == v1::OUTCOME_FAILED;
  const bool cut = outcome == v1::OUTCOME_INTERRUPTED;
  if (observation->has_failure() && !failed && !cut) {
    observation->set_outcome(v1::OUTCOME_FAILED);
  } else if (failed && !observation->has_failure()) {
    SetFailed(MakeFailure(v1::FAILURE_CLASS_SERVER_ERROR, "the path failed and did not say why"),
              observation);
  } else if (cut && !observation->has_failure()) {
    SetInterrupted("the path broke its answer off", observation);
  } else if (outcome == v1::OUTCOME_UNSPECIFIED || !v1::Outcome_IsValid(outcome)) {
    observation->set_outcome(v1::OUTCOME_UNKNOWN);
  }
  FailIfEmpty(observation);
}

void AppendDeltaFrame(std::string_view serialised_delta, std::string* out) {
  const uint32_t size = static_cast<uint32_t>(serialised_delta.size());
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(size >> shift));
  out->append(serialised_delta);
}

bool NextDeltaFrame(std::string_view& frames, std::string_view& serialised_delta) {
  if (frames.size() < 4) return false;
  uint32_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(frames[i]);
  if (size > frames.size() - 4) return false;
  serialised_delta = frames.substr(4, size);
  frames.remove_prefix(4 + size);
  return true;
}

v1::Observation DecodeDeltaFrames(std::string_view frames) {
  CanonicalStreamDecoder decoder;
  std::vector<v1::Delta> ignored;
  std::string_view delta;
  while (NextDeltaFrame(frames, delta)) {
    decoder.Feed("", delta, ignored);
    ignored.clear();
  }
  return decoder.Observation();
}

}  // namespace warmpath
