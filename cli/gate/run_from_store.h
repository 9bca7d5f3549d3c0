// `warmpath gate explain` and `warmpath gate replay --from-store`: a server's cards through the judge.
#pragma once

#include "absl/status/statusor.h"
#include "cli/cli_io.h"
#include "cli/command_line.h"

namespace warmpath {

// Exit codes. Errors: INVALID_ARGUMENT for what was asked badly; what the server says.
absl::StatusOr<int> RunExplain(const CommandLine& line, CliIo& io);
absl::StatusOr<int> RunFromStore(const CommandLine& line, CliIo& io);

}  // namespace warmpath
