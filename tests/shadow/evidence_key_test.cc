#include "shadow/evidence_key.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

v1::ModelRequest Request(const std::string& system, const std::string& user,
                         const std::string& tool) {
  v1::ModelRequest request;
  v1::Message& instructions = *request.add_messages();
  instructions.set_role(v1::MESSAGE_ROLE_SYSTEM);
  instructions.add_parts()->set_text(system);
  v1::Message& question = *request.add_messages();
  question.set_role(v1::MESSAGE_ROLE_USER);
  question.add_parts()->set_text(user);
  request.add_tools()->set_name(tool);
  return request;
}

TEST(ContractKey, StaysForAnotherQuestion) {
  EXPECT_EQ(ContractKey(Request("s", "one", "t"), {}, {}), ContractKey(Request("s", "two", "t"), {}, {}));
}

TEST(ContractKey, ChangesWithPromptToolsAndContract) {
  const std::string key = ContractKey(Request("s", "u", "t"), {}, {});
  EXPECT_NE(key, ContractKey(Request("S", "u", "t"), {}, {}));
  EXPECT_NE(key, ContractKey(Request("s", "u", "T"), {}, {}));
  v1::Contract contract;
  contract.set_output_json_object(true);
  EXPECT_NE(key, ContractKey(Request("s", "u", "t"), {}, contract));
}

TEST(ContractKey, LeavesOutWhatTheConfigLeavesOut) {
  v1::ContractConfig tools_only;
  tools_only.add_evidence_parts(v1::REQUEST_PART_TOOLS);
  EXPECT_EQ(ContractKey(Request("s", "u", "t"), tools_only, {}),
            ContractKey(Request("S", "u", "t"), tools_only, {}));
  EXPECT_NE(ContractKey(Request("s", "u", "t"), tools_only, {}),
            ContractKey(Request("s", "u", "T"), tools_only, {}));
  v1::ContractConfig none;
  none.add_evidence_parts(v1::REQUEST_PART_NONE);
  EXPECT_EQ(ContractKey(Request("s", "u", "t"), none, {}), ContractKey(Request("S", "u", "T"), none, {}));
}

TEST(PathKey, ChangesWithTheModelThatAnswered) {
  v1::PathConfig path;
  path.set_model("m");
  v1::ProviderConfig provider;
  v1::Observation observation;
  observation.set_served_model("m-2025");
  const std::string key = PathKey(path, provider, observation);
  observation.set_served_model("m-2026");
  EXPECT_NE(key, PathKey(path, provider, observation));
  observation.set_served_model("m-2025");
  EXPECT_EQ(key, PathKey(path, provider, observation));
  observation.set_served_build("fp_1");
  EXPECT_NE(key, PathKey(path, provider, observation));
}

}  // namespace
}  // namespace warmpath
