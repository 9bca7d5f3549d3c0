// warmpath gate replay.
#pragma once

#include <vector>

#include "cli/command.h"

namespace warmpath {

std::vector<Command> GateCommands();

}  // namespace warmpath
