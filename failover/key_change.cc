#include "failover/key_change.h"

#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace warmpath {
namespace {

uint32_t MaskOf(const GateParameters& parameters, std::initializer_list<const char*> names) {
  uint32_t mask = 0;
  for (const char* name : names) {
    if (const auto dimension = parameters.IndexOf(name)) mask |= 1u << *dimension;
  }
  return mask;
}

bool IsKnown(const v1::EvidenceKeyParts& parts) { return !parts.path().empty(); }

std::string InWords(const GateParameters& parameters, uint32_t mask, const char* one,
                    const char* several) {
  std::vector<std::string> names;
  for (size_t d = 0; d < parameters.dimensions.size(); ++d) {
    if (mask >> d & 1) names.push_back(parameters.dimensions[d].name);
  }
  return absl::StrCat(absl::StrJoin(names, ", "), " ", names.size() == 1 ? one : several);
}

uint32_t AllOf(const GateParameters& parameters) {
  return static_cast<uint32_t>((uint64_t{1} << parameters.dimensions.size()) - 1);
}

}  // namespace

KeyChange CompareKeys(const GateParameters& parameters, const v1::EvidenceKeyParts& before,
                      const v1::EvidenceKeyParts& after) {
  KeyChange change;
  change.reset = AllOf(parameters);
  if (!IsKnown(before) || !IsKnown(after)) return change;
  uint32_t reset = 0;
  const auto compare = [&](const std::string& a, const std::string& b, const char* words,
                           uint32_t mask) {
    if (a == b) return;
    change.parts.push_back(words);
    reset |= mask;
  };
  const uint32_t all = AllOf(parameters);
  compare(before.path(), after.path(), "the model or its settings", all);
  compare(before.instructions(), after.instructions(), "instructions", all);
  compare(before.policy(), after.policy(), "policy rules", all);
  compare(before.tools(), after.tools(), "tools",
          MaskOf(parameters, {"schema", "tools", "tool_errors"}));
  compare(before.output_schema(), after.output_schema(), "the output schema",
          MaskOf(parameters, {"schema"}));
  compare(before.scorer(), after.scorer(), "the scorers",
          MaskOf(parameters, {"schema", "tools", "policy", "policy_false_proceed", "tool_errors"}));
  compare(before.judge(), after.judge(), "the judge", MaskOf(parameters, {"judge"}));
  if (change.parts.empty()) return change;
  change.reset = reset;
  change.inherits = reset != all;
  return change;
}

std::string KeyChangeInWords(const GateParameters& parameters, const KeyChange& change) {
  if (change.parts.empty()) return "everything starts anew";
  const std::string changed = absl::StrCat(absl::StrJoin(change.parts, " and "), " changed: ");
  if (!change.inherits) return absl::StrCat(changed, "everything starts anew");
  const std::string kept = InWords(parameters, AllOf(parameters) & ~change.reset, "is kept", "are kept");
  if (change.reset == 0) return absl::StrCat(changed, kept);
  return absl::StrCat(changed, InWords(parameters, change.reset, "starts anew", "start anew"), "; ", kept);
}

}  // namespace warmpath
