#include "scorer/contract.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/scorer/scorer_case.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Asked;
using testing::IsOk;
using testing::Offer;
using testing::StatusIs;

TEST(EffectiveContract, TakesSchemaAndToolsFromTheRequest) {
  v1::ModelRequest request = Asked("hello");
  Offer(request, "find", R"({"type":"object"})");
  request.mutable_output_format()->set_kind(v1::OUTPUT_KIND_JSON_SCHEMA);
  request.mutable_output_format()->set_schema_json(R"({"type":"array"})");
  v1::Contract workflow;
  workflow.set_output_schema_json(R"({"type":"object"})");
  v1::ToolRule& rule = *workflow.add_tools();
  rule.set_name("find");
  rule.set_destructive(true);
  workflow.set_json_mode(v1::JSON_MODE_LENIENT);

  const v1::Contract contract = EffectiveContract(request, workflow);
  EXPECT_EQ(contract.output_schema_json(), R"({"type":"array"})");
  EXPECT_EQ(contract.json_mode(), v1::JSON_MODE_LENIENT);
  ASSERT_EQ(contract.tools_size(), 1);
  EXPECT_TRUE(contract.tools(0).destructive());
  EXPECT_EQ(contract.tools(0).parameters_json(), R"({"type":"object"})");
}

TEST(EffectiveContract, KeepsTheWorkflowsSchemaWhereTheRequestAsksForAnyObject) {
  v1::ModelRequest request = Asked("hello");
  request.mutable_output_format()->set_kind(v1::OUTPUT_KIND_JSON_OBJECT);
  v1::Contract workflow;
  workflow.set_output_schema_json("{}");
  const v1::Contract contract = EffectiveContract(request, workflow);
  EXPECT_TRUE(contract.output_json_object());
  EXPECT_EQ(contract.output_schema_json(), "{}");
}

// The names of the parts in which two keys differ.
std::vector<std::string> Changed(const v1::EvidenceKeyParts& a, const v1::EvidenceKeyParts& b) {
  std::vector<std::string> names;
  if (a.instructions() != b.instructions()) names.push_back("instructions");
  if (a.tools() != b.tools()) names.push_back("tools");
  if (a.output_schema() != b.output_schema()) names.push_back("output_schema");
  if (a.policy() != b.policy()) names.push_back("policy");
  return names;
}

TEST(ContractKeyParts, EachChangeShowsInThePartThatItBelongsTo) {
  v1::ModelRequest request = Asked("hello");
  request.mutable_messages(0)->set_role(v1::MESSAGE_ROLE_SYSTEM);
  Offer(request, "find", "{}");
  const v1::Contract contract;
  const v1::EvidenceKeyParts before = ContractKeyParts(request, contract);
  const auto changed = [&](const std::function<void(v1::ModelRequest&, v1::Contract&)>& change) {
    v1::ModelRequest other_request = request;
    v1::Contract other_contract = contract;
    change(other_request, other_contract);
    return Changed(ContractKeyParts(other_request, other_contract), before);
  };
  EXPECT_THAT(changed([](auto&, auto&) {}), IsEmpty());
  EXPECT_THAT(changed([](auto& asked, auto&) {
    v1::Message& user = *asked.add_messages();
    user.set_role(v1::MESSAGE_ROLE_USER);
    user.add_parts()->set_text("what users say is not part of the contract");
  }), IsEmpty());
  EXPECT_THAT(changed([](auto& asked, auto&) {
    asked.mutable_messages(0)->mutable_parts(0)->set_text("hallo");
  }), ElementsAre("instructions"));
  EXPECT_THAT(changed([](auto& asked, auto&) { asked.mutable_tools(0)->set_name("seek"); }),
              ElementsAre("tools"));
  EXPECT_THAT(changed([](auto& asked, auto&) {
    asked.mutable_output_format()->set_schema_json("{}");
  }), ElementsAre("output_schema"));
  EXPECT_THAT(changed([](auto&, auto& rules) { rules.set_output_schema_json("{}"); }),
              ElementsAre("output_schema"));
  EXPECT_THAT(changed([](auto&, auto& rules) { rules.set_json_mode(v1::JSON_MODE_LENIENT); }),
              ElementsAre("output_schema"));
  EXPECT_THAT(changed([](auto&, auto& rules) {
    rules.mutable_policy()->add_forbidden_patterns("x");
  }), ElementsAre("policy"));
  EXPECT_THAT(changed([](auto&, auto& rules) {
    v1::ToolRule& rule = *rules.add_tools();
    rule.set_name("find");
    rule.set_forbidden(true);
  }), ElementsAre("tools"));
}

TEST(ContractKeyParts, OfTheRequestOnlyTheListedPartsCount) {
  v1::ModelRequest request = Asked("Today is Monday.");
  request.mutable_messages(0)->set_role(v1::MESSAGE_ROLE_SYSTEM);
  v1::Contract contract;
  contract.add_evidence_parts(v1::REQUEST_PART_TOOLS);
  const v1::EvidenceKeyParts before = ContractKeyParts(request, contract);
  request.mutable_messages(0)->mutable_parts(0)->set_text("Today is Tuesday.");
  request.mutable_output_format()->set_schema_json("{}");
  EXPECT_THAT(Changed(ContractKeyParts(request, contract), before), IsEmpty());
  Offer(request, "find", "{}");
  EXPECT_THAT(Changed(ContractKeyParts(request, contract), before), ElementsAre("tools"));
  contract.set_output_schema_json("{}");
  EXPECT_THAT(Changed(ContractKeyParts(request, contract), before),
              ElementsAre("tools", "output_schema"));
}

TEST(ContractFromConfig, CarriesEveryRule) {
  v1::ContractConfig config;
  (*config.mutable_output_schema()->mutable_fields())["type"].set_string_value("object");
  (*config.mutable_tools())["b"].set_forbidden(true);
  (*config.mutable_tools())["a"].add_disabled_tolerances("city:date_form");
  config.add_required_patterns("ok");
  config.add_tool_error_moves(v1::NEXT_MOVE_REPORT);
  const auto contract = ContractFromConfig(config, "");
  ASSERT_THAT(contract, IsOk());
  EXPECT_EQ(contract->output_schema_json(), R"({"type":"object"})");
  ASSERT_EQ(contract->tools_size(), 2);
  EXPECT_EQ(contract->tools(0).name(), "a") << "by name, so that fingerprints are stable";
  EXPECT_TRUE(contract->tools(1).forbidden());
  EXPECT_EQ(contract->policy().required_patterns(0), "ok");
  EXPECT_EQ(contract->tool_errors().acceptable_moves(0), v1::NEXT_MOVE_REPORT);
}

// Evidence rests on its text: another one at each start would throw all proof away.
TEST(ContractFromConfig, WritesASchemaAlwaysAlike) {
  v1::ContractConfig forward;
  v1::ContractConfig backward;
  auto& first = *forward.mutable_output_schema()->mutable_fields();
  auto& second = *backward.mutable_output_schema()->mutable_fields();
  for (int i = 0; i < 30; ++i) first["k" + std::to_string(i)].set_number_value(i);
  for (int i = 29; i >= 0; --i) second["k" + std::to_string(i)].set_number_value(i);
  EXPECT_EQ(ContractFromConfig(forward, "")->output_schema_json(),
            ContractFromConfig(backward, "")->output_schema_json());
}

TEST(ContractFromConfig, RefusesWhatCannotBeUsed) {
  v1::ContractConfig pattern;
  pattern.add_forbidden_patterns("(");
  EXPECT_THAT(ContractFromConfig(pattern, ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       ::testing::HasSubstr("forbidden_patterns")));
  v1::ContractConfig tolerance;
  tolerance.add_disabled_tolerances("letter_cases");
  EXPECT_THAT(ContractFromConfig(tolerance, ""),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("letter_case,")));
  EXPECT_THAT(ContractFromConfig({}, "{"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(SameToolName, LooksOverSeparatorsOnly) {
  EXPECT_TRUE(SameToolName("math.factorial", "math_factorial"));
  EXPECT_FALSE(SameToolName("math.factorial", "mathfactorial"));
  EXPECT_FALSE(SameToolName("delete_user", "Delete_user"));
}

}  // namespace
}  // namespace warmpath
