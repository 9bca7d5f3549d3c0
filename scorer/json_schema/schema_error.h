// What validation says about an instance.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace warmpath {

// kUnknown: a limit was exceeded, or the answer rests on a pattern that can't be checked.
// Ordered so that "all of" is the least and "any of" the greatest.
enum class SchemaVerdict : uint8_t { kInvalid, kUnknown, kValid };

// Bounds on one validation. Exceeding one ends it with kUnknown.
struct ValidateLimits {
  // Schemas applied inside one another: instance nesting times references passed on the way.
  int max_depth = 512;
  // Schemas applied, members and values looked at, and text matched, in total: about a second.
  int64_t max_steps = 10'000'000;
  // Errors kept; the rest are counted.
  size_t max_errors = 64;
};

// One place where an instance and its schema disagree. Holds no values of the instance, only
// property names.
struct SchemaError {
  enum class Kind : uint8_t {
    kViolation,     // the instance breaks the keyword
    kNotCheckable,  // the keyword can't be checked, so nothing is known
  };
  Kind kind = Kind::kViolation;
  std::string instance_pointer;  // JSON pointer into the instance
  std::string schema_pointer;    // of the keyword; "uri#/..." outside the main document
  std::string keyword;
  std::string message;
  std::string property;  // the missing or surplus property, where there is one

  bool operator==(const SchemaError&) const = default;
};

struct ValidationResult {
  bool valid = false;     // every keyword was checked and holds
  bool complete = false;  // the verdict is final; false = unknown, see incomplete_reason
  std::string incomplete_reason;
  std::vector<SchemaError> errors;
  int64_t errors_left_out = 0;  // beyond max_errors
};

}  // namespace warmpath
