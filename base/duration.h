// Durations and byte sizes as people write and read them, in config and on the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace warmpath {

// Reads "250ms", "90s", "53 min", "6h", "14d", "1h30m", "1.5s". Units: d, h, m or min, s, ms, us,
// ns, and their words (day, hours, minutes, ...), largest first, each at most once; a fraction only
// in the last part; no sign. INVALID_ARGUMENT, with the remedy, for anything else: a bare number
// above all, whose unit would be a guess. At most 10,000 years.
absl::StatusOr<absl::Duration> ParseHumanDuration(std::string_view text);

// Writes a duration for people, rounded down to what matters at its size: "250ms", "1.5s", "90s",
// "53 min", "5h 20m", "14d", "3d 4h"; "0s"; "forever" for infinite ones. ParseHumanDuration reads
// it back, but for the sign and "forever".
std::string FormatHumanDuration(absl::Duration duration);

// Reads "512", "10MB", "64 KiB", "1.5GB" as bytes: B, kB (or KB), MB, GB, TB are powers of 1000,
// KiB, MiB, GiB, TiB powers of 1024. INVALID_ARGUMENT, with the remedy, for anything else.
absl::StatusOr<uint64_t> ParseByteSize(std::string_view text);

// Writes a size for people in powers of 1000: "512 B", "1.5 MB".
std::string FormatByteSize(uint64_t bytes);

}  // namespace warmpath
