// What is too old goes when RocksDB compacts, each kind of record by its own time.
#include <map>
#include <string>

#include "gtest/gtest.h"
#include "store/database.h"
#include "tests/store/store_fixture.h"

namespace warmpath {
namespace {

using testing::IsOk;
using testing::MakeCard;
using testing::ValueOf;

class RetentionTest : public testing::StoreTest {
 protected:
  RetentionTest() {
    options_.card_retention = absl::Hours(10);
    options_.tally_retention = absl::Hours(100);
    options_.body_retention = absl::Hours(1);
    Open();
  }

  // One of each kind.
  void WriteAll() {
    ASSERT_THAT(store_->Append(MakeCard("w", "p", v1::SCORE_VERDICT_FAIL, clock_.Now()),
                               v1::DivergentBody()),
                IsOk());
    v1::Flip flip;
    flip.set_id(store_->NewId());
    flip.set_workflow("w");
    v1::ActiveState state;
    state.set_workflow("w");
    ASSERT_THAT(store_->PutFlip(flip, state), IsOk());
    v1::Drill drill;
    drill.set_id(store_->NewId());
    drill.set_workflow("w");
    ASSERT_THAT(store_->PutDrill(drill), IsOk());
    ASSERT_THAT(store_->PutReview({}), IsOk());
    ASSERT_THAT(store_->PutAudit({}), IsOk());
    v1::JudgeCheckpoint checkpoint;
    checkpoint.set_workflow("w");
    ASSERT_THAT(store_->PutCheckpoints({checkpoint}), IsOk());
  }

  // How many records each column family holds after compaction.
  std::map<std::string, int> CountAfterCompaction() {
    EXPECT_THAT(store_->Compact(), IsOk());
    store_.reset();
    std::map<std::string, int> counts;
    {
      const auto database = ValueOf(Database::Open(options_, clock_));
      const DatabaseView view = database->View();
      for (size_t i = 1; i < kColumnFamilyNames.size(); ++i) {
        const auto it = view.NewIterator(static_cast<ColumnFamily>(i), {});
        for (it->SeekToFirst(); it->Valid(); it->Next()) ++counts[kColumnFamilyNames[i]];
      }
    }
    Open();
    return counts;
  }
};

TEST_F(RetentionTest, DropsEachKindAfterItsOwnTime) {
  using Counts = std::map<std::string, int>;
  WriteAll();
  Counts expected = {{"active", 1}, {"audit", 1},  {"bodies", 1},  {"cards", 1},
                     {"cards_by_path", 3}, {"cards_by_request", 1}, {"checkpoints", 1},
                     {"drills", 1}, {"flips", 1}, {"reviews", 1}, {"tallies", 1}};
  EXPECT_EQ(CountAfterCompaction(), expected);

  clock_.Advance(options_.body_retention + absl::Seconds(1));
  expected.erase("bodies");
  EXPECT_EQ(CountAfterCompaction(), expected);

  clock_.Advance(options_.card_retention - options_.body_retention);
  for (const char* gone : {"cards", "cards_by_path", "cards_by_request", "reviews"}) {
    expected.erase(gone);
  }
  EXPECT_EQ(CountAfterCompaction(), expected);

  clock_.Advance(options_.tally_retention - options_.card_retention + options_.tally_bucket);
  EXPECT_EQ(CountAfterCompaction(), (Counts{{"active", 1}, {"checkpoints", 1}}));
}

TEST_F(RetentionTest, KeepsWhatIsYoungEnough) {
  WriteAll();
  clock_.Advance(options_.card_retention);
  WriteAll();
  std::map<std::string, int> counts = CountAfterCompaction();
  EXPECT_EQ(counts["cards"], 2);
  EXPECT_EQ(counts["bodies"], 1);
  EXPECT_EQ(counts["tallies"], 2);
  clock_.Advance(absl::Seconds(1));
  counts = CountAfterCompaction();
  EXPECT_EQ(counts["cards"], 1);
  EXPECT_EQ(counts["tallies"], 2);
}

TEST_F(RetentionTest, ListsNoCardPastItsRetentionEvenBeforeCompaction) {
  WriteAll();
  clock_.Advance(options_.card_retention + absl::Seconds(1));
  Append("w", "p");
  EXPECT_EQ(ValueOf(store_->ListCards({.workflow = "w"})).items.size(), 1u);
}

TEST_F(RetentionTest, KeepsRecordsWhoseIdTellsNoTime) {
  v1::Drill drill;
  drill.set_id("by-hand");
  drill.set_workflow("w");
  ASSERT_THAT(store_->PutDrill(drill), IsOk());
  clock_.Advance(2 * options_.tally_retention);
  ASSERT_THAT(store_->Compact(), IsOk());
  EXPECT_THAT(store_->GetDrill("by-hand"), IsOk());
}

// A tally of a time that is long past is dropped even while it is still a pile of sums to be made.
TEST_F(RetentionTest, DropsTalliesThatWereNeverMerged) {
  const absl::Time old = clock_.Now() - 2 * options_.tally_retention;
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(store_->Append(MakeCard("w", "p", v1::SCORE_VERDICT_PASS, old)), IsOk());
  }
  EXPECT_EQ(CountAfterCompaction()["tallies"], 0);
}

}  // namespace
}  // namespace warmpath
