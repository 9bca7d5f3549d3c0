#include "admin/metrics_page.h"

#include "admin/budget_reader.h"
#include "admin/status_reader.h"
#include "tests/admin/admin_fixture.h"

namespace warmpath {
namespace {

using testing::AdminTest;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;

class MetricsPageTest : public AdminTest {
 protected:
  std::string Page(FlipCounter& flips) {
    EXPECT_THAT(flips.Update(*store_), IsOk());
    const auto status = ReadStatus(*context_, {});
    EXPECT_THAT(status, IsOk());
    const auto budget = ReadBudget(*context_, {});
    EXPECT_THAT(budget, IsOk());
    return MetricsPage(*status, *budget, flips, /*mirror_queue_depth=*/7);
  }
  void Flip(const std::string& to) {
    v1::FlipRequest request;
    request.set_workflow("support");
    request.set_to_path(to);
    request.set_reason("trial");
    request.set_force(true);
    ASSERT_THAT(controller_->Flip(request, "ana"), IsOk());
  }
};

TEST_F(MetricsPageTest, ShowsTheGateOfEveryPath) {
  StartAll();
  Mirror("claude", 3);
  FlipCounter flips(clock_.Now());
  EXPECT_THAT(
      Page(flips),
      AllOf(
          HasSubstr("warmpath_gate_state{workflow=\"support\",path=\"claude\",state=\"cold\"} 1\n"),
          HasSubstr(
              "warmpath_gate_state{workflow=\"support\",path=\"claude\",state=\"green\"} 0\n"),
          HasSubstr("warmpath_conformance_ratio{workflow=\"support\",path=\"claude\",dimension="
                    "\"schema\"} 1\n"),
          HasSubstr(
              "warmpath_active_path{workflow=\"support\",path=\"primary\",role=\"primary\"} 1\n"),
          HasSubstr("warmpath_queue_depth{queue=\"mirror\"} 7\n"),
          HasSubstr("warmpath_ramp_share{workflow=\"support\"} 1\n"),
          HasSubstr("warmpath_flip_ready{workflow=\"support\",path=\"claude\"} 0\n"),
          HasSubstr("warmpath_store_writable 1\n"),
          HasSubstr("warmpath_config_last_reload_successful 1\n"),
          HasSubstr("# TYPE warmpath_build_info gauge\n"),
          HasSubstr("# TYPE warmpath_requests_total counter\n")));
}

TEST_F(MetricsPageTest, ShowsWhatMirrorsAreSpentFor) {
  config_.mutable_shadow()->set_max_requests_per_minute(60);
  StartAll();
  int64_t conversations = 0;
  controller_->SetSamplePlan({.traffic = [&](const std::string&) {
    conversations += 20;
    return SampleTraffic{conversations, conversations};
  }, .publish = nullptr});
  for (int i = 0; i < 30; ++i) Advance(absl::Seconds(10));
  FlipCounter flips(clock_.Now());
  EXPECT_THAT(
      Page(flips),
      AllOf(HasSubstr("warmpath_sample_rate_per_minute{workflow=\"support\",path=\"claude\",class="
                      "\"prove\"} 12\n"),
            HasSubstr("warmpath_sample_share{workflow=\"support\",path=\"claude\"} 0."),
            HasSubstr("warmpath_conversations_per_minute{workflow=\"support\"} 1"),
            HasSubstr("warmpath_shadow_limit_per_minute 60\n"),
            HasSubstr("warmpath_shadow_usd_last_hour 0\n")));
}

TEST_F(MetricsPageTest, LeavesOutAShareOfNothing) {
  StartAll();
  FlipCounter flips(clock_.Now());
  EXPECT_THAT(Page(flips), AllOf(Not(HasSubstr("warmpath_conformance_ratio{")),
                                 Not(HasSubstr("warmpath_last_score_timestamp_seconds{"))));
}

TEST(MetricsPage, TellsHowMuchADegradedPathLeavesToPeople) {
  v1::GetStatusResponse status;
  v1::WorkflowStatus& workflow = *status.add_workflows();
  workflow.set_workflow("support");
  workflow.add_paths()->set_path("claude");
  v1::PathStatus& rules = *workflow.add_paths();
  rules.set_path("rules");
  rules.mutable_verdict()->set_handover_ratio(.25);
  const std::string page = MetricsPage(status, v1::GetBudgetResponse(), FlipCounter(absl::UnixEpoch()), 0);
  EXPECT_THAT(page, HasSubstr("warmpath_handover_ratio{workflow=\"support\",path=\"rules\"} 0.25\n"));
  EXPECT_THAT(page, Not(HasSubstr("warmpath_handover_ratio{workflow=\"support\",path=\"claude\"")));
}

TEST_F(MetricsPageTest, CountsEachFlipOnceHoweverOftenItIsScraped) {
  StartAll();
  Flip("claude");
  Advance(absl::Minutes(1));
  FlipCounter flips(clock_.Now());  // a process that starts now does not count the flip before
  EXPECT_THAT(Page(flips), Not(HasSubstr("warmpath_flip_total{")));
  Flip("primary");
  const std::string one =
      "warmpath_flip_total{workflow=\"support\",trigger=\"operator\",result=\"enforced\"} 1\n";
  EXPECT_THAT(Page(flips), HasSubstr(one));
  EXPECT_THAT(Page(flips), HasSubstr(one));
  Advance(absl::Minutes(1));
  Flip("claude");
  EXPECT_THAT(Page(flips), HasSubstr("result=\"enforced\"} 2\n"));
}

}  // namespace
}  // namespace warmpath
