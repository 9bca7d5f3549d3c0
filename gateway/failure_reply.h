// How a failed live request is told to its caller.
#pragma once

#include "gateway/live_caller.h"
#include "provider/dialect.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Whether the path's own error goes to the caller as it is: in the same dialect only, as each has its
// own statuses (529 is Anthropic's). A path's trouble with warmpath's key is not the caller's to mend,
// and its words may quote the key. REQUIRES: live.answer failed.
bool RelaysError(const LiveAnswer& live, Dialect caller_dialect);

// What the caller is told in warmpath's words: a path that refuses warmpath's own key or model name is
// a broken gateway to the caller, whose own key and model name are fine. REQUIRES: live.answer failed.
v1::Failure ToldToCaller(const LiveAnswer& live);

// Whether warmpath decided it and no vendor: an SDK that asked again would only add to the storm, and
// get the same.
bool IsOwnDecision(const v1::Failure& failure);

}  // namespace warmpath
