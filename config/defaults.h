// The values of what a config leaves out. Each is documented at its field in config.proto.
#pragma once

#include "warmpath/v1/config.pb.h"

namespace warmpath {

// Fills every field that has a default and was left out. The gate's own defaults stay unset: they
// belong to failover/gate_config.h.
void FillDefaults(v1::Config& config);

}  // namespace warmpath
