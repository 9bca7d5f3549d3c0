// Tells what two runs of `warmpath score` differ in.
#pragma once

#include <string>

#include "cli/compare.h"

namespace warmpath {

// Tables for people: what changed on each aspect, rates with 95 % Wilson intervals over the rows that are evidence
// in both runs, the exact McNemar test, new findings with ids, and in the last line the result.
std::string CompareText(const RunComparison& comparison, const CompareOptions& options);

// The same as one line of JSON; shares are 0 to 1.
std::string CompareJson(const RunComparison& comparison, const CompareOptions& options);

}  // namespace warmpath
