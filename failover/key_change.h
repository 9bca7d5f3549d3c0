// A new evidence key: what changed, and which dimensions start anew because of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "failover/gate_config.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// The difference of two evidence keys; docs/gate.md, "What a change resets".
struct KeyChange {
  // What changed, in words for people: "tools", "the model or its settings". Empty: not known.
  std::vector<std::string> parts;
  // Dimensions, one bit each, that rest on what changed.
  uint32_t reset = 0;
  // The rest of the evidence is kept. If not, the key is a new identity.
  bool inherits = false;
};

// Tools: schema, tools and tool_errors start anew; the output schema: schema; the scorers' version: what
// they score; the judge's version: judge. Anything else, and what is not known: a new identity.
KeyChange CompareKeys(const GateParameters& parameters, const v1::EvidenceKeyParts& before,
                      const v1::EvidenceKeyParts& after);

// "tools changed: schema, tools, tool_errors start anew; policy is kept".
std::string KeyChangeInWords(const GateParameters& parameters, const KeyChange& change);

}  // namespace warmpath
