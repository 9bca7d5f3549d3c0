// Dates, times and durations as RFC 3339 writes them.
#pragma once

#include "absl/strings/string_view.h"

namespace warmpath {

// RFC 3339 date-time, full-date and full-time; a leap second only where it is 23:59:60 in UTC.
bool IsDateTime(absl::string_view text);
bool IsDate(absl::string_view text);
bool IsTime(absl::string_view text);

// RFC 3339, appendix A: P3Y6M4DT12H30M5S, PT36H, P2W.
bool IsDuration(absl::string_view text);

}  // namespace warmpath
