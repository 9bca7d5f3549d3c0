// The JSON that the dashboard reads.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "admin/admin_context.h"

namespace warmpath {

// Answers GET `path`?`query` below /api/ with a message of warmpath.v1 as protobuf's JSON: the
// names of the .proto, defaults written out, 64-bit numbers as strings. Errors: NOT_FOUND for an
// unknown path or thing, INVALID_ARGUMENT for a bad parameter, each with the remedy.
absl::StatusOr<std::string> ApiJson(const AdminContext& context, std::string_view path,
                                    std::string_view query);

}  // namespace warmpath
