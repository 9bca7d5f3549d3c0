// A candidate that goes ahead where the primary refused is asked again, and the primary too.
#include "shadow/confirmations.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/shadow/mirror_fixture.h"

namespace warmpath {
namespace {

using testing::IsOk;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kRefusal[] = "I'm sorry, but I can't help with that.";
constexpr char kAnswer[] = "We open at nine o'clock every day.";

// Whatever it said live, the primary answers as `primary` says from now on.
std::string Config(std::string_view primary, std::string_view more = "") {
  return absl::StrReplaceAll(
      R"yaml(
store: {path: unused}
providers:
  refuses: {kind: static, static: {text: "I'm sorry, but I can't help with that."}}
  answers: {kind: static, static: {text: "We open at nine o'clock every day."}}
  vendor: {kind: openai, base_url: "http://127.0.0.1:9"}
workflows:
  desk:
    paths:
      - {name: main, role: primary, provider: PRIMARY}
      - {name: one, role: backup, provider: answers}
      - {name: two, role: backup, provider: answers}
      - {name: three, role: backup, provider: answers}
    mirror: {rate: 1, max_requests_per_second: 1000}
MORE
)yaml",
      {{"PRIMARY", {primary.data(), primary.size()}}, {"MORE", {more.data(), more.size()}}});
}

class ConfirmationsTest : public testing::MirrorFixture {
 protected:
  std::vector<v1::Scorecard> Confirmed() { return Cards(v1::SCORE_SOURCE_CONFIRMATION); }
  std::string Counted(std::string_view path, std::string_view result) {
    return absl::StrCat("warmpath_confirmations_total{workflow=\"desk\",path=\"",
                        absl::string_view(path.data(), path.size()), "\",result=\"",
                        absl::string_view(result.data(), result.size()), "\"}");
  }
};

TEST_F(ConfirmationsTest, ASteadyViolationIsConfirmed) {
  Configure(Config("refuses"));
  Offer(Served(kRefusal));
  ASSERT_THAT(Confirmed(), SizeIs(3));
  for (const v1::Scorecard& card : Confirmed()) {
    const auto original = store_->GetCard(card.confirmation().card_id());
    ASSERT_THAT(original, IsOk());
    EXPECT_EQ(original->false_proceed(), 1);
    EXPECT_EQ(original->source(), v1::SCORE_SOURCE_MIRROR);
    EXPECT_EQ(original->candidate_path(), card.candidate_path());
    EXPECT_EQ(card.evidence_key(), original->evidence_key());
    EXPECT_EQ(card.key_parts().path(), original->key_parts().path());
    EXPECT_EQ(card.control_path(), "main");
    EXPECT_EQ(card.result(), v1::EXCHANGE_RESULT_SCORED);
    EXPECT_THAT(card.scores(), IsEmpty());
    EXPECT_FALSE(card.has_false_proceed());
    EXPECT_EQ(card.confirmation().candidate_answers(), 5);
    EXPECT_EQ(card.confirmation().candidate_proceeds(), 5);
    EXPECT_EQ(card.confirmation().primary_answers(), 5);
    EXPECT_EQ(card.confirmation().primary_refuses(), 5);
    EXPECT_EQ(card.confirmation().result(), v1::CONFIRMATION_RESULT_CONFIRMED);
  }
  EXPECT_THAT(metrics_.Text(), HasSubstr(Counted("one", "confirmed") + " 1"));
  ExpectAllSettled();
}

TEST_F(ConfirmationsTest, APrimaryThatRefusedOnceProvesNothing) {
  Configure(Config("answers"));
  Offer(Served(kRefusal));
  ASSERT_THAT(Confirmed(), SizeIs(3));
  EXPECT_EQ(Confirmed()[0].confirmation().primary_refuses(), 0);
  EXPECT_EQ(Confirmed()[0].confirmation().result(), v1::CONFIRMATION_RESULT_NOT_CONFIRMED);
}

TEST_F(ConfirmationsTest, APrimaryThatDoesNotAnswerSettlesNothing) {
  Configure(Config("vendor, model: m, capabilities: {context_window_tokens: 1}"));
  Offer(Served(kRefusal));
  ASSERT_THAT(Confirmed(), SizeIs(3));
  EXPECT_EQ(Confirmed()[0].confirmation().candidate_answers(), 5);
  EXPECT_EQ(Confirmed()[0].confirmation().primary_answers(), 0);
  EXPECT_EQ(Confirmed()[0].confirmation().result(), v1::CONFIRMATION_RESULT_INCONCLUSIVE);
  EXPECT_THAT(metrics_.Text(), HasSubstr(Counted("one", "inconclusive") + " 1"));
}

TEST_F(ConfirmationsTest, WhatMayBeSpentBoundsIt) {
  // Enough tokens for the shadow itself, two more answers of the candidate and three of the primary.
  Configure(absl::StrReplaceAll(Config("refuses"),
                                {{"max_requests_per_second: 1000",
                                  "max_requests_per_second: 1000, max_tokens_per_day: 1600"}}));
  Offer(Served(kRefusal));
  ASSERT_THAT(Confirmed(), SizeIs(3));
  EXPECT_LT(Confirmed()[0].confirmation().candidate_answers(), 4);
  EXPECT_EQ(Confirmed()[0].confirmation().result(), v1::CONFIRMATION_RESULT_INCONCLUSIVE);
}

TEST_F(ConfirmationsTest, OneAtATimeForEachPath) {
  Configure(Config("refuses"));
  mirror_->Offer(Served(kRefusal, 1));
  mirror_->Offer(Served(kRefusal, 2));
  Run();
  EXPECT_THAT(Confirmed(), SizeIs(3));
  for (const char* path : {"one", "two", "three"}) {
    EXPECT_THAT(metrics_.Text(), HasSubstr(Counted(path, "confirmation_pending") + " 1"));
  }
  // The next one is free to begin once that is settled.
  Offer(Served(kRefusal, 3));
  EXPECT_THAT(Confirmed(), SizeIs(6));
}

TEST_F(ConfirmationsTest, NothingIsAskedAgainWhereThePrimaryWentAheadOrDidNotServe) {
  Configure(Config("refuses"));
  Offer(Served(kAnswer));
  EXPECT_THAT(Confirmed(), IsEmpty());
  Exchange exchange = Served(kRefusal);
  exchange.answer.path = "one";
  Offer(std::move(exchange));
  EXPECT_THAT(Confirmed(), IsEmpty());
}

TEST_F(ConfirmationsTest, NothingIsAskedAgainForAWorkflowThatAReloadTookAway) {
  Configure(Config("refuses"));
  mirror_->Offer(Served(kRefusal));
  ASSERT_THAT(mirror_->Configure(std::make_shared<v1::Config>(), {}), IsOk());
  Run();
  EXPECT_THAT(Cards(v1::SCORE_SOURCE_MIRROR), SizeIs(3));
  EXPECT_THAT(Confirmed(), IsEmpty());
  EXPECT_THAT(metrics_.Text(), HasSubstr(Counted("one", "workflow_gone") + " 1"));
}

TEST_F(ConfirmationsTest, IsAChoice) {
  Configure(Config("refuses", "    gate: {confirm_false_proceed: false}"));
  Offer(Served(kRefusal));
  EXPECT_THAT(Confirmed(), IsEmpty());
  EXPECT_THAT(metrics_.Text(), Not(HasSubstr("warmpath_confirmations_total{")));
}

TEST_F(ConfirmationsTest, AreNoEvidence) {
  Configure(Config("refuses"));
  Offer(Served(kRefusal));
  ASSERT_THAT(Confirmed(), SizeIs(3));
  const auto tallies = store_->ReadTallies("desk", "one", absl::InfinitePast(), absl::InfiniteFuture());
  ASSERT_THAT(tallies, IsOk());
  for (const v1::TallyEntry& entry : *tallies) {
    const v1::Tally& tally = entry.tally();
    EXPECT_EQ(tally.pass() + tally.fail() + tally.not_applicable() + tally.scorer_error(), 1);
  }
  CardQuery query;
  query.workflow = "desk";
  query.only_divergent = true;
  const auto divergences = store_->ListCards(query);
  ASSERT_THAT(divergences, IsOk());
  for (const v1::Scorecard& card : divergences->items) {
    EXPECT_NE(card.source(), v1::SCORE_SOURCE_CONFIRMATION);
  }
}

v1::ConfirmationResult Result(int proceeds, int of, int refuses, int of_primary) {
  v1::Confirmation counts;
  counts.set_candidate_proceeds(proceeds);
  counts.set_candidate_answers(of);
  counts.set_primary_refuses(refuses);
  counts.set_primary_answers(of_primary);
  return ResultOf(counts);
}

TEST(ResultOf, TakesFourOfFiveOnBothSides) {
  EXPECT_EQ(Result(5, 5, 5, 5), v1::CONFIRMATION_RESULT_CONFIRMED);
  EXPECT_EQ(Result(4, 5, 4, 5), v1::CONFIRMATION_RESULT_CONFIRMED);
  EXPECT_EQ(Result(4, 4, 4, 4), v1::CONFIRMATION_RESULT_CONFIRMED);
  EXPECT_EQ(Result(3, 5, 5, 5), v1::CONFIRMATION_RESULT_NOT_CONFIRMED);
  EXPECT_EQ(Result(5, 5, 3, 5), v1::CONFIRMATION_RESULT_NOT_CONFIRMED);
  EXPECT_EQ(Result(3, 4, 4, 4), v1::CONFIRMATION_RESULT_NOT_CONFIRMED);
  EXPECT_EQ(Result(5, 5, 3, 3), v1::CONFIRMATION_RESULT_INCONCLUSIVE);
  EXPECT_EQ(Result(0, 3, 5, 5), v1::CONFIRMATION_RESULT_INCONCLUSIVE);
}

}  // namespace
}  // namespace warmpath
