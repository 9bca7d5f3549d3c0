// One live exchange, as the front door hands it over for mirroring.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "provider/answer.h"
#include "shadow/sampler.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// What was asked and what the serving path answered, still as bytes: decoding happens on the shadow
// side. If no path answered, `answer.failure` is set, and candidates are judged without a control.
struct Exchange {
  std::shared_ptr<const ModelCall> call;
  Answer answer;
  // Hash that names the conversation.
  uint64_t conversation = 0;
  v1::TurnType turn_type = v1::TURN_TYPE_UNSPECIFIED;
  // Complete answers of other paths that the caller did not get, as they broke the contract or
  // refused. They are evidence on their paths all the same.
  std::vector<Answer> rejected = {};
  // What Mirror::Samples drew; absent: it goes to every path.
  std::optional<SampleTicket> ticket = {};
};

}  // namespace warmpath
