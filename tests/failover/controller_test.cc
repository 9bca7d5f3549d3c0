#include "failover/controller.h"

#include <string>
#include <vector>

#include "base/metrics.h"
#include "rocksdb/env.h"
#include "tests/failover/controller_fixture.h"
#include "tests/support/fault_file_system.h"

namespace warmpath::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Enough clean shadows for GREEN at the fixture's thresholds.
constexpr int kProof = 100;

TEST_F(ControllerTest, ThePrimaryServesWithoutAnyEvidence) {
  Start();
  EXPECT_EQ(Active(), "primary");
  EXPECT_THAT(Planned(), ElementsAre("primary"));
  EXPECT_EQ(Status().failover_outlook(), "No safe standby: 3 cold");
  EXPECT_EQ(controller_->Plan()->Find("nonsense"), nullptr);
}

TEST_F(ControllerTest, AGreenPathIsPlannedAndToldAsTheOutlook) {
  Start();
  Mirror("claude", kProof);
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_GREEN);
  EXPECT_THAT(Planned(), ElementsAre("primary", "claude"));
  EXPECT_EQ(Status().failover_outlook(),
            "Failover would go to claude: GREEN, 100 samples, newest 1 s ago");
  EXPECT_EQ(Status().failover_path(), "claude");
}

TEST_F(ControllerTest, AHardOutageMovesTrafficToTheGreenBackupAndNeverToTheRedOne) {
  Start();
  Mirror("claude", kProof, /*conforms=*/false);
  MirrorAll({"mistral"}, kProof);
  ASSERT_EQ(Verdict("claude"), v1::CONFORMANCE_RED);
  Serve(50);
  Fail(3);
  EXPECT_EQ(Active(), "mistral");
  EXPECT_THAT(Planned(), ElementsAre("mistral"));
  const v1::Flip flip = Flips().front();
  EXPECT_TRUE(flip.enforced());
  EXPECT_TRUE(flip.hard());
  EXPECT_EQ(flip.cause(), v1::FLIP_CAUSE_UNHEALTHY);
  EXPECT_EQ(flip.from_path(), "primary");
  EXPECT_EQ(flip.evidence_size(), 4);
  EXPECT_EQ(flip.reason(), "primary is DOWN; mistral is GREEN");
}

TEST_F(ControllerTest, AWakeIsAskedForAtTheThirdFailureInARow) {
  Start();
  int wakes = 0;
  controller_->SetWake([&] { ++wakes; });
  const auto report = [&](bool ok, v1::FailureClass failure_class) {
    controller_->ReportOutcome(
        {.workflow = "support", .path = "primary", .ok = ok, .failure_class = failure_class});
  };
  report(false, v1::FAILURE_CLASS_TIMEOUT);
  report(false, v1::FAILURE_CLASS_TIMEOUT);
  report(true, v1::FAILURE_CLASS_UNSPECIFIED);
  report(false, v1::FAILURE_CLASS_TIMEOUT);
  report(false, v1::FAILURE_CLASS_INVALID_REQUEST);
  report(false, v1::FAILURE_CLASS_TIMEOUT);
  EXPECT_EQ(wakes, 0);
  report(false, v1::FAILURE_CLASS_TIMEOUT);
  EXPECT_EQ(wakes, 1);
}

TEST_F(ControllerTest, TheLadderGoesDownToDowntimeAndBack) {
  Start();
  MirrorAll({"primary", "claude", "rules"}, kProof);
  Fail(3);
  ASSERT_EQ(Active(), "claude");
  Fail(3, "claude");
  ASSERT_EQ(Active(), "rules");
  Fail(3, "rules");
  EXPECT_EQ(Active(), "");
  const auto plan = controller_->Plan();
  const WorkflowPlan& support = *plan->Find("support");
  EXPECT_THAT(support.paths, IsEmpty());
  EXPECT_EQ(support.downtime_reason, "rules is DOWN and no other path is GREEN");
  EXPECT_GT(support.retry_after, absl::ZeroDuration());

  // One request a second probes the primary; three answers in a row end the downtime.
  const PlannedPath* probe = support.TakeProbe(clock_.Now());
  ASSERT_NE(probe, nullptr);
  EXPECT_EQ(probe->name, "primary");
  EXPECT_EQ(support.TakeProbe(clock_.Now()), nullptr);
  Serve(1);
  EXPECT_NE(support.TakeProbe(clock_.Now()), nullptr);
  Serve(1);
  EXPECT_EQ(Active(), "");
  Serve(1);
  EXPECT_EQ(Active(), "primary");
  EXPECT_EQ(Flips().front().cause(), v1::FLIP_CAUSE_RECOVERY);
}

TEST_F(ControllerTest, FailsBackOnceThePrimaryIsHealthyAndGreenForLongEnough) {
  Start();
  MirrorAll({"primary", "claude"}, kProof);
  Fail(3);
  ASSERT_EQ(Active(), "claude");
  // Reverse mirrors show that the primary is still dead, then that it lives again.
  MirrorFails("primary", 60);
  EXPECT_EQ(PathOf("primary").health().health(), v1::HEALTH_DOWN);
  MirrorAll({"primary", "claude"}, 600 + 10);
  EXPECT_EQ(Active(), "claude") << "healthy and GREEN for ten minutes, but the dwell is fifteen";
  MirrorAll({"primary", "claude"}, 300);
  EXPECT_EQ(Active(), "primary");
  EXPECT_EQ(Flips().front().cause(), v1::FLIP_CAUSE_FAILBACK);
}

TEST_F(ControllerTest, EvidenceDoesNotAgeInAnIncident) {
  Start();
  Mirror("claude", kProof);
  Serve(3);
  v1::PinRequest pin;
  pin.set_workflow("support");
  pin.set_reason("wait");
  ASSERT_THAT(controller_->Pin(pin, "ann"), IsOk());
  Fail(3);
  const auto pass = [&](absl::Duration time) {
    for (const absl::Time end = clock_.Now() + time; clock_.Now() < end;) {
      Fail(3);
      Advance(absl::Seconds(20));
    }
  };
  pass(absl::Minutes(50));
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_GREEN) << "nothing came, as nothing could";
  Start();
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_GREEN) << "nor over a restart";
  pass(absl::Minutes(60));
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_AMBER) << "the grace of an hour is over";
}

TEST_F(ControllerTest, ClocksRunOnWhenTheIncidentIsOver) {
  Start();
  Mirror("claude", kProof);
  Serve(3);
  Fail(3);
  ASSERT_EQ(Active(), "claude");
  for (int i = 0; i < 50; ++i) Advance(absl::Minutes(1));
  Serve(3);
  ASSERT_EQ(Verdict("claude"), v1::CONFORMANCE_GREEN);
  for (int i = 0; i < 50; ++i) Advance(absl::Minutes(1));
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_AMBER);
}

TEST_F(ControllerTest, ObserveModeRecordsOncePerChangeAndNeverMoves) {
  Support().set_mode(v1::FAILOVER_MODE_OBSERVE);
  Start();
  Mirror("claude", kProof);
  EXPECT_THAT(Planned(), ElementsAre("primary")) << "not even for one request";
  Fail(100);
  EXPECT_EQ(Active(), "primary");
  ASSERT_EQ(Flips().size(), 1u);
  EXPECT_FALSE(Flips()[0].enforced());
  EXPECT_EQ(Flips()[0].to_path(), "claude");
  Serve(3);
  Fail(10);
  EXPECT_EQ(Flips().size(), 1u) << "flickers within the dwell";
}

TEST_F(ControllerTest, ARestartKeepsWhoServesTheVerdictsAndTheDwell) {
  Start();
  MirrorAll({"claude", "rules"}, kProof);
  Mirror("mistral", kProof, /*conforms=*/false);
  Fail(3);
  ASSERT_EQ(Active(), "claude");
  const v1::WorkflowStatus before = Status();
  Start();
  const v1::WorkflowStatus after = Status();
  EXPECT_EQ(after.active_path(), "claude");
  EXPECT_EQ(after.active_since().seconds(), before.active_since().seconds());
  EXPECT_EQ(after.last_flip().id(), before.last_flip().id());
  for (int i = 0; i < before.paths_size(); ++i) {
    EXPECT_EQ(after.paths(i).verdict().SerializeAsString(),
              before.paths(i).verdict().SerializeAsString())
        << before.paths(i).path();
  }
  EXPECT_THAT(Planned(), ElementsAre("claude", "rules"));
}

TEST_F(ControllerTest, ARestartInDowntimeStaysDown) {
  Start();
  Fail(3);
  ASSERT_EQ(Active(), "");
  Start();
  EXPECT_EQ(Active(), "");
  EXPECT_EQ(controller_->Plan()->Find("support")->downtime_reason,
            "primary is DOWN and no other path is GREEN");
  Serve(3);
  EXPECT_EQ(Active(), "primary");
}

TEST_F(ControllerTest, ObserveInDowntimeGivesTheTrafficBackToThePrimary) {
  Start();
  Fail(3);
  ASSERT_EQ(Active(), "");
  v1::SetModeRequest request;
  request.set_workflow("support");
  request.set_mode(v1::FAILOVER_MODE_OBSERVE);
  request.set_reason("we look ourselves");
  EXPECT_THAT(controller_->SetMode(request, "ann"), IsOk());
  EXPECT_EQ(Active(), "primary");
}

TEST_F(ControllerTest, AReloadKeepsStateAndReplacesAPathThatIsGone) {
  Start();
  Mirror("claude", kProof);
  Fail(3);
  ASSERT_EQ(Active(), "claude");
  const int64_t version = controller_->Plan()->version;
  EXPECT_THAT(controller_->UpdateConfig(config_), IsOk());
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_GREEN);
  EXPECT_EQ(controller_->Plan()->version, version) << "nothing changed";

  const v1::Config whole = config_;
  Support().mutable_paths()->DeleteSubrange(1, 1);
  (*config_.mutable_workflows())["billing"] = Support();
  EXPECT_THAT(controller_->UpdateConfig(config_), IsOk());
  EXPECT_EQ(Active(), "primary");
  EXPECT_EQ(Flips().front().actor(), "config");
  EXPECT_THAT(controller_->Workflows(), ElementsAre("billing", "support"));

  EXPECT_THAT(controller_->UpdateConfig(whole), IsOk());
  EXPECT_THAT(controller_->Workflows(), ElementsAre("support"));

  config_ = whole;
  Support().mutable_gate()->set_alpha_green(3);
  EXPECT_THAT(controller_->UpdateConfig(config_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("workflows.support.gate.alpha_green")));
  EXPECT_EQ(Active(), "primary");
}

TEST_F(ControllerTest, UnknownNamesAreIgnoredAndCounted) {
  Metrics metrics;
  Start();
  auto controller = FailoverController::Create(config_, *store_, clock_, {.metrics = &metrics});
  ASSERT_THAT(controller, IsOk());
  (*controller)->ReportOutcome({.workflow = "support", .path = "nobody"});
  (*controller)->ReportOutcome({.workflow = "nothing", .path = "primary"});
  (*controller)->Tick();
  EXPECT_THAT(metrics.Text(), HasSubstr("warmpath_unknown_outcomes_total 2"));
}

TEST_F(ControllerTest, VerdictsAndNewEvidenceKeysAreInTheAudit) {
  Start();
  Mirror("claude", kProof);
  auto page = store_->ListAudit({.workflow = "support"});
  ASSERT_THAT(page, IsOk());
  std::vector<std::string> entries;
  for (const v1::AuditEntry& entry : page->items) {
    entries.push_back(entry.action() + " " + entry.detail());
  }
  EXPECT_THAT(entries, ElementsAre("verdict claude: AMBER to GREEN", "verdict claude: COLD to AMBER",
                                   "evidence_key claude: evidence begins (key key-claude)"));
}

// The store refuses everything: live traffic goes on, evidence ages, and nothing moves.
class FullDiskTest : public ControllerTest {
 protected:
  FullDiskTest()
      : files_(std::make_shared<FaultFileSystem>(env_->GetFileSystem())),
        faulty_(NewFaultyEnv(files_)) {}
  rocksdb::Env* env() override { return faulty_.get(); }
  // The controller and the store go before what they stand on.
  ~FullDiskTest() override {
    files_->Heal();
    controller_.reset();
    store_.reset();
  }

  std::shared_ptr<FaultFileSystem> files_;
  std::unique_ptr<rocksdb::Env> faulty_;
};

TEST_F(FullDiskTest, AFlipThatCannotBeWrittenDownIsNotMade) {
  Start();
  Mirror("claude", kProof);
  files_->FailWritesAfter(0, rocksdb::IOStatus::NoSpace("disk full"));
  EXPECT_FALSE(store_->Append(Card("claude")).ok());
  Fail(5);
  EXPECT_EQ(Active(), "primary");
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_AMBER);
  EXPECT_EQ(PathOf("claude").verdict().reasons(0).code(), v1::REASON_CODE_STORE_UNAVAILABLE);
  EXPECT_THAT(Planned(), ElementsAre("primary"));

  v1::FlipRequest request;
  request.set_workflow("support");
  request.set_to_path("claude");
  request.set_reason("now");
  request.set_force(true);
  EXPECT_THAT(controller_->Flip(request, "ann"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(Active(), "primary");

  files_->Heal();
  Advance(absl::Seconds(5));
  for (int i = 0; i < 20 && !store_->Append(Card("claude")).ok(); ++i) Advance(absl::Seconds(1));
  Fail(2);
  EXPECT_EQ(Active(), "claude") << "the outage goes on and the store is back";
}

}  // namespace
}  // namespace warmpath::testing
