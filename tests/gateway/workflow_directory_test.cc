#include "gateway/workflow_directory.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;

TEST(WorkflowDirectory, FindsByNameAndAlias) {
  v1::Config config;
  v1::WorkflowConfig& desk = (*config.mutable_workflows())["desk"];
  desk.add_aliases("gpt-4o");
  desk.mutable_deadline()->set_seconds(7);
  (*config.mutable_workflows())["billing"];
  const WorkflowDirectory directory(config);
  ASSERT_NE(directory.Find("gpt-4o"), nullptr);
  EXPECT_EQ(directory.Find("gpt-4o")->name, "desk");
  EXPECT_EQ(directory.Find("desk")->deadline, absl::Seconds(7));
  EXPECT_EQ(directory.Find("other"), nullptr);
  EXPECT_THAT(directory.names(), ElementsAre("billing", "desk"));
  EXPECT_EQ(directory.UnknownMessage("other"),
            "unknown workflow 'other': the model names a workflow; ask for one of: billing, desk");
}

}  // namespace
}  // namespace warmpath
