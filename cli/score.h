// `warmpath score`: scores recorded pairs offline with the production scorers.
#pragma once

#include <cstddef>
#include <istream>
#include <map>
#include <ostream>
#include <string>

#include "warmpath/v1/score.pb.h"

namespace warmpath {

struct ScoreOptions {
  // Contracts of the configured workflows, for rows that name one.
  std::map<std::string, v1::Contract> contracts;
  // Threads; 0: one for each core.
  int threads = 0;
  // The share of answers that hand over to a person above which the run fails; 1: any share is fine.
  double max_handovers = 1;
  // A longer line is bad; the rest of it is skipped.
  size_t max_line_bytes = 64 << 20;
  // How much is read before it is scored and written: bounds memory.
  size_t batch_lines = 1024;
  size_t batch_bytes = 32 << 20;
};

// Reads one JSON object a line from `in`, writes one card a line to `out` in the same order, and a
// summary with counts, rates and 95 % intervals to `err`. A bad line becomes {"id"?, "error"} in its place;
// empty lines are skipped.
//
// Returns the exit code: 0, 1 if any line was bad, 2 if `out` could not be written, 3 if too much was handed over.
// Threads: starts and joins its own.
int RunScore(std::istream& in, std::ostream& out, std::ostream& err, const ScoreOptions& options);

}  // namespace warmpath
