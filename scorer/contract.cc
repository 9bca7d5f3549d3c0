#include "scorer/contract.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/pointer_pattern.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "re2/re2.h"
#include "scorer/tolerance.h"

namespace warmpath {
namespace {

bool IsSeparator(char c) { return c == '.' || c == '-' || c == '_' || c == '/'; }

absl::Status CheckPattern(const std::string& pattern, absl::string_view field) {
  const auto parsed = ParsePointerPattern(pattern);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("contract.", field, ": ", parsed.status().message()));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  const re2::RE2 compiled(parsed->pattern, options);
  if (compiled.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("contract.", field, ": RE2 refuses the pattern: ", compiled.error()));
}

absl::Status CheckTolerance(std::string_view entry, absl::string_view field) {
  const size_t colon = entry.rfind(':');
  const std::string_view name =
      colon == std::string_view::npos ? entry : entry.substr(colon + 1);
  if (ToleranceByName(name).has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("contract.", field, ": unknown rule of tolerance \"",
                                                 ToAbsl(name), "\"; known are ", ToleranceNames()));
}

absl::StatusOr<std::string> SchemaText(const v1::ContractConfig& config,
                                       std::string_view schema_file_text) {
  std::string text(schema_file_text);
  if (config.has_output_schema()) {
    if (!google::protobuf::util::MessageToJsonString(config.output_schema(), &text).ok()) {
      return absl::InvalidArgumentError("contract.output_schema: cannot be written as JSON");
    }
  }
  if (text.empty()) return text;
  const auto parsed = ParseJson(text);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("contract.output_schema_file: ", parsed.status().message()));
  }
  // A Struct's order changes with every start, and evidence rests on the text.
  return config.has_output_schema() ? CanonicalJson(*parsed) : text;
}

void HashPart(StableHasher& hasher, const v1::Part& part) {
  switch (part.kind_case()) {
    case v1::Part::kText:
      hasher.Field(part.text());
      break;
    case v1::Part::kImage:
      hasher.Field(part.image().url()).Field(part.image().data_base64());
      break;
    case v1::Part::kOpaque:
      hasher.Field(part.opaque().json());
      break;
    case v1::Part::KIND_NOT_SET:
      break;
  }
}

template <typename Strings>
void HashStrings(StableHasher& hasher, const Strings& strings) {
  hasher.Number(strings.size());
  for (const std::string& text : strings) hasher.Field(text);
}

void HashInstructions(StableHasher& hasher, const v1::ModelRequest& request) {
  for (const v1::Message& message : request.messages()) {
    if (message.role() != v1::MESSAGE_ROLE_SYSTEM) continue;
    hasher.Number(message.parts_size());
    for (const v1::Part& part : message.parts()) HashPart(hasher, part);
  }
}

void HashTools(StableHasher& hasher, const v1::ModelRequest& request) {
  hasher.Number(request.tools_size());
  for (const v1::Tool& tool : request.tools()) {
    hasher.Field(tool.name()).Field(tool.description()).Field(tool.parameters_json());
    hasher.Field(tool.provider_type()).Field(tool.native_json()).Number(tool.strict());
  }
  hasher.Number(request.tool_choice().mode()).Field(request.tool_choice().name());
  hasher.Number(request.has_parallel_tool_calls() ? 1 + request.parallel_tool_calls() : 0);
}

// What the workflow says of tools, so that pooled evidence still ends with it.
void HashToolRules(StableHasher& hasher, const v1::Contract& contract) {
  for (const v1::ToolRule& rule : contract.tools()) {
    const bool from_config = rule.destructive() || rule.forbidden() ||
                             rule.ignored_arguments_size() + rule.disabled_tolerances_size() > 0;
    if (!from_config) continue;
    hasher.Field(rule.name()).Number(rule.destructive()).Number(rule.forbidden());
    HashStrings(hasher, rule.ignored_arguments());
    HashStrings(hasher, rule.disabled_tolerances());
  }
  hasher.Number(contract.compare_tools());
  HashStrings(hasher, contract.disabled_tolerances());
}

void HashOutput(StableHasher& hasher, const v1::OutputFormat& format) {
  hasher.Number(format.kind()).Number(format.strict()).Field(format.schema_json());
}

void HashOutputRules(StableHasher& hasher, const v1::Contract& contract) {
  hasher.Field(contract.output_schema_json()).Number(contract.output_json_object());
  hasher.Number(contract.json_mode()).Number(contract.compare_shape());
}

void HashPolicy(StableHasher& hasher, const v1::Contract& contract) {
  HashStrings(hasher, contract.policy().required_patterns());
  HashStrings(hasher, contract.policy().forbidden_patterns());
  hasher.Number(contract.policy().required_stance());
  for (const int move : contract.tool_errors().acceptable_moves()) hasher.Number(move);
  hasher.Number(contract.compare_stance());
}

}  // namespace

absl::StatusOr<v1::Contract> ContractFromConfig(const v1::ContractConfig& config,
                                                std::string_view schema_file_text) {
  v1::Contract contract;
  ASSIGN_OR_RETURN(*contract.mutable_output_schema_json(), SchemaText(config, schema_file_text));
  contract.set_json_mode(config.json_mode());
  std::vector<std::string> names;  // map order is not stable, and fingerprints must be
  for (const auto& [name, rule] : config.tools()) names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const v1::ToolContractConfig& from = config.tools().at(name);
    v1::ToolRule& rule = *contract.add_tools();
    rule.set_name(name);
    rule.set_destructive(from.destructive());
    rule.set_forbidden(from.forbidden());
    *rule.mutable_ignored_arguments() = from.ignored_arguments();
    *rule.mutable_disabled_tolerances() = from.disabled_tolerances();
    for (const std::string& entry : from.disabled_tolerances()) {
      RETURN_IF_ERROR(
          CheckTolerance(entry, absl::StrCat("tools.", name, ".disabled_tolerances")));
    }
  }
  for (const std::string& pattern : config.required_patterns()) {
    RETURN_IF_ERROR(CheckPattern(pattern, "required_patterns"));
  }
  for (const std::string& pattern : config.forbidden_patterns()) {
    RETURN_IF_ERROR(CheckPattern(pattern, "forbidden_patterns"));
  }
  for (const std::string& entry : config.disabled_tolerances()) {
    RETURN_IF_ERROR(CheckTolerance(entry, "disabled_tolerances"));
  }
  *contract.mutable_policy()->mutable_required_patterns() = config.required_patterns();
  *contract.mutable_policy()->mutable_forbidden_patterns() = config.forbidden_patterns();
  contract.mutable_policy()->set_required_stance(config.required_stance());
  *contract.mutable_tool_errors()->mutable_acceptable_moves() = config.tool_error_moves();
  contract.set_compare_tools(config.compare_tools());
  contract.set_compare_stance(config.compare_stance());
  contract.set_compare_shape(config.compare_shape());
  *contract.mutable_evidence_parts() = config.evidence_parts();
  *contract.mutable_disabled_tolerances() = config.disabled_tolerances();
  return contract;
}

const v1::ToolRule* FindToolRule(const v1::Contract& contract, std::string_view name) {
  const v1::ToolRule* similar = nullptr;
  for (const v1::ToolRule& rule : contract.tools()) {
    if (rule.name() == name) return &rule;
    if (similar == nullptr && SameToolName(rule.name(), name)) similar = &rule;
  }
  return similar;
}

const v1::Tool* FindOfferedTool(const v1::ModelRequest& request, std::string_view name) {
  const v1::Tool* similar = nullptr;
  for (const v1::Tool& tool : request.tools()) {
    if (tool.name() == name) return &tool;
    if (similar == nullptr && SameToolName(tool.name(), name)) similar = &tool;
  }
  return similar;
}

bool SameToolName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return x == y || (IsSeparator(x) && IsSeparator(y));
  });
}

v1::Contract EffectiveContract(const v1::ModelRequest& request,
                               const v1::Contract& workflow_contract) {
  v1::Contract contract = workflow_contract;
  const v1::OutputFormat& format = request.output_format();
  if (format.kind() == v1::OUTPUT_KIND_JSON_SCHEMA && !format.schema_json().empty()) {
    contract.set_output_schema_json(format.schema_json());
  }
  if (format.kind() == v1::OUTPUT_KIND_JSON_OBJECT) contract.set_output_json_object(true);
  for (const v1::Tool& tool : request.tools()) {
    v1::ToolRule* rule = nullptr;
    for (v1::ToolRule& existing : *contract.mutable_tools()) {
      if (existing.name() == tool.name()) rule = &existing;
    }
    if (rule == nullptr) {
      rule = contract.add_tools();
      rule->set_name(tool.name());
    }
    if (!tool.parameters_json().empty()) rule->set_parameters_json(tool.parameters_json());
  }
  return contract;
}

v1::EvidenceKeyParts ContractKeyParts(const v1::ModelRequest& request,
                                      const v1::Contract& workflow_contract) {
  const auto counts = [&workflow_contract](v1::RequestPart part) {
    const auto& parts = workflow_contract.evidence_parts();
    return parts.empty() || std::find(parts.begin(), parts.end(), part) != parts.end();
  };
  StableHasher instructions;
  if (counts(v1::REQUEST_PART_SYSTEM_PROMPT)) HashInstructions(instructions, request);
  StableHasher tools;
  HashToolRules(tools, workflow_contract);
  if (counts(v1::REQUEST_PART_TOOLS)) HashTools(tools.Number(1), request);
  StableHasher output;
  HashOutputRules(output, workflow_contract);
  if (counts(v1::REQUEST_PART_OUTPUT_SCHEMA)) HashOutput(output.Number(1), request.output_format());
  StableHasher policy;
  HashPolicy(policy, workflow_contract);

  v1::EvidenceKeyParts parts;
  parts.set_instructions(HashHex(instructions.Digest()));
  parts.set_tools(HashHex(tools.Digest()));
  parts.set_output_schema(HashHex(output.Digest()));
  parts.set_policy(HashHex(policy.Digest()));
  return parts;
}

}  // namespace warmpath
