// `warmpath` as a whole.
#pragma once

#include <string>
#include <vector>

#include "cli/cli_io.h"

namespace warmpath {

// Runs `warmpath WORDS...` and returns its exit code: 0 done; 1 it failed, or the server is not to
// be reached; 2 it was not asked properly (unknown command or option, bad value).
int RunCli(const std::vector<std::string>& words, CliIo& io);

}  // namespace warmpath
