// Which requests may be asked of another path at all.
#pragma once

#include <optional>
#include <string_view>

#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Why a request must not be mirrored, as a closed list of reasons used in metrics:
//   "stateful"       it refers to or makes state at the vendor (previous_response_id, store: true, …)
//   "provider_tools" the vendor itself would run tools
//   "several_choices" more than one answer is asked for (n > 1)
//   "audio"          the answer is asked for as audio
// Nothing: it may be mirrored.
std::optional<std::string_view> WhyNotShadowable(const v1::ModelRequest& request);

}  // namespace warmpath
