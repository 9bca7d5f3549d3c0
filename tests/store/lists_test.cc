// Pages of cards and of decisions.
#include <optional>
#include <random>
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

class ListsTest : public testing::StoreTest {
 protected:
  // Every page of `query`, one after the other.
  std::vector<std::string> WalkCards(CardQuery query) {
    std::vector<std::string> ids;
    for (int pages = 0; pages < 1000; ++pages) {
      Page<v1::Scorecard> page = ValueOf(store_->ListCards(query));
      EXPECT_LE(page.items.size(), static_cast<size_t>(query.limit));
      for (const v1::Scorecard& card : page.items) ids.push_back(card.id());
      if (page.next_page_token.empty()) return ids;
      EXPECT_THAT(page.items, SizeIs(query.limit));
      query.page_token = page.next_page_token;
    }
    ADD_FAILURE() << "the walk does not end";
    return ids;
  }

  std::vector<std::string> WalkFlips(ListQuery query) {
    std::vector<std::string> ids;
    for (int pages = 0; pages < 1000; ++pages) {
      Page<v1::Flip> page = ValueOf(store_->ListFlips(query));
      for (const v1::Flip& flip : page.items) ids.push_back(flip.id());
      if (page.next_page_token.empty()) return ids;
      query.page_token = page.next_page_token;
    }
    ADD_FAILURE() << "the walk does not end";
    return ids;
  }

  void PutFlip(const std::string& workflow, const std::string& id) {
    v1::Flip flip;
    flip.set_id(id);
    flip.set_workflow(workflow);
    EXPECT_THAT(store_->PutFlip(flip, std::nullopt), IsOk());
  }
};

TEST_F(ListsTest, ShowTheNewestCardFirst) {
  const std::string a = Append("w", "p");
  clock_.Advance(absl::Seconds(1));
  const std::string b = Append("w", "q");
  Append("v", "p");
  const std::string c = Append("w", "p");
  const auto ids = [&](const CardQuery& query) { return WalkCards(query); };
  EXPECT_THAT(ids({.workflow = "w"}), ElementsAre(c, b, a));
  EXPECT_THAT(ids({.workflow = "w", .path = "p"}), ElementsAre(c, a));
  EXPECT_THAT(ids({.workflow = "w", .path = "none"}), IsEmpty());
  EXPECT_THAT(ids({.workflow = ""}), SizeIs(4));
  EXPECT_THAT(ids({.workflow = "", .path = "p"}), SizeIs(3));
}

TEST_F(ListsTest, FollowTheClockEvenWhereIdsCannot) {
  const std::string newer = Append("w", "p");
  clock_.Advance(-absl::Hours(1));
  const std::string older = Append("w", "p");
  EXPECT_GT(older, newer);
  EXPECT_THAT(WalkCards({.workflow = "w"}), ElementsAre(newer, older));
}

TEST_F(ListsTest, CutCardsToATimeWithTheEndExcluded) {
  std::vector<std::string> ids;
  const absl::Time start = clock_.Now();
  for (int i = 0; i < 5; ++i) {
    ids.push_back(Append("w", "p"));
    clock_.Advance(absl::Seconds(1));
  }
  CardQuery query{.workflow = "w"};
  query.start = start + absl::Seconds(1);
  query.end = start + absl::Seconds(3);
  EXPECT_THAT(WalkCards(query), ElementsAre(ids[2], ids[1]));
}

TEST_F(ListsTest, ShowOnlyDivergentCardsOrThoseOfOneDimension) {
  const auto append = [&](std::vector<v1::Dimension> failed) {
    v1::Scorecard card = MakeCard("w", "p", v1::SCORE_VERDICT_PASS, clock_.Now());
    card.clear_scores();
    for (v1::Dimension dimension : {v1::DIMENSION_SCHEMA, v1::DIMENSION_TOOLS, v1::DIMENSION_POLICY}) {
      v1::DimensionScore& score = *card.add_scores();
      score.set_dimension(dimension);
      score.set_verdict(std::count(failed.begin(), failed.end(), dimension) > 0
                            ? v1::SCORE_VERDICT_FAIL
                            : v1::SCORE_VERDICT_NOT_APPLICABLE);
    }
    return ValueOf(store_->Append(card));
  };
  append({});
  const std::string schema = append({v1::DIMENSION_SCHEMA});
  const std::string both = append({v1::DIMENSION_SCHEMA, v1::DIMENSION_TOOLS});
  append({});
  EXPECT_THAT(WalkCards({.workflow = "w", .only_divergent = true}), ElementsAre(both, schema));
  EXPECT_THAT(WalkCards({.workflow = "w", .dimension = v1::DIMENSION_TOOLS, .only_divergent = true}),
              ElementsAre(both));
  EXPECT_THAT(WalkCards({.workflow = "w", .dimension = v1::DIMENSION_SCHEMA}),
              ElementsAre(both, schema));
  EXPECT_THAT(WalkCards({.workflow = "w", .dimension = v1::DIMENSION_POLICY}), IsEmpty());
}

TEST_F(ListsTest, PagesAddUpToTheWholeList) {
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    Append(absl::StrCat("w", random() % 3), absl::StrCat("p", random() % 3),
           random() % 2 ? v1::SCORE_VERDICT_FAIL : v1::SCORE_VERDICT_PASS);
    if (random() % 3 == 0) clock_.Advance(absl::Seconds(1));
  }
  for (const char* workflow : {"", "w1"}) {
    for (const bool divergent : {false, true}) {
      CardQuery query{.workflow = workflow, .only_divergent = divergent, .limit = 1000};
      const std::vector<std::string> all = WalkCards(query);
      EXPECT_TRUE(std::is_sorted(all.rbegin(), all.rend()));
      for (int limit : {1, 2, 7, 50}) {
        query.limit = limit;
        EXPECT_EQ(WalkCards(query), all);
      }
    }
  }
}

TEST_F(ListsTest, APageDoesNotMoveWhenCardsAreAdded) {
  for (int i = 0; i < 4; ++i) Append("w", "p");
  CardQuery query{.workflow = "w", .limit = 2};
  const Page<v1::Scorecard> first = ValueOf(store_->ListCards(query));
  query.page_token = first.next_page_token;
  const Page<v1::Scorecard> before = ValueOf(store_->ListCards(query));
  Append("w", "p");
  Append("w", "q");
  Open();
  const Page<v1::Scorecard> after = ValueOf(store_->ListCards(query));
  ASSERT_THAT(after.items, SizeIs(2));
  EXPECT_EQ(after.items[0].id(), before.items[0].id());
}

TEST_F(ListsTest, RefuseATokenOfAnotherQuery) {
  for (int i = 0; i < 3; ++i) {
    Append("w", "p", v1::SCORE_VERDICT_FAIL);
    PutFlip("w", store_->NewId());
  }
  const std::string token = ValueOf(store_->ListCards({.workflow = "w", .limit = 1})).next_page_token;
  ASSERT_NE(token, "");
  CardQuery other{.workflow = "v", .page_token = token};
  EXPECT_THAT(store_->ListCards(other),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("page_token")));
  other = {.workflow = "w", .only_divergent = true, .page_token = token};
  EXPECT_THAT(store_->ListCards(other), StatusIs(absl::StatusCode::kInvalidArgument));
  other = {.workflow = "w", .path = "p", .page_token = token};
  EXPECT_THAT(store_->ListCards(other), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store_->ListFlips({.workflow = "w", .page_token = token}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  const std::string flips = ValueOf(store_->ListFlips({.workflow = "w", .limit = 1})).next_page_token;
  EXPECT_THAT(store_->ListDrills({.workflow = "w", .page_token = flips}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  for (const std::string& bad : {std::string("x"), token + "A", token.substr(1), std::string(500, '~')}) {
    EXPECT_THAT(store_->ListCards({.workflow = "w", .page_token = bad}),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
}

TEST_F(ListsTest, AnotherPageSizeMayGoOnWithTheSameToken) {
  for (int i = 0; i < 5; ++i) Append("w", "p");
  CardQuery query{.workflow = "w", .limit = 1};
  query.page_token = ValueOf(store_->ListCards(query)).next_page_token;
  query.limit = 10;
  EXPECT_THAT(ValueOf(store_->ListCards(query)).items, SizeIs(4));
}

TEST_F(ListsTest, BoundTheSizeOfAPage) {
  std::vector<NewCard> cards(1100);
  for (NewCard& card : cards) card.card = MakeCard("w", "p", v1::SCORE_VERDICT_PASS, clock_.Now());
  ASSERT_THAT(store_->AppendBatch(cards), IsOk());
  EXPECT_THAT(ValueOf(store_->ListCards({.workflow = "w", .limit = 0})).items, SizeIs(50));
  EXPECT_THAT(ValueOf(store_->ListCards({.workflow = "w", .limit = -5})).items, SizeIs(50));
  EXPECT_THAT(ValueOf(store_->ListCards({.workflow = "w", .limit = 9999})).items, SizeIs(1000));
}

TEST_F(ListsTest, ShowDecisionsOfOneWorkflowOrOfAllNewestFirst) {
  std::vector<std::string> all, ours;
  for (int i = 0; i < 20; ++i) {
    const std::string workflow = i % 3 == 0 ? "w" : absl::StrCat("v", i % 4);
    const std::string id = store_->NewId();
    PutFlip(workflow, id);
    all.insert(all.begin(), id);
    if (workflow == "w") ours.insert(ours.begin(), id);
    clock_.Advance(absl::Milliseconds(i % 2));
  }
  for (int limit : {1, 3, 100}) {
    EXPECT_EQ(WalkFlips({.workflow = "", .limit = limit}), all);
    EXPECT_EQ(WalkFlips({.workflow = "w", .limit = limit}), ours);
  }
}

TEST_F(ListsTest, PassOverNothingWhereWorkflowsShareAnId) {
  for (const char* workflow : {"a", "b", "c"}) {
    for (const char* id : {"1", "2"}) PutFlip(workflow, id);
  }
  EXPECT_THAT(WalkFlips({.workflow = "", .limit = 1}), ElementsAre("2", "2", "2", "1", "1", "1"));
}

}  // namespace
}  // namespace warmpath
