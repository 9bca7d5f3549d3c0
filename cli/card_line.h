// Reads what `warmpath score` wrote.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace warmpath {

// What two runs are compared on: whether there was an answer at all, then the dimensions.
inline constexpr size_t kCardAspects = 5;
inline constexpr std::array<const char*, kCardAspects> kCardAspectNames = {
    "answered", "schema", "tools", "policy", "tool_errors"};

// Whether a card is evidence on an aspect, and of what.
enum class CardVerdict : unsigned char {
  kNone,  // not applicable, a scorer's error, or absent
  kPass,
  kFail,
};

// A finding that fails its dimension.
struct CardFinding {
  size_t aspect = 0;
  std::string kind;
  // The pointer, with '*' in place of the numbers of elements: places in lists are one place.
  std::string pointer;
};

// One card.
struct CardLine {
  // The row's "id" as JSON text, so that 1 and "1" differ.
  std::string id;
  std::array<CardVerdict, kCardAspects> verdicts{};
  std::vector<CardFinding> findings;
  // A degraded path handed the case to a person instead of answering.
  bool handed_over = false;
};

// Reads one line. Members that are not known are ignored.
//
// Thread safety: pure. Errors: INVALID_ARGUMENT for what is no card: malformed JSON, no "id", no "dimensions",
// an unknown verdict, and the {"id"?, "error"} that stands for a row that could not be scored.
absl::StatusOr<CardLine> ParseCardLine(std::string_view line);

}  // namespace warmpath
