// Which vendor's door of the simulated provider a URL is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "provider/dialect.h"

namespace warmpath {

// What a URL says of a call. Where the body says it, the fields stay unset.
struct SimRoute {
  Dialect dialect = Dialect::kOpenAiChat;
  std::optional<std::string> model;
  std::optional<bool> stream;
};

// The route of `path` and `query`; nothing for a URL that is no vendor's: an unknown path, a Gemini
// stream without alt=sse, an Azure deployment without api-version.
std::optional<SimRoute> FindSimRoute(std::string_view path, std::string_view query);

// The value of `name` in a query, as it stands there; "" if there is none.
std::string QueryValue(std::string_view query, std::string_view name);

}  // namespace warmpath
