// Hints: somebody says that a path may have changed.
#include <string>
#include <vector>

#include "tests/failover/controller_fixture.h"

namespace warmpath::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kProof = 100;

class HintTest : public ControllerTest {
 protected:
  double Against(const std::string& path) {
    return PathOf(path).verdict().dimensions(0).evidence_against();
  }
  v1::HintRequest HintOn(const std::string& path) {
    v1::HintRequest request;
    request.set_workflow("support");
    request.set_path(path);
    request.set_reason("a new build was announced");
    return request;
  }
  std::vector<std::string> Hints(const std::string& workflow) {
    std::vector<std::string> hints;
    const auto page = store_->ListAudit({.workflow = workflow});
    for (const v1::AuditEntry& entry : page->items) {
      if (entry.action() == "hint") {
        hints.push_back(entry.actor() + ": " + entry.detail() + ": " + entry.reason());
      }
    }
    return hints;
  }
};

TEST_F(HintTest, AddsStartMassAtOnceAndForGood) {
  Start();
  Mirror("claude", kProof);
  const double before = Against("claude");
  v1::HintRequest request = HintOn("claude");
  request.set_validate_only(true);
  const auto would = controller_->Hint(request, "ann");
  ASSERT_THAT(would, IsOk());
  EXPECT_NEAR(would->verdict().dimensions(0).evidence_against(), before + .05, 1e-9);
  EXPECT_EQ(Against("claude"), before);
  request.set_validate_only(false);
  request.set_request_id("once");
  ASSERT_THAT(controller_->Hint(request, "ann"), IsOk());
  ASSERT_THAT(controller_->Hint(request, "ann"), IsOk());
  EXPECT_NEAR(Against("claude"), before + .05, 1e-9);
  EXPECT_EQ(Verdict("claude"), v1::CONFORMANCE_GREEN) << "it is no evidence";
  EXPECT_THAT(Hints("support"), ElementsAre("ann: claude: a new build was announced"));
  Start();
  EXPECT_NEAR(Against("claude"), before + .05, 1e-9);
}

TEST_F(HintTest, NeedsAReasonAPathAndEvidence) {
  Start();
  v1::HintRequest request = HintOn("claude");
  EXPECT_THAT(controller_->Hint(request, "ann"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no evidence yet")));
  request.clear_reason();
  EXPECT_THAT(controller_->Hint(request, "ann"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(controller_->Hint(HintOn("nobody"), "ann"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(HintTest, ASuspectPathIsAHintOnTheSameModelElsewhere) {
  (*config_.mutable_workflows())["billing"] = Support();
  Start();
  const auto mirror = [&](const std::string& workflow, const std::string& path, bool conforms) {
    v1::Scorecard card = Card(path, conforms);
    card.set_workflow(workflow);
    ASSERT_THAT(store_->Append(card), IsOk());
  };
  for (int i = 0; i < kProof; ++i) {
    mirror("support", "claude", true);
    mirror("billing", "claude", true);
    mirror("billing", "mistral", true);
    Advance(absl::Seconds(1));
  }
  const auto fail = [&] {
    for (int i = 0; i < 20 && Verdict("claude") == v1::CONFORMANCE_GREEN; ++i) {
      mirror("support", "claude", false);
      Advance(absl::Seconds(1));
    }
  };
  fail();
  ASSERT_EQ(Verdict("claude"), v1::CONFORMANCE_AMBER);
  EXPECT_THAT(Hints("billing"), ElementsAre("automatic: claude: claude of workflow support, the same "
                                            "model, became suspect"));
  EXPECT_THAT(Hints("support"), ElementsAre());
  // Trusted again and suspect again: one hint in half an hour is enough.
  for (int i = 0; i < 15 * 60; ++i) {
    mirror("support", "claude", true);
    Advance(absl::Seconds(1));
  }
  ASSERT_EQ(Verdict("claude"), v1::CONFORMANCE_GREEN);
  fail();
  ASSERT_EQ(Verdict("claude"), v1::CONFORMANCE_AMBER);
  EXPECT_EQ(Hints("billing").size(), 1u);
  Start();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Hints("billing").size(), 1u) << "a restart is no news";
}

}  // namespace
}  // namespace warmpath::testing
