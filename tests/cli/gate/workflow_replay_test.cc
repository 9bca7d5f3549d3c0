// What the controller recorded while it ran, and what its stored cards say afterwards.
#include "cli/gate/workflow_replay.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "failover/verdict.h"
#include "tests/failover/controller_fixture.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using testing::ControllerTest;
using testing::IsOk;

class WorkflowReplayTest : public ControllerTest {
 protected:
  WorkflowReplayTest() {
    Support().set_mode(v1::FAILOVER_MODE_OBSERVE);
    *Support().mutable_gate()->mutable_t_cold() = ToProto(absl::Hours(1));
    *Support().mutable_gate()->mutable_red_dwell() = ToProto(absl::Minutes(2));
  }

  // Starts with buckets of this length, and a controller that knows what is under way.
  void StartWith(absl::Duration bucket) {
    *Support().mutable_gate()->mutable_bucket() = ToProto(bucket);
    Start();
    FailoverControllerOptions options;
    options.oldest_pending = [this](const std::string&, const std::string& path) {
      absl::Time oldest = absl::InfiniteFuture();
      for (const auto& [due, card] : under_way_) {
        if (card.candidate_path() == path)
          oldest = std::min(oldest, FromProto(card.dispatch_time()));
      }
      return oldest;
    };
    auto controller = FailoverController::Create(config_, *store_, clock_, options);
    ASSERT_THAT(controller, IsOk());
    controller_ = *std::move(controller);
  }

  // A second, in which each path is asked with probability `rate`; the answer comes some seconds later, and
  // fails with probability `q`.
  void Second(double rate, double q, bool severe = false) {
    clock_.Advance(absl::Seconds(1));
    for (const std::string path : {"claude", "mistral"}) {
      if (!severe && unit_(random_) >= rate) continue;
      v1::Scorecard card = Card(path, unit_(random_) >= q);
      card.set_evidence_key(absl::StrCat("key", key_));
      if (severe) card.add_findings()->set_severity(v1::SEVERITY_SEVERE);
      const int seconds = severe ? 0 : static_cast<int>(20 * unit_(random_));
      under_way_.emplace(clock_.Now() + absl::Seconds(seconds), card);
    }
    while (!under_way_.empty() && under_way_.begin()->first <= clock_.Now()) {
      ASSERT_THAT(store_->Append(under_way_.begin()->second), IsOk());
      under_way_.erase(under_way_.begin());
    }
    controller_->Tick();
  }
  void Seconds(int n, double rate, double q) {
    for (int i = 0; i < n; ++i) Second(rate, q);
  }
  void Acknowledge(const std::string& path) {
    v1::AcknowledgeSevereRequest request;
    request.set_workflow("support");
    request.set_path(path);
    request.set_reason("a test");
    ASSERT_THAT(controller_->AcknowledgeSevere(request, "ana"), IsOk());
    actions_.push_back({.kind = ReplayAction::Kind::kAcknowledge,
                        .time = clock_.Now(),
                        .path = path,
                        .text = "acknowledged"});
  }

  // "12:00:05 claude: AMBER to GREEN, stale", as the audit has it.
  std::vector<std::string> Recorded() {
    auto page = store_->ListAudit({.workflow = "support", .limit = 1000});
    EXPECT_THAT(page, IsOk());
    std::vector<std::string> changes;
    for (const v1::AuditEntry& entry : page->items) {
      if (entry.action() != "verdict") continue;
      changes.push_back(
          absl::StrCat(absl::FormatTime("%T", FromProto(entry.time()), absl::UTCTimeZone()), " ",
                       entry.detail(), ", ", entry.reason()));
    }
    std::reverse(changes.begin(), changes.end());
    return changes;
  }
  std::vector<std::string> Replayed() {
    auto parameters = MakeWorkflowParameters(Support());
    EXPECT_THAT(parameters, IsOk());
    std::vector<std::string> changes;
    WorkflowReplay replay(
        "support", *parameters, actions_, absl::UnixEpoch(), [&](const ReplayEvent& event) {
          if (event.kind != ReplayEvent::Kind::kState) return;
          std::string reasons;
          for (const v1::VerdictReason& reason : event.verdict.reasons()) {
            absl::StrAppend(&reasons, reasons.empty() ? "" : ", ", ReasonInWords(reason));
          }
          changes.push_back(absl::StrCat(absl::FormatTime("%T", event.time, absl::UTCTimeZone()),
                                         " ", event.path, ": ", ConformanceName(event.from), " to ",
                                         ConformanceName(event.verdict.conformance()), ", ",
                                         reasons));
        });
    EXPECT_THAT(store_->VisitCardsAfter("",
                                        [&](const v1::Scorecard& card) {
                                          replay.Take(card);
                                          return true;
                                        }),
                IsOk());
    replay.Finish(clock_.Now());
    return changes;
  }

  std::mt19937 random_{7};
  std::uniform_real_distribution<double> unit_;
  int key_ = 1;
  std::multimap<absl::Time, v1::Scorecard> under_way_;  // by when the answer comes
  std::vector<ReplayAction> actions_;
};

class RecordedWorkflowReplayTest : public WorkflowReplayTest,
                                   public ::testing::WithParamInterface<absl::Duration> {};

TEST_P(RecordedWorkflowReplayTest, ComesToWhatTheControllerRecorded) {
  StartWith(GetParam());
  Seconds(900, .2, .02);
  Seconds(120, .5, .8);   // goes RED
  Seconds(900, .5, .02);  // and comes back
  Seconds(4200, 0, 0);    // falls silent: stale, then void
  Seconds(600, .3, .02);
  Second(1, 0, /*severe=*/true);
  Seconds(30, .3, .02);
  Acknowledge("claude");
  Seconds(900, .4, .02);
  key_ = 2;
  Seconds(600, .3, .02);
  Seconds(30, 0, 0);
  const std::vector<std::string> recorded = Recorded();
  EXPECT_GE(recorded.size(), 15u);
  EXPECT_EQ(Replayed(), recorded);
}

INSTANTIATE_TEST_SUITE_P(Buckets, RecordedWorkflowReplayTest,
                         ::testing::Values(absl::ZeroDuration(), absl::Seconds(10)));

TEST_F(WorkflowReplayTest, SumsUpTimeAndChangesFromItsStart) {
  Start();
  Seconds(900, 1, 0);
  const absl::Time start = clock_.Now();
  Seconds(600, 1, 0);
  auto parameters = MakeWorkflowParameters(Support());
  ASSERT_THAT(parameters, IsOk());
  WorkflowReplay replay("support", *parameters, {}, start, nullptr);
  ASSERT_THAT(store_->VisitCardsAfter("",
                                      [&](const v1::Scorecard& card) {
                                        replay.Take(card);
                                        return true;
                                      }),
              IsOk());
  replay.Finish(clock_.Now());
  const PathSummary& claude = replay.summaries().at("claude");
  EXPECT_EQ(claude.time_in.at(v1::CONFORMANCE_GREEN), absl::Minutes(10));
  EXPECT_EQ(claude.changes, 0);
  EXPECT_FALSE(claude.first_green.has_value());
  EXPECT_EQ(replay.summaries().at("mistral").time_in.size(), 1u);
}

TEST_F(WorkflowReplayTest, CountsCardsOfPathsThatAreGone) {
  Start();
  auto parameters = MakeWorkflowParameters(Support());
  ASSERT_THAT(parameters, IsOk());
  WorkflowReplay replay("support", *parameters, {}, clock_.Now(), nullptr);
  v1::Scorecard card = Card("gone");
  *card.mutable_create_time() = ToProto(clock_.Now());
  replay.Take(card);
  replay.Finish(clock_.Now() + absl::Hours(1));
  EXPECT_EQ(replay.foreign_cards(), 1);
}

}  // namespace
}  // namespace warmpath
