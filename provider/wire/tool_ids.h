// Ids of tool calls as a path's vendor takes them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "warmpath/v1/capability.pb.h"

namespace warmpath {

// Which tool call ids a vendor takes.
struct ToolIdRule {
  // Begins the ids that are made up, where it fits the rule.
  std::string_view prefix;
  // Longest id.
  size_t max_length = 64;
  // Only [A-Za-z0-9_-]; else any character.
  bool plain = true;
  // Shortest id; an empty one never fits.
  size_t min_length = 1;
  // Only [A-Za-z0-9].
  bool alphanumeric = false;
};

// `fallback` with what `capabilities` says of ids.
ToolIdRule ToolIdRuleOf(const v1::ModelCapabilities& capabilities, ToolIdRule fallback);

// Whether an id fits the rule as it is.
bool FitsToolIdRule(std::string_view id, const ToolIdRule& rule);

// An id that fits the rule and depends on nothing but `seed` and the rule: the prefix, if there is
// room for it and enough digits behind it, and base62 digits. Mistral's nine characters hold 53 bits.
std::string FittingToolId(const ToolIdRule& rule, std::string_view seed);

}  // namespace warmpath
