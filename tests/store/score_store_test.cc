#include "store/score_store.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/store/store_fixture.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::IsOk;
using testing::MakeCard;
using testing::StatusIs;
using testing::ValueOf;

using ScoreStoreTest = testing::StoreTest;

v1::Flip MakeFlip(const std::string& id, const std::string& workflow) {
  v1::Flip flip;
  flip.set_id(id);
  flip.set_workflow(workflow);
  flip.set_to_path("backup");
  return flip;
}

v1::ActiveState MakeState(const std::string& workflow, const std::string& path) {
  v1::ActiveState state;
  state.set_workflow(workflow);
  state.set_active_path(path);
  return state;
}

TEST_F(ScoreStoreTest, GivesACardItsIdAndCreateTime) {
  const std::string id = Append("desk", "backup");
  EXPECT_THAT(id, SizeIs(26));
  const v1::Scorecard card = ValueOf(store_->GetCard(id));
  EXPECT_EQ(card.id(), id);
  EXPECT_EQ(FromProto(card.create_time()), clock_.Now());
  EXPECT_EQ(card.candidate_path(), "backup");
  EXPECT_EQ(card.scores_size(), 1);
}

TEST_F(ScoreStoreTest, HasNoCardThatWasNeverAppended) {
  EXPECT_THAT(store_->GetCard("nothing"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ScoreStoreTest, RefusesACardWithoutWorkflowOrPath) {
  EXPECT_THAT(store_->Append(MakeCard("", "p", v1::SCORE_VERDICT_PASS, clock_.Now())),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store_->Append(MakeCard("w", "", v1::SCORE_VERDICT_PASS, clock_.Now())),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ScoreStoreTest, RefusesACardThatIsTooLarge) {
  v1::Scorecard card = MakeCard("w", "p", v1::SCORE_VERDICT_PASS, clock_.Now());
  card.set_served_model(std::string(2 << 20, 'x'));
  EXPECT_THAT(store_->Append(card), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1 MiB")));
  EXPECT_THAT(IdsAfter(""), IsEmpty());
}

TEST_F(ScoreStoreTest, VisitsCardsInTheOrderOfTheirIdsFromAnyOne) {
  const std::string a = Append("w", "p"), b = Append("v", "q"), c = Append("w", "p");
  EXPECT_THAT(IdsAfter(""), ElementsAre(a, b, c));
  EXPECT_THAT(IdsAfter(a), ElementsAre(b, c));
  EXPECT_THAT(IdsAfter(c), IsEmpty());
}

TEST_F(ScoreStoreTest, StopsVisitingWhenToldTo) {
  Append("w", "p");
  Append("w", "p");
  int visited = 0;
  EXPECT_THAT(store_->VisitCardsAfter("", [&](const v1::Scorecard&) { return ++visited < 1; }),
              IsOk());
  EXPECT_EQ(visited, 1);
}

TEST_F(ScoreStoreTest, AppendsDuringAVisitWithoutShowingThemToIt) {
  Append("w", "p");
  int visited = 0;
  EXPECT_THAT(store_->VisitCardsAfter("",
                                      [&](const v1::Scorecard&) {
                                        ++visited;
                                        Append("w", "p");
                                        return true;
                                      }),
              IsOk());
  EXPECT_EQ(visited, 1);
  EXPECT_THAT(IdsAfter(""), SizeIs(2));
}

TEST_F(ScoreStoreTest, AppendsABatchInOrder) {
  std::vector<NewCard> cards(3);
  for (size_t i = 0; i < cards.size(); ++i) {
    cards[i].card = MakeCard("w", absl::StrCat("p", i), v1::SCORE_VERDICT_PASS, clock_.Now());
  }
  cards[1].body.emplace().set_request("redacted");
  const std::vector<std::string> ids = ValueOf(store_->AppendBatch(cards));
  EXPECT_EQ(IdsAfter(""), ids);
  EXPECT_EQ(ValueOf(store_->GetCard(ids[2])).candidate_path(), "p2");
  EXPECT_EQ(ValueOf(store_->GetBody(ids[1]))->request(), "redacted");
}

TEST_F(ScoreStoreTest, AppendsNothingOfABatchWithOneBadCard) {
  std::vector<NewCard> cards(2);
  cards[0].card = MakeCard("w", "p", v1::SCORE_VERDICT_PASS, clock_.Now());
  EXPECT_THAT(store_->AppendBatch(cards), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(IdsAfter(""), IsEmpty());
}

TEST_F(ScoreStoreTest, FindsTheCardsOfOneExchange) {
  v1::Scorecard card = MakeCard("w", "p", v1::SCORE_VERDICT_PASS, clock_.Now());
  card.set_request_id("req_7");
  const std::string first = ValueOf(store_->Append(card));
  Append("w", "p");  // of another one
  const std::string second = ValueOf(store_->Append(card));
  const std::vector<v1::Scorecard> cards = ValueOf(store_->CardsOfExchange("req_7"));
  ASSERT_THAT(cards, SizeIs(2));
  EXPECT_EQ(cards[0].id(), first);
  EXPECT_EQ(cards[1].id(), second);
  EXPECT_THAT(ValueOf(store_->CardsOfExchange("req_")), IsEmpty());
}

TEST_F(ScoreStoreTest, KeepsBodiesOnlyWhereGiven) {
  v1::DivergentBody body;
  body.set_candidate("no");
  const std::string id = ValueOf(
      store_->Append(MakeCard("w", "p", v1::SCORE_VERDICT_FAIL, clock_.Now()), body));
  EXPECT_EQ(ValueOf(store_->GetBody(id))->candidate(), "no");
  EXPECT_EQ(ValueOf(store_->GetBody(id))->card_id(), id);
  EXPECT_EQ(ValueOf(store_->GetBody(Append("w", "p"))), std::nullopt);
}

TEST_F(ScoreStoreTest, GivesOutNoBodyPastItsRetention) {
  const std::string id = ValueOf(store_->Append(
      MakeCard("w", "p", v1::SCORE_VERDICT_FAIL, clock_.Now()), v1::DivergentBody()));
  clock_.Advance(options_.body_retention);
  EXPECT_TRUE(ValueOf(store_->GetBody(id)).has_value());
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(ValueOf(store_->GetBody(id)).has_value());
  EXPECT_THAT(store_->GetCard(id), IsOk());
}

TEST_F(ScoreStoreTest, IdsGrowWhenTheClockStepsBackAndOverRestarts) {
  std::string last = Append("w", "p");
  for (int round = 0; round < 3; ++round) {
    clock_.Advance(-absl::Hours(1));
    Open();
    for (const std::string& id : {store_->NewId(), Append("w", "p")}) {
      EXPECT_GT(id, last);
      last = id;
    }
  }
}

TEST_F(ScoreStoreTest, IdsGrowBeyondThoseOfOtherRecordsToo) {
  const std::string flip = store_->NewId();
  EXPECT_THAT(store_->PutFlip(MakeFlip(flip, "w"), std::nullopt), IsOk());
  clock_.Advance(-absl::Hours(1));
  Open();
  EXPECT_GT(store_->NewId(), flip);
}

TEST_F(ScoreStoreTest, ReplacesCheckpointsByWorkflowAndPath) {
  v1::JudgeCheckpoint one, two;
  one.set_workflow("w");
  one.set_path("p");
  two.set_workflow("w");
  two.set_path("q");
  EXPECT_THAT(store_->PutCheckpoints({one, two}), IsOk());
  one.set_last_card_id("newer");
  EXPECT_THAT(store_->PutCheckpoints({one}), IsOk());
  Open();
  const std::vector<v1::JudgeCheckpoint> read = ValueOf(store_->ListCheckpoints());
  ASSERT_THAT(read, SizeIs(2));
  EXPECT_EQ(read[0].last_card_id(), "newer");
  EXPECT_EQ(read[1].path(), "q");
}

TEST_F(ScoreStoreTest, WritesAFlipTogetherWithItsState) {
  EXPECT_THAT(store_->PutFlip(MakeFlip(store_->NewId(), "w"), MakeState("w", "backup")), IsOk());
  Open();
  EXPECT_THAT(ValueOf(store_->ListFlips({.workflow = "w"})).items, SizeIs(1));
  const std::vector<v1::ActiveState> states = ValueOf(store_->ListActiveStates());
  ASSERT_THAT(states, SizeIs(1));
  EXPECT_EQ(states[0].active_path(), "backup");
}

TEST_F(ScoreStoreTest, AFlipThatWasOnlyObservedChangesNoState) {
  EXPECT_THAT(store_->PutActiveState(MakeState("w", "primary")), IsOk());
  EXPECT_THAT(store_->PutFlip(MakeFlip(store_->NewId(), "w"), std::nullopt), IsOk());
  EXPECT_EQ(ValueOf(store_->ListActiveStates())[0].active_path(), "primary");
}

TEST_F(ScoreStoreTest, RefusesRecordsWithoutNames) {
  EXPECT_THAT(store_->PutFlip(MakeFlip("", "w"), std::nullopt),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store_->PutFlip(MakeFlip("id", "w"), MakeState("v", "p")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store_->PutActiveState({}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store_->PutDrill({}), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ScoreStoreTest, ReplacesADrillUnderItsId) {
  v1::Drill drill;
  drill.set_id(store_->NewId());
  drill.set_workflow("w");
  drill.set_state(v1::DRILL_STATE_RUNNING);
  EXPECT_THAT(store_->PutDrill(drill), IsOk());
  drill.set_state(v1::DRILL_STATE_SUCCEEDED);
  EXPECT_THAT(store_->PutDrill(drill), IsOk());
  EXPECT_EQ(ValueOf(store_->GetDrill(drill.id())).state(), v1::DRILL_STATE_SUCCEEDED);
  EXPECT_THAT(ValueOf(store_->ListDrills({})).items, SizeIs(1));
  EXPECT_THAT(store_->GetDrill("other"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ScoreStoreTest, GivesReviewsAndAuditEntriesTheirIdsAndTimes) {
  EXPECT_THAT(store_->PutReview({}), IsOk());
  v1::AuditEntry entry;
  entry.set_action("reload");
  EXPECT_THAT(store_->PutAudit(entry), IsOk());
  const v1::Review review = ValueOf(store_->ListReviews({})).items.at(0);
  EXPECT_EQ(FromProto(review.create_time()), clock_.Now());
  const v1::AuditEntry read = ValueOf(store_->ListAudit({})).items.at(0);
  EXPECT_EQ(FromProto(read.time()), clock_.Now());
  EXPECT_EQ(read.action(), "reload");
  EXPECT_GT(read.id(), review.id());
}

TEST_F(ScoreStoreTest, TellsItsHealth) {
  StoreHealth health = store_->Health();
  EXPECT_TRUE(health.writable);
  EXPECT_EQ(health.error, "");
  EXPECT_GT(health.size_bytes, 0);
  EXPECT_EQ(health.newest_card_time, std::nullopt);
  Append("w", "p");
  Open();
  EXPECT_EQ(store_->Health().newest_card_time, clock_.Now());
}

TEST_F(ScoreStoreTest, RefusesOptionsThatMakeNoSense) {
  store_.reset();
  options_.tally_bucket = absl::ZeroDuration();
  EXPECT_THAT(ScoreStore::Open(options_, clock_), StatusIs(absl::StatusCode::kInvalidArgument));
  options_ = {};
  EXPECT_THAT(ScoreStore::Open(options_, clock_), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace warmpath
