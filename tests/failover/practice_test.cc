// Practice flips, and what they are good for.
#include <string>

#include "tests/failover/controller_fixture.h"

namespace warmpath::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kProof = 100;

class PracticeTest : public ControllerTest {
 protected:
  v1::StartDrillRequest Practice() {
    v1::StartDrillRequest request;
    request.set_workflow("support");
    request.set_path("claude");
    request.set_reason("weekly");
    request.set_practice(true);
    *request.mutable_duration() = ToProto(absl::Minutes(1));
    return request;
  }
  void Report(v1::FailureClass failure_class) {
    controller_->ReportOutcome({.workflow = "support",
                                .path = "claude",
                                .ok = false,
                                .failure_class = failure_class,
                                .drill = true});
  }
  v1::Drill Read(const std::string& id) {
    auto drill = controller_->GetDrill(id);
    EXPECT_THAT(drill, IsOk());
    return drill.ok() ? *drill : v1::Drill();
  }
  v1::FlipReadiness ReadinessOf(const std::string& path) { return PathOf(path).readiness(); }
  // A practice flip that succeeds.
  void Practise() {
    const auto drill = controller_->StartDrill(Practice(), "ann");
    ASSERT_THAT(drill, IsOk());
    Live(30, "claude", /*ok=*/true, /*drill=*/true);
    Mirror("claude", 31);
    ASSERT_EQ(Read(drill->id()).state(), v1::DRILL_STATE_SUCCEEDED);
  }
};

TEST_F(PracticeTest, ASuccessMakesAPathFlipReadyOverRestarts) {
  Start();
  Mirror("claude", 400);
  EXPECT_EQ(ReadinessOf("claude").missing(), "no practice flip has succeeded yet");
  Practise();
  EXPECT_TRUE(ReadinessOf("claude").flip_ready());
  Start();
  EXPECT_TRUE(ReadinessOf("claude").flip_ready());
  Advance(absl::Hours(7 * 24 + 1));
  EXPECT_FALSE(ReadinessOf("claude").flip_ready());
}

TEST_F(PracticeTest, AnOrdinaryDrillDoesNot) {
  Start();
  Mirror("claude", 300);
  v1::StartDrillRequest request = Practice();
  request.set_practice(false);
  ASSERT_THAT(controller_->StartDrill(request, "ann"), IsOk());
  Live(30, "claude", true, true);
  Mirror("claude", 31);
  EXPECT_FALSE(ReadinessOf("claude").has_practice_time());
}

TEST_F(PracticeTest, ItsShareIsSmall) {
  Start();
  Mirror("claude", kProof);
  for (const double share : {.005, .06, 1.0}) {
    v1::StartDrillRequest request = Practice();
    request.set_share(share);
    EXPECT_THAT(controller_->StartDrill(request, "ann"),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("from 1 % to 5 %")));
  }
  const auto drill = controller_->StartDrill(Practice(), "ann");
  ASSERT_THAT(drill, IsOk());
  EXPECT_EQ(drill->share(), .05);
  EXPECT_TRUE(drill->practice());
}

TEST_F(PracticeTest, LimitsAreToldFromFailures) {
  Start();
  Mirror("claude", 300);
  auto drill = controller_->StartDrill(Practice(), "ann");
  ASSERT_THAT(drill, IsOk());
  Live(20, "claude", true, true);
  Report(v1::FAILURE_CLASS_PATH_LIMIT);
  Report(v1::FAILURE_CLASS_RATE_LIMITED);
  Advance(absl::Seconds(1));
  EXPECT_EQ(Read(drill->id()).state(), v1::DRILL_STATE_CAPACITY_FAILED);
  EXPECT_EQ(Read(drill->id()).capacity_failures(), 2);
  EXPECT_EQ(Read(drill->id()).failures(), 2);
  EXPECT_THAT(Read(drill->id()).outcome(), HasSubstr("it conforms and cannot carry the traffic"));
  EXPECT_FALSE(ReadinessOf("claude").has_practice_time());

  Mirror("claude", 30);
  drill = controller_->StartDrill(Practice(), "ann");
  ASSERT_THAT(drill, IsOk());
  // Three in a row: it is DOWN, for the same reason.
  for (int i = 0; i < 3; ++i) Report(v1::FAILURE_CLASS_OVERLOADED);
  Advance(absl::Seconds(1));
  EXPECT_EQ(Read(drill->id()).state(), v1::DRILL_STATE_CAPACITY_FAILED);
}

TEST_F(PracticeTest, FlipsMayAskForIt) {
  Support().mutable_failover()->set_require_flip_ready(true);
  Start();
  Mirror("claude", 300);
  EXPECT_EQ(Status().failover_outlook(), "No safe standby: 1 not flip-ready, 2 cold");
  Practise();
  Serve(3);
  Fail(3);
  EXPECT_EQ(Active(), "claude");
}

TEST_F(PracticeTest, StartsByItselfWhereAsked) {
  Support().mutable_failover()->set_auto_practice(true);
  Start();
  Serve(3);
  EXPECT_FALSE(Status().has_drill()) << "nothing is GREEN";
  Mirror("claude", kProof + 10);
  ASSERT_TRUE(Status().has_drill());
  EXPECT_EQ(Status().drill().actor(), "automatic");
  EXPECT_TRUE(Status().drill().practice());
  Live(30, "claude", true, true);
  v1::AbortDrillRequest abort;
  abort.set_workflow("support");
  abort.set_reason("not now");
  ASSERT_THAT(controller_->AbortDrill(abort, "ann"), IsOk());
  Mirror("claude", 100);
  EXPECT_FALSE(Status().has_drill()) << "not again on the same day";
  Start();
  Mirror("claude", 10);
  EXPECT_FALSE(Status().has_drill()) << "nor after a restart";
  for (int i = 0; i < 24 * 60; ++i) {
    Mirror("claude", 1);
    Advance(absl::Minutes(1));
  }
  EXPECT_TRUE(Status().has_drill());
}

}  // namespace
}  // namespace warmpath::testing
