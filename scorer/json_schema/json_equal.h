// JSON values compared as JSON Schema means it: by mathematical value for numbers (1 equals 1.0),
// code point by code point for strings, without regard to the order of an object's members.
#pragma once

#include <cstddef>
#include <cstdint>

#include "boost/json.hpp"

namespace warmpath {

// Compares two JSON numbers exactly: an integer is never rounded to a double first.
// Returns <0, 0 or >0. REQUIRES: both are numbers; infinities (from digits beyond a double's
// range) order as expected.
int CompareJsonNumbers(const boost::json::value& a, const boost::json::value& b);

// Whether the number has no fraction, whatever its notation (1.0 and 1e2 have none).
bool IsIntegral(const boost::json::value& number);

// Whether `number` is a multiple of `divisor`, worked out on the decimal digits that were written
// (the shortest that give the same double), so 19.99 is a multiple of 0.01 and 1e308 can be asked
// about. Infinite numbers are multiples of nothing. REQUIRES: both are numbers and divisor > 0.
bool IsMultipleOf(const boost::json::value& number, const boost::json::value& divisor);

// Deep equality. Values nested deeper than `max_depth` count as different. Adds the work done to
// `*cost`, if that isn't null, in the units of JsonHash.
bool JsonEqual(const boost::json::value& a, const boost::json::value& b, int max_depth = 512,
               int64_t* cost = nullptr);

// A hash that agrees with JsonEqual; differs from process to process.
//
// Adds the number of values visited (and one for every 64 bytes of text) to `*cost`.
// Looks no deeper than `max_depth` and sets `*too_deep` if there was more.
size_t JsonHash(const boost::json::value& value, int max_depth, int64_t* cost, bool* too_deep);

}  // namespace warmpath
