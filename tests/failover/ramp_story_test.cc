// Flips that move traffic bit by bit, told as stories.
#include <string>
#include <vector>

#include "tests/failover/controller_fixture.h"

namespace warmpath::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

constexpr int kProof = 100;

class RampStory : public ControllerTest {
 protected:
  // Live answers of a path, scored, a second apart.
  void ServeScored(const std::string& path, int n, bool conforms = true) {
    for (int i = 0; i < n; ++i) {
      v1::Scorecard card = Card(path, conforms);
      card.set_source(v1::SCORE_SOURCE_LIVE);
      ASSERT_THAT(store_->Append(card), IsOk());
      controller_->ReportOutcome({.workflow = "support", .path = path});
      Advance(absl::Seconds(1));
    }
  }
  // To the point where the failback has begun.
  void FailOverAndBack() {
    Start();
    MirrorAll({"primary", "claude"}, kProof);
    Fail(3);
    ASSERT_EQ(Active(), "claude");
    MirrorAll({"primary", "claude"}, 16 * 60);
    ASSERT_EQ(Active(), "primary");
    ASSERT_TRUE(Status().has_ramp());
  }
  std::vector<std::string> OnPrimary(int of = 2000) {
    std::vector<std::string> moved;
    for (int i = 0; i < of; ++i) {
      const std::string conversation = "c" + std::to_string(i);
      if (Planned(conversation).front() == "primary") moved.push_back(conversation);
    }
    return moved;
  }
  std::vector<std::string> Audited(const std::string& action) {
    std::vector<std::string> details;
    const auto page = store_->ListAudit({.workflow = "support"});
    for (const v1::AuditEntry& entry : page->items) {
      if (entry.action() == action) details.push_back(entry.detail());
    }
    return details;
  }
};

TEST_F(RampStory, AFailbackMovesConversationsBitByBitAndNoneBackAndForth) {
  FailOverAndBack();
  const v1::Ramp ramp = Status().ramp();
  EXPECT_EQ(ramp.from_path(), "claude");
  EXPECT_EQ(ramp.to_path(), "primary");
  EXPECT_EQ(ramp.phase(), v1::RAMP_PHASE_RUNNING);
  EXPECT_NEAR(ramp.share(), .01 / .9, 1e-6);
  const std::vector<std::string> first = OnPrimary();
  EXPECT_GT(first.size(), 5u);
  EXPECT_LT(first.size(), 60u);
  for (const std::string& conversation : first) {
    EXPECT_THAT(Planned(conversation), ElementsAre("primary", "claude"));
  }
  ServeScored("primary", 40);
  const std::vector<std::string> more = OnPrimary();
  EXPECT_GT(more.size(), first.size());
  EXPECT_THAT(more, IsSupersetOf(first));
  EXPECT_EQ(Status().ramp().scored(), 40);

  ServeScored("primary", 60);
  EXPECT_FALSE(Status().has_ramp());
  EXPECT_EQ(OnPrimary().size(), 2000u);
  EXPECT_THAT(Audited("ramp_end").at(0), HasSubstr("claude to primary: everything is moved after "));
}

TEST_F(RampStory, BadLiveAnswersEndItWhereTheTrafficStillIs) {
  FailOverAndBack();
  ServeScored("primary", 6, /*conforms=*/false);
  EXPECT_EQ(Active(), "claude");
  EXPECT_FALSE(Status().has_ramp());
  EXPECT_EQ(OnPrimary().size(), 0u);
  const v1::Flip flip = Flips().front();
  EXPECT_EQ(flip.cause(), v1::FLIP_CAUSE_NONCONFORMING);
  EXPECT_TRUE(flip.hard());
  EXPECT_THAT(flip.reason(), HasSubstr("the ramp to primary was aborted: schema: "));
}

TEST_F(RampStory, AnOutageOfTheNewPathEndsItToo) {
  FailOverAndBack();
  Fail(3, "primary");
  EXPECT_EQ(Active(), "claude");
  EXPECT_FALSE(Status().has_ramp());
}

TEST_F(RampStory, AnOutageOfTheOldPathMovesTheRestAtOnce) {
  FailOverAndBack();
  Fail(3, "claude");
  EXPECT_EQ(Active(), "primary");
  EXPECT_FALSE(Status().has_ramp());
  EXPECT_EQ(OnPrimary(100).size(), 100u);
}

TEST_F(RampStory, ARestartGoesOnFromTheFirstShare) {
  FailOverAndBack();
  const std::vector<std::string> first = OnPrimary();
  ServeScored("primary", 40);
  ASSERT_GT(OnPrimary().size(), first.size());
  Start();
  ASSERT_TRUE(Status().has_ramp());
  EXPECT_EQ(OnPrimary(), first);
  EXPECT_EQ(Status().ramp().scored(), 0);
  ServeScored("primary", 100);
  EXPECT_FALSE(Status().has_ramp());
}

TEST_F(RampStory, QuietTrafficIsMovedAfterRampMax) {
  FailOverAndBack();
  for (int i = 0; i < 57; ++i) {
    MirrorAll({"primary", "claude"}, 1);
    Advance(absl::Minutes(1));
  }
  EXPECT_TRUE(Status().has_ramp());
  Advance(absl::Minutes(2));
  EXPECT_FALSE(Status().has_ramp());
  EXPECT_EQ(Active(), "primary");
}

TEST_F(RampStory, APinHoldsItAndAFlipEndsIt) {
  FailOverAndBack();
  v1::PinRequest pin;
  pin.set_workflow("support");
  pin.set_reason("wait");
  ASSERT_THAT(controller_->Pin(pin, "ann"), IsOk());
  const double share = Status().ramp().share();
  ServeScored("primary", 60);
  EXPECT_EQ(Status().ramp().share(), share);
  v1::UnpinRequest unpin;
  unpin.set_workflow("support");
  unpin.set_reason("go on");
  ASSERT_THAT(controller_->Unpin(unpin, "ann"), IsOk());
  v1::StartDrillRequest drill;
  drill.set_workflow("support");
  drill.set_path("claude");
  drill.set_reason("now?");
  EXPECT_THAT(controller_->StartDrill(drill, "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("bit by bit")));
  v1::FlipRequest flip;
  flip.set_workflow("support");
  flip.set_to_path("claude");
  flip.set_reason("no");
  const auto response = controller_->Flip(flip, "ann");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(Active(), "claude");
  EXPECT_FALSE(Status().has_ramp());
}

TEST_F(RampStory, AnOperatorMayAskForOne) {
  Start();
  MirrorAll({"claude", "mistral"}, kProof);
  v1::FlipRequest flip;
  flip.set_workflow("support");
  flip.set_to_path("claude");
  flip.set_reason("cheaper");
  flip.set_ramp(true);
  const auto response = controller_->Flip(flip, "ann");
  ASSERT_THAT(response, IsOk());
  EXPECT_THAT(response->warnings(0), HasSubstr("1.1 % of conversations at first"));
  EXPECT_EQ(Status().ramp().from_path(), "primary");
  EXPECT_THAT(controller_->Plan()->Find("support")->ramp->from.name, "primary");
  flip.set_to_path("mistral");
  EXPECT_THAT(controller_->Flip(flip, "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("a ramp is running")));
  flip.set_ramp(false);
  ASSERT_THAT(controller_->Flip(flip, "ann"), IsOk());
  EXPECT_FALSE(Status().has_ramp());
}

TEST_F(RampStory, ConfigSwitchesThemOff) {
  Support().mutable_failover()->set_ramp(false);
  Start();
  MirrorAll({"primary", "claude"}, kProof);
  Fail(3);
  MirrorAll({"primary", "claude"}, 16 * 60);
  EXPECT_EQ(Active(), "primary");
  EXPECT_FALSE(Status().has_ramp());
  EXPECT_EQ(OnPrimary(100).size(), 100u);
}

}  // namespace
}  // namespace warmpath::testing
