#include "absl/strings/str_split.h"
#include "cli/clean_text.h"
#include "cli/render_budget.h"
#include "cli/render_divergences.h"
#include "cli/render_history.h"
#include "cli/render_lists.h"
#include "cli/render_status.h"
#include "cli/table.h"
#include "cli/words.h"
#include "gmock/gmock.h"
#include "tests/cli/fixtures.h"

namespace warmpath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::kNow;
using ::testing::Not;
using testing::SupportStatus;

constexpr Style kPlain{};
constexpr Style kTerminal{.color = true, .shapes = true};

// The line of `text` that has `part`.
std::string LineWith(const std::string& text, const std::string& part) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StrContains(line, part)) return std::string(line);
  }
  return "";
}

TEST(Words, WriteNumbersForPeople) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1'204), "1,204");
  EXPECT_EQ(Grouped(-1'234'567), "-1,234,567");
  EXPECT_EQ(Percent(0.978), "97.8 %");
  EXPECT_EQ(Percent(0.97), "97 %");
  EXPECT_EQ(Percent(1), "100 %");
}

TEST(Words, NeverRoundUpToAHundredPercent) { EXPECT_EQ(Percent(0.99999), "99.9 %"); }

TEST(Words, TellAges) {
  EXPECT_EQ(Ago(ToProto(kNow - absl::Milliseconds(9700)), kNow), "9s ago");
  EXPECT_EQ(Ago(ToProto(kNow + absl::Seconds(5)), kNow), "0s ago");
  EXPECT_EQ(Ago({}, kNow), "never");
}

TEST(RenderBudget, SaysWhatEachPathGetsAndWhy) {
  v1::GetBudgetResponse budget;
  *budget.mutable_plan_time() = ToProto(kNow - absl::Seconds(4));
  budget.set_limit_per_minute(60);
  budget.set_spent_per_minute(13);
  budget.set_tokens_last_hour(1'234'567);
  budget.set_usd_last_hour(1.5);
  budget.set_max_usd_per_hour(4);
  v1::PathBudget& path = *budget.add_paths();
  path.set_workflow("support");
  path.set_path("backup");
  path.set_spend(v1::SPEND_CLASS_PROVE);
  path.set_rate(12);
  path.set_share(0.0004);
  path.set_traffic(30'000);
  path.set_floor(0.35);
  path.set_reason("prove: policy needs 640 more clean samples");
  *budget.add_paths() = path;
  budget.mutable_paths(1)->set_path("other");
  budget.mutable_paths(1)->set_fixed(true);
  budget.mutable_paths(1)->set_share(.2);
  const std::string text = RenderBudget(budget, kNow, kPlain);
  EXPECT_THAT(LineWith(text, "backup"),
              ::testing::MatchesRegex("support +backup +prove +12 +0.04 % +0.35 +30,000 +prove: .*"));
  EXPECT_THAT(LineWith(text, "other"), AllOf(HasSubstr(" fixed "), HasSubstr(" 20 % ")));
  EXPECT_THAT(text, HasSubstr("13 shadows a minute are given out of 60\n"));
  EXPECT_THAT(text, HasSubstr("last hour: 1,234,567 tokens, $1.50 of $4.00\n"));
  EXPECT_THAT(RenderBudget({}, kNow, kPlain), HasSubstr("Nothing is planned yet"));
}

TEST(Table, AlignsColumnsByCharactersNotBytes) {
  Table table({"A", "N"}, {1});
  table.Add({"●●", "7"});
  table.Add({"x", "1,000"});
  EXPECT_EQ(table.Render(kPlain), "A       N\n●●      7\nx   1,000\n");
}

TEST(Table, PaintsWithoutChangingWidths) {
  Table table({"A", "B"});
  table.Add({{"x", Ink::kRed}, "y"});
  EXPECT_EQ(LineWith(table.Render(kTerminal), "x"), "\033[31mx\033[0m  y");
}

TEST(ShownState, FollowsReasons) {
  const struct {
    v1::Conformance conformance;
    v1::ReasonCode reason;
    const char* word;
  } cases[] = {
      {v1::CONFORMANCE_GREEN, v1::REASON_CODE_UNSPECIFIED, "GREEN"},
      {v1::CONFORMANCE_AMBER, v1::REASON_CODE_SUSPECT, "AMBER"},
      {v1::CONFORMANCE_AMBER, v1::REASON_CODE_STALE, "STALE"},
      {v1::CONFORMANCE_RED, v1::REASON_CODE_VIOLATING, "RED"},
      {v1::CONFORMANCE_COLD, v1::REASON_CODE_SILENT, "COLD"},
      {v1::CONFORMANCE_COLD, v1::REASON_CODE_FEW_SAMPLES, "NO DATA"},
      {v1::CONFORMANCE_UNSPECIFIED, v1::REASON_CODE_UNSPECIFIED, "NO DATA"},
  };
  for (const auto& c : cases) {
    v1::PathVerdict verdict;
    verdict.set_conformance(c.conformance);
    verdict.add_reasons()->set_code(c.reason);
    EXPECT_EQ(StateWord(ShownStateOf(verdict)), c.word);
  }
}

TEST(ChooseStyle, IsPlainOutsideATerminalAndHonoursNoColor) {
  EXPECT_FALSE(ChooseStyle(false, "", "xterm", "C.UTF-8").shapes);
  EXPECT_FALSE(ChooseStyle(true, "", "dumb", "C.UTF-8").color);
  EXPECT_TRUE(ChooseStyle(true, "", "xterm", "de_DE.utf8").shapes);
  const Style no_color = ChooseStyle(true, "1", "xterm", "C.UTF-8");
  EXPECT_FALSE(no_color.color);
  EXPECT_TRUE(no_color.shapes);
  EXPECT_FALSE(ChooseStyle(true, "", "xterm", "C").shapes);
}

TEST(RenderStatus, SaysWhoServesAndWhereAFailoverGoes) {
  const std::string text = RenderStatus(SupportStatus(), kPlain, false);
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("support  enforce  primary serves since "), HasSubstr("(2h), never flipped"),
            HasSubstr("Failover would go to backup."), HasSubstr("1,204 live requests")));
}

TEST(RenderStatus, ShowsTheWeakestDimensionWithCountAndAge) {
  const std::string row = LineWith(RenderStatus(SupportStatus(), kPlain, false), "+  backup");
  EXPECT_THAT(row, AllOf(HasSubstr("GREEN"), HasSubstr("tools 97.8 % (>= 97 %)"),
                         HasSubstr("4,112"), HasSubstr("9s ago"), HasSubstr("412 of 420")));
}

TEST(RenderStatus, GivesReasonsDistanceAndDrops) {
  EXPECT_THAT(
      RenderStatus(SupportStatus(), kPlain, false),
      AllOf(HasSubstr("violating (tools): 71 % of 300 samples conform"),
            HasSubstr("to GREEN: 28 min of hold-down"), HasSubstr("not mirrored: 8 queue full")));
}

TEST(RenderStatus, TellsHowMuchADegradedPathLeavesToPeople) {
  v1::GetStatusResponse status = SupportStatus();
  EXPECT_THAT(RenderStatus(status, kPlain, false), Not(HasSubstr("to people")));
  v1::PathStatus& path = *status.mutable_workflows(0)->mutable_paths(1);
  path.mutable_verdict()->set_handover_ratio(.38);
  EXPECT_THAT(RenderStatus(status, kPlain, false), HasSubstr("leaves 38 % to people"));
}

TEST(RenderStatus, DrawsShapesOnlyOnATerminal) {
  EXPECT_THAT(RenderStatus(SupportStatus(), kTerminal, false),
              AllOf(HasSubstr("\033[32m● GREEN\033[0m"), HasSubstr("\033[31m■ RED\033[0m")));
  EXPECT_THAT(RenderStatus(SupportStatus(), kPlain, false),
              AllOf(Not(HasSubstr("●")), Not(HasSubstr("\033"))));
}

TEST(RenderStatus, TellsNoTrafficFromNoSamplesFromNoStore) {
  v1::GetStatusResponse status = SupportStatus();
  v1::WorkflowStatus& support = *status.mutable_workflows(0);
  for (v1::PathStatus& path : *support.mutable_paths())
    path.mutable_verdict()->clear_evidence_time();
  EXPECT_THAT(RenderStatus(status, kPlain, false),
              HasSubstr("No samples yet: 1,204 live requests, 420 sampled"));
  support.set_live_requests(0);
  EXPECT_THAT(RenderStatus(status, kPlain, false), HasSubstr("No traffic"));
  status.mutable_store()->set_writable(false);
  status.mutable_store()->set_error("disk full");
  EXPECT_THAT(RenderStatus(status, kPlain, false),
              HasSubstr("Store unreachable: it refuses evidence: disk full"));
}

TEST(RenderStatus, SaysDowntimePinFlipAndDrill) {
  v1::GetStatusResponse status = SupportStatus();
  v1::WorkflowStatus& support = *status.mutable_workflows(0);
  support.set_pinned(true);
  support.set_pin_reason("release, by ana");
  support.mutable_last_flip()->set_id("flip_1");
  support.mutable_last_flip()->set_enforced(true);
  support.mutable_last_flip()->set_from_path("budget");
  support.mutable_last_flip()->set_actor("ana");
  support.mutable_last_flip()->set_reason("incident over");
  support.mutable_drill()->set_path("backup");
  support.mutable_drill()->set_share(0.05);
  *support.mutable_drill()->mutable_deadline_time() = ToProto(kNow + absl::Minutes(10));
  EXPECT_THAT(
      RenderStatus(status, kPlain, false),
      AllOf(HasSubstr("flipped from budget by ana: incident over"),
            HasSubstr("pinned: release, by ana"),
            HasSubstr("drill: 5 % of conversations go to backup"), HasSubstr("ends in 10 min")));
  support.clear_drill();
  support.mutable_ramp()->set_from_path("backup");
  support.mutable_ramp()->set_to_path("primary");
  support.mutable_ramp()->set_phase(v1::RAMP_PHASE_HELD);
  support.mutable_ramp()->set_share(0.25);
  support.mutable_ramp()->set_scored(300);
  support.mutable_ramp()->set_failed(4);
  *support.mutable_ramp()->mutable_start_time() = ToProto(kNow - absl::Minutes(4));
  EXPECT_THAT(RenderStatus(status, kPlain, false),
              HasSubstr("ramp: 25 % of conversations moved from backup to primary, held since 4 min; 4 of "
                        "300 live answers do not conform"));
  support.clear_active_path();
  EXPECT_THAT(RenderStatus(status, kPlain, false), HasSubstr("nothing serves (downtime)"));
}

TEST(RenderHistory, SumsASeriesAndMarksThinPoints) {
  v1::GetHistoryResponse history;
  *history.mutable_bucket() = ToProto(absl::Seconds(30));
  v1::HistorySeries& series = *history.add_series();
  series.set_path("backup");
  series.set_dimension(v1::DIMENSION_TOOLS);
  series.set_theta(0.97);
  for (const auto& [pass, fail] : {std::pair(96, 4), std::pair(2, 0)}) {
    v1::HistoryPoint& point = *series.add_points();
    *point.mutable_start_time() = ToProto(kNow - absl::Minutes(1));
    point.set_pass(pass);
    point.set_fail(fail);
  }
  const std::string row = LineWith(RenderHistory(history, kNow, kPlain, false), "backup");
  EXPECT_THAT(row, AllOf(HasSubstr("96.1 %"), HasSubstr("97 %"), HasSubstr("102")));
  EXPECT_THAT(RenderHistory(history, kNow, kPlain, true), HasSubstr("too few"));
  EXPECT_THAT(RenderHistory({}, kNow, kPlain, false), HasSubstr("No samples were scored"));
}

TEST(RenderDivergences, ListsClustersThenCards) {
  v1::ListDivergencesResponse divergences;
  v1::DivergenceCluster& cluster = *divergences.add_clusters();
  cluster.set_path("budget");
  cluster.set_dimension(v1::DIMENSION_TOOLS);
  cluster.set_kind(v1::FINDING_KIND_ARGUMENT_DIFFERS);
  cluster.set_pointer("/tool_calls/*/arguments/amount");
  cluster.set_count(312);
  cluster.set_share(0.71);
  divergences.set_clustered_cards(440);
  const std::string text = RenderDivergences(divergences, kNow, kPlain);
  EXPECT_THAT(LineWith(text, "312"), AllOf(HasSubstr("71 %"), HasSubstr("argument differs"),
                                           HasSubstr("/tool_calls/*/arguments/amount")));
  EXPECT_THAT(text, HasSubstr("440 divergent cards in the range"));
  EXPECT_EQ(RenderDivergences({}, kNow, kPlain), "No divergence in this range.\n");
}

TEST(RenderCards, SaysWhatAskingAgainShowed) {
  v1::GetScorecardResponse cards;
  v1::Scorecard& card = *cards.add_cards();
  card.set_id("card_2");
  card.set_candidate_path("backup");
  card.set_control_path("main");
  card.set_source(v1::SCORE_SOURCE_CONFIRMATION);
  EXPECT_THAT(RenderCards(cards, kNow, kPlain), Not(HasSubstr("asked again")));
  v1::Confirmation& confirmation = *card.mutable_confirmation();
  confirmation.set_card_id("card_1");
  confirmation.set_candidate_answers(5);
  confirmation.set_candidate_proceeds(4);
  confirmation.set_primary_answers(5);
  confirmation.set_primary_refuses(5);
  confirmation.set_result(v1::CONFIRMATION_RESULT_CONFIRMED);
  EXPECT_THAT(RenderCards(cards, kNow, kPlain),
              HasSubstr("confirmed: went ahead in 4 of 5 answers, main refused in 5 of 5; card card_1"));
}

TEST(RenderFlip, ShowsWarningsAndTheWayBack) {
  v1::FlipResponse response;
  response.mutable_flip()->set_workflow("support");
  response.mutable_flip()->set_from_path("primary");
  response.mutable_flip()->set_to_path("backup");
  response.add_warnings("backup is AMBER");
  response.set_undo_command("warmpath flip support --to primary --reason ...");
  const std::string text = RenderFlip(response, /*dry_run=*/true, kPlain);
  EXPECT_THAT(text, AllOf(HasSubstr("warning: backup is AMBER"),
                          HasSubstr("support: primary -> backup (dry run"),
                          HasSubstr("undo: warmpath flip support --to primary")));
}

TEST(CleanText, TakesControlCharactersFromEveryString) {
  v1::GetStatusResponse status = SupportStatus();
  status.mutable_workflows(0)->set_pin_reason("a\033[2Jb\nc\302\233d\u00e9");
  status.mutable_workflows(0)->mutable_paths(2)->mutable_verdict()->mutable_reasons(0)->set_detail(
      "x\ry");
  CleanText(status);
  EXPECT_EQ(status.workflows(0).pin_reason(), "a [2Jb c  d\u00e9");
  EXPECT_EQ(status.workflows(0).paths(2).verdict().reasons(0).detail(), "x y");
}

}  // namespace
}  // namespace warmpath
