// Config in YAML as a protobuf message: strict, and all problems at once.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/config_problem.h"
#include "base/yaml_tree.h"

namespace warmpath {

// Fills `message` (cleared first) from one YAML document. Returns every problem, in file order,
// each with its line and the remedy; empty means that `message` holds the whole document. With
// problems, what was understood is filled in, so that checks on the rest may go on.
//
//   SourceMap sources;
//   std::vector<ConfigProblem> problems = YamlToProto(text, "warmpath.yaml", &config, &sources);
//   if (config.has_x() && ...) problems.push_back(sources.ProblemAt("x", "..."));
//   RETURN_IF_ERROR(ConfigProblemsToStatus(problems));
//
// How YAML is written for each kind of field:
//   any          the key is the field's name, as in the .proto file
//   message      a map ({} for an empty one); repeated: a list; map<string, V>: a map
//   string       text; what looks like a number, true or null must be quoted
//   bool         true, false
//   integers     decimal; fields named `bytes` or `*_bytes` also take 10MB, 64KiB
//   float/double decimal; fields named `*_ratio`, `*_share`, `ratio`, `share`, `theta`, `rate`
//                also take 5%
//   enum         lower case without the type's prefix: `backup` for Role's ROLE_BACKUP;
//                the UNSPECIFIED value can't be written
//   Duration     250ms, 30s, 1h30m, 14d          (google.protobuf.Duration)
//   Timestamp    2026-01-31T08:00:00Z            (google.protobuf.Timestamp)
//   Struct, Value, ListValue: any YAML, as JSON; quoted scalars are strings
//   wrappers     as the value within             (google.protobuf.Int32Value and others)
// A problem is also: an unknown or repeated key, a key without a value, two members of one oneof, a
// `required` field left out, and what yaml_tree.h refuses. Fields of type bytes, Any, and maps
// with keys that aren't strings can't be written in YAML.
//
// If given, `sources` learns where every value stood. Never throws; any input is safe.
std::vector<ConfigProblem> YamlToProto(std::string_view yaml_text, const std::string& file_name,
                                       google::protobuf::Message* message,
                                       SourceMap* sources = nullptr, const YamlLimits& limits = {});

}  // namespace warmpath
