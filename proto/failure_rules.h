// What follows from a failure: the table in observation.proto as functions.
#pragma once

#include "absl/status/status.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Whether another path may be tried, as long as nothing of an answer was sent to the caller.
bool MayTryAnotherPath(v1::FailureClass failure_class);

// Whether the path's live health suffers.
bool CountsAgainstHealth(v1::FailureClass failure_class);

// The HTTP status for a caller of no particular dialect; dialects have a few of their own, see
// Codec::EncodeError.
int HttpStatusFor(v1::FailureClass failure_class);

// The canonical status code for a gRPC caller; its number is the gRPC status code's.
absl::StatusCode StatusCodeFor(v1::FailureClass failure_class);

}  // namespace warmpath
