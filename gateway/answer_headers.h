// What every answer tells its caller about who gave it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/commit_barrier.h"

namespace warmpath {

// "green", "amber", "red" or "cold".
std::string_view VerdictName(v1::Conformance conformance);
// "observe" or "enforce".
std::string_view ModeName(v1::FailoverMode mode);

// Appends "x-warmpath-request-id: …\r\n" and so on, for a call that a path was tried for.
void AppendServedHeaders(std::string_view request_id, std::string_view workflow,
                         const ServedBy& served, std::string& out);

// The same as names and values, for gRPC trailers.
std::vector<std::pair<std::string, std::string>> ServedMetadata(std::string_view request_id,
                                                                std::string_view workflow,
                                                                const ServedBy& served);

}  // namespace warmpath
