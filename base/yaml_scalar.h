// One YAML value as one typed value. Each error is a sentence that says what is expected and what
// was found ("expected a whole number, found 'ten'"); the caller adds where.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/yaml_tree.h"

namespace warmpath {

// What a node is, in words: "a list", "nothing", "the text 'ten'", "'12'".
std::string DescribeYaml(const YamlNode& node);

// Quoted text, or plain text that YAML doesn't read as a number, a boolean or null.
absl::StatusOr<std::string> YamlString(const YamlNode& node);

// Only true and false.
absl::StatusOr<bool> YamlBool(const YamlNode& node);

// Whole decimal numbers. With `is_size`, units as in ParseByteSize too.
struct IntegerRange {
  int64_t min;
  uint64_t max;
};
absl::StatusOr<int64_t> YamlSigned(const YamlNode& node, IntegerRange range, bool is_size);
absl::StatusOr<uint64_t> YamlUnsigned(const YamlNode& node, IntegerRange range, bool is_size);

// Finite decimal numbers. With `is_ratio`, percentages too: 5% is 0.05.
absl::StatusOr<double> YamlDouble(const YamlNode& node, bool is_ratio);

// A value of `type` in lower case without the type's own prefix: `backup` for ROLE_BACKUP of Role.
absl::StatusOr<const google::protobuf::EnumValueDescriptor*> YamlEnum(
    const YamlNode& node, const google::protobuf::EnumDescriptor& type);

// As ParseHumanDuration.
absl::StatusOr<absl::Duration> YamlDuration(const YamlNode& node);

// RFC 3339, as 2026-01-31T08:00:00Z, years 1 to 9999.
absl::StatusOr<absl::Time> YamlTimestamp(const YamlNode& node);

// Whether plain text means something other than itself to YAML 1.2's core schema.
enum class PlainType { kNull, kBool, kNumber, kText };
PlainType PlainTypeOf(const std::string& text);

}  // namespace warmpath
