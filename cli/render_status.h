// The status, for people.
#pragma once

#include <string>

#include "cli/style.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// Everything that `warmpath status` prints: what serves since when and why, where a failover would
// go, each path's status with reasons, its weakest dimension with sample count and age, health and
// mirroring. With `detailed`, also every dimension's evidence and the coverage by kind of turn.
// Pure.
std::string RenderStatus(const v1::GetStatusResponse& status, const Style& style, bool detailed);

}  // namespace warmpath
