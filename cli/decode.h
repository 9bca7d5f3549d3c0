// `warmpath decode`: turns recorded wire answers into canonical Observations.
#pragma once

#include <cstddef>
#include <istream>
#include <ostream>
#include <string>

namespace warmpath {

struct DecodeOptions {
  // A longer line is bad; the rest of it is skipped.
  size_t max_line_bytes = 64 << 20;
};

// Reads {"id", "dialect", "status", "raw"} lines from `in` and writes {"id", "observation"} lines to
// `out`, in the same order; the Observation is written with its proto field names. `raw` is the text as
// recorded, JSON or an event stream, or the JSON value itself; `status` may be absent or null. A bad
// line becomes {"id"?, "error"} in its place; blank lines are skipped.
//
// Returns the exit code: 0, 1 if any line was bad, 2 if `out` could not be written.
int RunDecode(std::istream& in, std::ostream& out, const DecodeOptions& options = {});

// What RunDecode does with one line; sets `bad` if it is a bad one.
std::string DecodeLine(const std::string& line, bool* bad);

}  // namespace warmpath
