// Whether a request may go to a path of its own dialect byte for byte.
#pragma once

#include <string>
#include <string_view>

#include "provider/dialect.h"
#include "warmpath/v1/capability.pb.h"

namespace warmpath {

// What of `body` the target would refuse, by the field's name, such as "temperature" or
// "tool_call_id"; "" if the body may be forwarded as it is. A body that may not is written anew by the
// dialect's codec, which asks the same table.
//
// Free for a target without restrictions. Otherwise the text is searched for each restricted field,
// and only where one stands it is looked at closely; nothing is parsed. It never says "" where a field
// at the top level is refused. It may name a field that does no harm, which costs a translation, and
// it may miss an odd spelling inside messages, which the vendor then refuses.
//
// REQUIRES: `body` is a JSON object in `dialect`.
std::string WhyNotVerbatim(const v1::ModelCapabilities& can, Dialect dialect, std::string_view body);

}  // namespace warmpath
