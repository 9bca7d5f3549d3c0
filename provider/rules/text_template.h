// Templates of a rule's answer.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "google/protobuf/struct.pb.h"

namespace warmpath {

// The fields that a rule extracted, by name; a field that was not found is empty.
using RuleFields = std::map<std::string, std::string, std::less<>>;

// Replaces ${field} by the field's text and ${field|json} by it as a JSON string, quotes included.
// An unknown field gives nothing: the config check has refused it.
std::string FillTemplate(std::string_view text, const RuleFields& fields);

// Fills every string inside `value`.
google::protobuf::Value FillTemplates(const google::protobuf::Value& value, const RuleFields& fields);

// As compact JSON text.
std::string ValueToJson(const google::protobuf::Value& value);

}  // namespace warmpath
