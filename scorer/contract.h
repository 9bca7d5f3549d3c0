// Where a workflow's contract comes from besides the request: its configuration. (EffectiveContract and
// ContractKeyParts are declared in scorer/scorer.h.)
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "scorer/scorer.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// Turns a workflow's configured contract into the form that scorers use.
//
//   ASSIGN_OR_RETURN(v1::Contract contract, ContractFromConfig(workflow.contract(), file_text));
//
// `schema_file_text` is what the file named by `output_schema_file` holds; empty where there is none.
// Errors: INVALID_ARGUMENT, naming the field, for a pattern that RE2 refuses, a schema that is not
//   JSON, or an unknown rule of tolerance.
absl::StatusOr<v1::Contract> ContractFromConfig(const v1::ContractConfig& config,
                                                std::string_view schema_file_text);

// The rule for a tool, or null where the contract has none.
const v1::ToolRule* FindToolRule(const v1::Contract& contract, std::string_view name);

// What the request offers under this name, or null. Vendors differ in the characters they allow in names,
// so where no name is the same, one that differs only in '.', '-', '_' and '/' is taken.
const v1::Tool* FindOfferedTool(const v1::ModelRequest& request, std::string_view name);

// Whether two tool names are the same but for '.', '-', '_' and '/'.
bool SameToolName(std::string_view a, std::string_view b);

}  // namespace warmpath
