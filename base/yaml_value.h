// Any YAML as JSON, for fields whose shape the config's own proto doesn't know.
#pragma once

#include <google/protobuf/struct.pb.h>

#include <string>

#include "base/yaml_report.h"
#include "base/yaml_tree.h"

namespace warmpath {

// `node` as a JSON value. Plain scalars are read by YAML 1.2's core schema, so `yes` is text and
// `True` a boolean; quoted ones are text. Problems are numbers that JSON doesn't have or a double
// can't hold exactly.
google::protobuf::Value YamlToValue(const YamlNode& node, const std::string& path,
                                    YamlReport* report);

}  // namespace warmpath
