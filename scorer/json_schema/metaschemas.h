// The metaschemas of the drafts, so that a schema may refer to them without any fetching.
#pragma once

#include "absl/strings/string_view.h"
#include "boost/json.hpp"

namespace warmpath {

// The metaschema (or vocabulary metaschema) published at `uri`, which has no fragment; null if
// `uri` is none. Parsed once, lives forever; may be called concurrently.
const boost::json::value* FindMetaschema(absl::string_view uri);

}  // namespace warmpath
