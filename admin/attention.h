// Which workflows an operator should look at first.
#pragma once

#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// How urgently a workflow needs a person, most urgent first; the numbers are only for ordering.
enum class Attention {
  kDowntime = 0,      // nothing serves
  kNoSafeStandby = 1, // no path is GREEN to fail over to
  kFailedOver = 2,    // something other than the primary serves, or a path that is not healthy
  kStandbyWeak = 3,   // a standby is not GREEN
  kQuiet = 4,         // all is well
};

Attention AttentionOf(const v1::WorkflowStatus& workflow);

// Sorts by attention, then by name.
void SortByAttention(v1::GetStatusResponse& status);

}  // namespace warmpath
