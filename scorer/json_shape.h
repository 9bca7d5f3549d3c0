// How two JSON values differ in shape: members and types, not content.
#pragma once

#include <boost/json/value.hpp>

#include "scorer/findings.h"

namespace warmpath {

// Writes down what `candidate` lacks, has too much, or has with another type, compared with `control`:
// a missing member or another type is a violation, a further member is information. Elements of arrays
// are compared with what the control's elements have in common. Objects whose keys are data (many keys,
// values of one type, other keys on each side) are compared by their values alone.
//
// Bounded: at most 64 elements of an array and 64 levels are looked at.
void CompareShape(const boost::json::value& control, const boost::json::value& candidate,
                  FindingList& findings);

}  // namespace warmpath
