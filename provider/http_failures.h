// From what the HTTP client says to what it means for a path.
#pragma once

#include "absl/status/status.h"
#include "provider/path_call.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// The failure that `error`, which came from an HttpPool or one of its streams, means for `call`.
// `in_stream`: the answer is an event stream that had begun.
v1::Failure FailureFromHttp(const absl::Status& error, const PathCall& call, bool in_stream);

}  // namespace warmpath
