// Why a path gets the mirrors that it gets, in words.
#pragma once

#include <string>

#include "failover/allocator.h"
#include "failover/workflow_state.h"

namespace warmpath {

// What the shares of one path are worked out from, and what they came to.
struct SampleRow {
  const WorkflowState* workflow = nullptr;
  const PathState* path = nullptr;
  Judgement judgement;
  SampleDemand demand;
  Allotment allotment;
  double conversations = 0;  // new ones a minute
  double turns = 1;          // of a conversation, on average
  double worth = 1;          // effective samples of a conversation
  bool measured = false;     // whether any time was counted
  bool serving = false;
  bool down = false;   // answers nothing
  bool fixed = false;  // the config sets the share
  std::string hint;    // why it is looked at closer; "": it is not
};

// Such as "prove: policy needs 640 more clean samples", "burst: evidence against policy 0.02,
// resting level 0.0007", "floor", "fixed share 20 %", "no traffic: 0.4 drill samples a minute are
// missing".
std::string SpendReason(const SampleRow& row);

}  // namespace warmpath
