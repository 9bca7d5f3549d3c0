// Operator actions and drills.
#include <string>
#include <vector>

#include "tests/failover/controller_fixture.h"

namespace warmpath::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kProof = 100;

class OperatorTest : public ControllerTest {
 protected:
  void SetUp() override {
    Start();
    Mirror("claude", kProof);
  }
  v1::FlipRequest FlipTo(const std::string& path) {
    v1::FlipRequest request;
    request.set_workflow("support");
    request.set_to_path(path);
    request.set_reason("maintenance");
    return request;
  }
  v1::StartDrillRequest DrillOf(const std::string& path, double share) {
    v1::StartDrillRequest request;
    request.set_workflow("support");
    request.set_path(path);
    request.set_share(share);
    request.set_reason("practice");
    *request.mutable_duration() = ToProto(absl::Minutes(1));
    return request;
  }
  v1::Drill Read(const std::string& id) {
    auto drill = controller_->GetDrill(id);
    EXPECT_THAT(drill, IsOk());
    return drill.ok() ? *drill : v1::Drill();
  }
  std::string LastAudit() {
    auto page = store_->ListAudit({.workflow = "support", .limit = 1});
    return page.ok() && !page->items.empty()
               ? page->items[0].actor() + " " + page->items[0].action() + ": " + page->items[0].reason()
               : "";
  }
};

TEST_F(OperatorTest, FlipsToTheBestGreenPathAndSaysHowToUndoIt) {
  const auto response = controller_->Flip(FlipTo(""), "ann");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(Active(), "claude");
  EXPECT_EQ(response->flip().actor(), "ann");
  EXPECT_THAT(response->undo_command(), HasSubstr("warmpath flip support --to primary --force"));
  EXPECT_THAT(response->warnings(0), HasSubstr("pin to keep it here"));
  EXPECT_EQ(LastAudit(), "ann flip: maintenance");
  EXPECT_THAT(Planned(), ElementsAre("claude"));
}

TEST_F(OperatorTest, RefusesWhatTheGateRefuses) {
  EXPECT_THAT(controller_->Flip(FlipTo("mistral"), "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("mistral is COLD")));
  Mirror("mistral", 60, /*conforms=*/false);
  v1::FlipRequest forced = FlipTo("mistral");
  forced.set_force(true);
  EXPECT_THAT(controller_->Flip(forced, "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("never")));
  forced.set_to_path("rules");
  const auto unknown = controller_->Flip(forced, "ann");
  ASSERT_THAT(unknown, IsOk());
  EXPECT_EQ(unknown->warnings(1), "nothing is proven of rules");
  EXPECT_EQ(Active(), "rules");
  EXPECT_EQ(LastAudit(), "ann flip_force: maintenance");
}

TEST_F(OperatorTest, BreakGlassSaysWhatIsProven) {
  // claude turns AMBER, and nothing else was ever seen.
  for (int i = 0; i < 20 && Verdict("claude") == v1::CONFORMANCE_GREEN; ++i) {
    Mirror("claude", 1, /*conforms=*/false);
  }
  ASSERT_EQ(Verdict("claude"), v1::CONFORMANCE_AMBER);
  EXPECT_THAT(controller_->Flip(FlipTo(""), "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("Least bad: warmpath flip support --to claude --force; proven of "
                                 "claude: schema at least ")));
  v1::FlipRequest forced = FlipTo("claude");
  forced.set_force(true);
  const auto response = controller_->Flip(forced, "ann");
  ASSERT_THAT(response, IsOk());
  EXPECT_THAT(response->warnings(1), HasSubstr("proven of claude: schema at least "));
}

TEST_F(OperatorTest, WantsNamesAndReasons) {
  v1::FlipRequest request = FlipTo("claude");
  request.clear_reason();
  EXPECT_THAT(controller_->Flip(request, "ann"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(controller_->Flip(FlipTo("nobody"), "ann"), StatusIs(absl::StatusCode::kNotFound));
  request = FlipTo("claude");
  request.set_workflow("nothing");
  EXPECT_THAT(controller_->Flip(request, "ann"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(controller_->Flip(FlipTo("primary"), "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("serves already")));
}

TEST_F(OperatorTest, ValidateOnlyChangesNothing) {
  v1::FlipRequest request = FlipTo("claude");
  request.set_validate_only(true);
  const auto response = controller_->Flip(request, "ann");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->flip().to_path(), "claude");
  EXPECT_EQ(Active(), "primary");
  EXPECT_TRUE(Flips().empty());
}

TEST_F(OperatorTest, ARepeatedRequestIdFlipsOnceEvenAfterARestart) {
  v1::FlipRequest request = FlipTo("claude");
  request.set_request_id("op-1");
  const auto first = controller_->Flip(request, "ann");
  const auto second = controller_->Flip(request, "ann");
  Start();
  const auto third = controller_->Flip(request, "ann");
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT(third, IsOk());
  EXPECT_EQ(first->flip().id(), second->flip().id());
  EXPECT_EQ(first->flip().id(), third->flip().id());
  EXPECT_EQ(Flips().size(), 1u);
}

TEST_F(OperatorTest, APinHoldsThroughAnOutageUntilItsTimeIsOver) {
  v1::PinRequest pin;
  pin.set_workflow("support");
  pin.set_reason("vendor call");
  *pin.mutable_duration() = ToProto(absl::Minutes(5));
  ASSERT_THAT(controller_->Pin(pin, "ann"), IsOk());
  EXPECT_THAT(Planned(), ElementsAre("primary"));
  Fail(60);
  EXPECT_EQ(Active(), "primary");
  EXPECT_THAT(controller_->Flip(FlipTo("claude"), "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("vendor call (ann)")));
  Start();
  EXPECT_TRUE(Status().pinned());
  Fail(241);
  EXPECT_FALSE(Status().pinned());
  EXPECT_EQ(Active(), "claude");
}

TEST_F(OperatorTest, UnpinAndModeActAtOnce) {
  v1::PinRequest pin;
  pin.set_workflow("support");
  pin.set_reason("wait");
  ASSERT_THAT(controller_->Pin(pin, "ann"), IsOk());
  Fail(3);
  v1::UnpinRequest unpin;
  unpin.set_workflow("support");
  unpin.set_reason("go on");
  ASSERT_THAT(controller_->Unpin(unpin, "ann"), IsOk());
  v1::SetModeRequest mode;
  mode.set_workflow("support");
  mode.set_mode(v1::FAILOVER_MODE_OBSERVE);
  mode.set_reason("look only");
  ASSERT_THAT(controller_->SetMode(mode, "ann"), IsOk());
  Fail(3);
  EXPECT_EQ(Active(), "primary");
  Start();
  EXPECT_EQ(Status().mode(), v1::FAILOVER_MODE_OBSERVE) << "the operator's word outlives a restart";
  mode.set_mode(v1::FAILOVER_MODE_ENFORCE);
  ASSERT_THAT(controller_->SetMode(mode, "ann"), IsOk());
  Fail(3);
  EXPECT_EQ(Active(), "claude");
}

TEST_F(OperatorTest, ASevereViolationIsLatchedUntilAcknowledgedOverRestarts) {
  v1::Scorecard card = Card("claude");
  card.add_findings()->set_severity(v1::SEVERITY_SEVERE);
  ASSERT_THAT(store_->Append(card), IsOk());
  Advance(absl::Seconds(1));
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_RED);
  Start();
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_RED);
  v1::AcknowledgeSevereRequest request;
  request.set_workflow("support");
  request.set_path("claude");
  request.set_reason("the tool was fixed");
  request.set_validate_only(true);
  ASSERT_THAT(controller_->AcknowledgeSevere(request, "ann"), IsOk());
  EXPECT_EQ(PathOf("claude").verdict().reasons(0).code(), v1::REASON_CODE_SEVERE);
  request.set_validate_only(false);
  ASSERT_THAT(controller_->AcknowledgeSevere(request, "ann"), IsOk());
  Start();
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_RED) << "hold-down";
  EXPECT_EQ(PathOf("claude").verdict().reasons(0).code(), v1::REASON_CODE_VIOLATING);
  EXPECT_THAT(controller_->AcknowledgeSevere(request, "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  Mirror("claude", 2000);
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_GREEN);
}

TEST_F(OperatorTest, ADrillMovesItsShareOfConversationsAndBack) {
  const auto drill = controller_->StartDrill(DrillOf("", 0.3), "ann");
  ASSERT_THAT(drill, IsOk());
  EXPECT_EQ(drill->path(), "claude");
  int moved = 0;
  const auto plan = controller_->Plan();
  for (int i = 0; i < 1000; ++i) {
    const std::string conversation = "c" + std::to_string(i);
    const std::vector<std::string> planned = Planned(conversation);
    const bool in_drill = plan->Find("support")->InDrill(conversation);
    moved += in_drill;
    if (in_drill) {
      EXPECT_THAT(planned, ElementsAre("claude", "primary"));
    } else {
      EXPECT_THAT(planned, ElementsAre("primary", "claude"));
    }
    EXPECT_EQ(planned, Planned(conversation)) << "a conversation stays where it is";
  }
  EXPECT_NEAR(moved, 300, 60);
  EXPECT_EQ(Status().drill().id(), drill->id());

  Live(30, "claude", /*ok=*/true, /*drill=*/true);
  EXPECT_EQ(Read(drill->id()).requests(), 30);
  Mirror("claude", 31);
  EXPECT_EQ(Read(drill->id()).state(), v1::DRILL_STATE_SUCCEEDED);
  EXPECT_EQ(Active(), "primary");
  EXPECT_FALSE(controller_->Plan()->Find("support")->drill.has_value());
}

TEST_F(OperatorTest, ADrillEndsAtOnceWhenItsPathFailsOrIsNotGreen) {
  auto drill = controller_->StartDrill(DrillOf("claude", 1), "ann");
  ASSERT_THAT(drill, IsOk());
  Live(20, "claude", true, true);
  Live(2, "claude", false, true);
  EXPECT_EQ(Read(drill->id()).state(), v1::DRILL_STATE_FAILED);
  EXPECT_THAT(Read(drill->id()).outcome(), HasSubstr("2 of 22 requests failed; the limit is 5 %"));

  Mirror("claude", 20);
  drill = controller_->StartDrill(DrillOf("claude", 1), "ann");
  ASSERT_THAT(drill, IsOk());
  Mirror("claude", 15, /*conforms=*/false);
  EXPECT_EQ(Read(drill->id()).state(), v1::DRILL_STATE_FAILED);
  EXPECT_THAT(Read(drill->id()).outcome(), HasSubstr("claude became"));
}

TEST_F(OperatorTest, WhatProvesNothingIsInterrupted) {
  auto drill = controller_->StartDrill(DrillOf("claude", 1), "ann");
  ASSERT_THAT(drill, IsOk());
  Mirror("claude", 61);
  EXPECT_EQ(Read(drill->id()).state(), v1::DRILL_STATE_INTERRUPTED) << "no request";

  drill = controller_->StartDrill(DrillOf("claude", 1), "ann");
  ASSERT_THAT(drill, IsOk());
  v1::AbortDrillRequest abort;
  abort.set_workflow("support");
  abort.set_reason("enough");
  const auto aborted = controller_->AbortDrill(abort, "bob");
  ASSERT_THAT(aborted, IsOk());
  EXPECT_EQ(Read(drill->id()).abort_actor(), "bob");
  EXPECT_EQ(LastAudit(), "bob drill_abort: enough");
  EXPECT_THAT(controller_->AbortDrill(abort, "bob"),
              StatusIs(absl::StatusCode::kFailedPrecondition));

  drill = controller_->StartDrill(DrillOf("claude", 1), "ann");
  ASSERT_THAT(drill, IsOk());
  Fail(3);
  EXPECT_EQ(Active(), "claude");
  EXPECT_EQ(Read(drill->id()).state(), v1::DRILL_STATE_INTERRUPTED) << "a real flip";
}

TEST_F(OperatorTest, ARestartInterruptsADrillAndMovesTrafficBack) {
  const auto drill = controller_->StartDrill(DrillOf("claude", 1), "ann");
  ASSERT_THAT(drill, IsOk());
  EXPECT_THAT(Planned(), ElementsAre("claude", "primary"));
  Start();
  EXPECT_THAT(Planned(), ElementsAre("primary", "claude"));
  Advance(absl::Seconds(1));
  EXPECT_EQ(Read(drill->id()).state(), v1::DRILL_STATE_INTERRUPTED);
  EXPECT_EQ(Read(drill->id()).outcome(), "warmpathd was restarted");
}

TEST_F(OperatorTest, ADrillNeedsAGreenPathAndAHealthyWayBack) {
  EXPECT_THAT(controller_->StartDrill(DrillOf("mistral", 1), "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("mistral is COLD")));
  EXPECT_THAT(controller_->StartDrill(DrillOf("primary", 1), "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("serves already")));
  EXPECT_THAT(controller_->StartDrill(DrillOf("nobody", 1), "ann"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(controller_->StartDrill(DrillOf("claude", 2), "ann"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("share")));
  v1::StartDrillRequest request = DrillOf("claude", 1);
  *request.mutable_duration() = ToProto(absl::Hours(25));
  EXPECT_THAT(controller_->StartDrill(request, "ann"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("duration")));
  request = DrillOf("claude", 1);
  request.set_validate_only(true);
  ASSERT_THAT(controller_->StartDrill(request, "ann"), IsOk());
  EXPECT_FALSE(Status().has_drill());
  ASSERT_THAT(controller_->StartDrill(DrillOf("claude", 1), "ann"), IsOk());
  EXPECT_THAT(controller_->StartDrill(DrillOf("claude", 1), "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is running")));
}

}  // namespace
}  // namespace warmpath::testing
