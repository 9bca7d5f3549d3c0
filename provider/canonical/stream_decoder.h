// Reads a canonical stream.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "provider/codec.h"

namespace warmpath {

// Joins Deltas; the one that carries the Observation settles everything, and without it the stream is
// INTERRUPTED. Thread safety: thread-compatible.
class CanonicalStreamDecoder final : public StreamDecoder {
 public:
  void Feed(std::string_view event, std::string_view data, std::vector<v1::Delta>& out) override;
  v1::Observation Observation() const override;

 private:
  void Join(const v1::Delta& delta);

  // What came before the last piece.
  v1::Observation partial_;
  std::map<int, int> call_at_;
  bool complete_ = false;
  bool malformed_ = false;
};

// Makes outcome and failure of an Observation that somebody else has written agree: a failure is one
// whatever the outcome says, a failed outcome has a failure, what is unknown is UNKNOWN, and an answer
// with nothing in it failed.
void SettleOutcome(v1::Observation* observation);

// Reads a whole stream of frames (see AppendDeltaFrame). A broken frame ends it as INTERRUPTED.
v1::Observation DecodeDeltaFrames(std::string_view frames);

}  // namespace warmpath
