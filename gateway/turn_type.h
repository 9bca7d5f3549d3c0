// What kind of turn a request is, for coverage.
#pragma once

#include "provider/body_fields.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// The last message is a tool's result: TOOL_RESULT; else the model has spoken before: MULTI_TURN; else
// tools are offered: TOOL_CALL; else TEXT.
v1::TurnType TurnTypeOf(const BodyFields& fields);
v1::TurnType TurnTypeOf(const v1::ModelRequest& request);

}  // namespace warmpath
