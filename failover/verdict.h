// A judgement with its reasons, its numbers, and words.
#pragma once

#include <string>

#include "failover/gate_config.h"
#include "failover/judgement.h"
#include "warmpath/v1/failover.pb.h"

namespace warmpath {

// The verdict of a judgement that was made at `now`; `path` is left to the caller.
v1::PathVerdict VerdictOf(const GateParameters& parameters, const Judgement& judgement, Micros now);

// What stands against comparing with the primary, for people.
inline constexpr char kReferenceUnstable[] =
    "the primary disagrees with itself on more than 15 % of requests";
inline constexpr char kReferenceSuspect[] =
    "several paths fall together while they agree with each other: check the primary";

// "GREEN", "AMBER", "RED" or "COLD".
const char* ConformanceName(v1::Conformance conformance);

// One reason as people say it: "unproven(tools)".
std::string ReasonInWords(const v1::VerdictReason& reason);

}  // namespace warmpath
