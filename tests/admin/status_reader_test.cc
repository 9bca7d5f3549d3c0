#include "admin/status_reader.h"

#include "admin/attention.h"
#include "admin/readiness.h"
#include "base/version.h"
#include "tests/admin/admin_fixture.h"

namespace warmpath {
namespace {

using testing::AdminTest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

class ReadStatusTest : public AdminTest {
 protected:
  v1::GetStatusResponse Read() {
    auto status = ReadStatus(*context_, {});
    EXPECT_THAT(status, IsOk());
    return status.ok() ? *std::move(status) : v1::GetStatusResponse();
  }
};

TEST_F(ReadStatusTest, BringsVerdictsStoreConfigAndVersionTogether) {
  StartAll();
  Mirror("claude", 5);
  const v1::GetStatusResponse status = Read();
  ASSERT_EQ(status.workflows_size(), 1);
  EXPECT_EQ(status.workflows(0).active_path(), "primary");
  EXPECT_EQ(status.workflows(0).paths_size(), 4);
  EXPECT_EQ(FromProto(status.store().newest_card_time()), clock_.Now() - absl::Seconds(1));
  EXPECT_TRUE(status.store().writable());
  EXPECT_EQ(FromProto(status.read_time()), clock_.Now());
  EXPECT_EQ(FromProto(status.config_time()), state_.load_time);
  EXPECT_EQ(status.version(), kVersion);
}

TEST_F(ReadStatusTest, CountsCoverageByKindOfTurn) {
  Support().mutable_mirror()->set_rate(0);
  StartAll();
  for (uint64_t i = 0; i < 3; ++i) mirror_->Samples("support", i, v1::TURN_TYPE_TOOL_CALL, true);
  const v1::GetStatusResponse status = Read();
  ASSERT_EQ(status.workflows(0).coverage_size(), 1);
  EXPECT_EQ(status.workflows(0).coverage(0).turn_type(), v1::TURN_TYPE_TOOL_CALL);
  EXPECT_EQ(status.workflows(0).coverage(0).live(), 3);
  EXPECT_EQ(status.workflows(0).coverage(0).skipped().at("not_sampled"), 3);
  EXPECT_EQ(status.workflows(0).live_requests(), 3);
}

TEST_F(ReadStatusTest, ShowsARefusedReload) {
  StartAll();
  state_.error = "warmpath.yaml:3:1: unknown key";
  EXPECT_EQ(Read().config_error(), "warmpath.yaml:3:1: unknown key");
}

TEST_F(ReadStatusTest, NamesTheClosestWorkflow) {
  StartAll();
  v1::GetStatusRequest request;
  request.set_workflow("suport");
  EXPECT_THAT(ReadStatus(*context_, request),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("did you mean 'support'?")));
}

TEST_F(ReadStatusTest, IsReadyOnceAConfigIsInForce) {
  StartAll();
  EXPECT_TRUE(ReadinessOf(Read()).ready);
  state_.error = "bad";
  EXPECT_TRUE(ReadinessOf(Read()).ready);
  EXPECT_THAT(ReadinessOf(Read()).text, HasSubstr("the last reload was refused"));
  state_.load_time = absl::UnixEpoch();
  const Readiness readiness = ReadinessOf(Read());
  EXPECT_FALSE(readiness.ready);
  EXPECT_THAT(readiness.text, HasSubstr("config: none is in force yet"));
}

TEST(Readiness, NeedsAnActivePath) {
  v1::GetStatusResponse status;
  status.mutable_config_time()->set_seconds(1);
  status.mutable_store()->set_writable(false);
  status.add_workflows()->set_workflow("down");
  EXPECT_FALSE(ReadinessOf(status).ready);
  EXPECT_THAT(ReadinessOf(status).text, HasSubstr("0 of 1 have an active path"));
  status.add_workflows()->set_active_path("primary");
  EXPECT_TRUE(ReadinessOf(status).ready);
  EXPECT_THAT(ReadinessOf(status).text, HasSubstr("store: open, but refuses evidence"));
}

// A workflow with a primary that serves and one standby.
v1::WorkflowStatus Workflow(const std::string& name, v1::Conformance standby) {
  v1::WorkflowStatus workflow;
  workflow.set_workflow(name);
  workflow.set_active_path("primary");
  v1::PathStatus& primary = *workflow.add_paths();
  primary.set_path("primary");
  primary.set_role(v1::ROLE_PRIMARY);
  v1::PathStatus& backup = *workflow.add_paths();
  backup.set_path("backup");
  backup.set_role(v1::ROLE_BACKUP);
  backup.mutable_verdict()->set_conformance(standby);
  if (standby == v1::CONFORMANCE_GREEN) workflow.set_failover_path("backup");
  return workflow;
}

TEST(Attention, SortsByNeedThenName) {
  v1::GetStatusResponse status;
  *status.add_workflows() = Workflow("d_quiet", v1::CONFORMANCE_GREEN);
  *status.add_workflows() = Workflow("c_no_standby", v1::CONFORMANCE_RED);
  v1::WorkflowStatus weak = Workflow("b_weak", v1::CONFORMANCE_AMBER);
  weak.set_failover_path("rules");
  *status.add_workflows() = weak;
  v1::WorkflowStatus failed_over = Workflow("f_failed_over", v1::CONFORMANCE_GREEN);
  failed_over.set_active_path("backup");
  failed_over.set_failover_path("primary");
  *status.add_workflows() = failed_over;
  v1::WorkflowStatus failing = Workflow("e_failing", v1::CONFORMANCE_GREEN);
  failing.mutable_paths(0)->mutable_health()->set_health(v1::HEALTH_DOWN);
  *status.add_workflows() = failing;
  v1::WorkflowStatus down = Workflow("g_down", v1::CONFORMANCE_RED);
  down.clear_active_path();
  *status.add_workflows() = down;
  *status.add_workflows() = Workflow("a_quiet", v1::CONFORMANCE_GREEN);

  SortByAttention(status);
  std::vector<std::string> names;
  for (const v1::WorkflowStatus& workflow : status.workflows())
    names.push_back(workflow.workflow());
  EXPECT_THAT(names, ElementsAre("g_down", "c_no_standby", "e_failing", "f_failed_over", "b_weak",
                                 "a_quiet", "d_quiet"));
}

}  // namespace
}  // namespace warmpath
