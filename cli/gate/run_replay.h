// Lines in, lines out: the loop around GateReplay.
#pragma once

#include <istream>
#include <ostream>

#include "cli/gate/replay.h"

namespace warmpath {

// Replays `in` to `out`. A bad line gives {"line":n,"error":"..."} and the run goes on; what was dropped
// is told on `err`. Returns 1 if any line was bad, else 0. Holds at most one line of 1 MB.
int RunGateReplay(ReplayOptions options, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace warmpath
