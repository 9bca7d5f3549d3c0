// A disk that is full, broken, or loses power.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/database.h"
#include "tests/store/store_fixture.h"
#include "tests/support/fault_file_system.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using rocksdb::IOStatus;
using testing::IsOk;
using testing::MakeCard;
using testing::StatusIs;
using testing::ValueOf;

bool Holds(const std::vector<std::string>& all, const std::vector<std::string>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

class DiskErrorTest : public testing::StoreTest {
 protected:
  DiskErrorTest() {
    store_.reset();
    files_ = std::make_shared<testing::FaultFileSystem>(env_->GetFileSystem());
    faulty_env_ = testing::NewFaultyEnv(files_);
    options_.env = faulty_env_.get();
    options_.path = "/faulty";
    Open();
  }
  ~DiskErrorTest() override { store_.reset(); }

  absl::StatusOr<std::string> TryAppend() {
    return store_->Append(MakeCard("w", "p", v1::SCORE_VERDICT_PASS, clock_.Now()));
  }

  // The end of the machine: nothing more is written, and what was not synced is gone.
  void CutPower() {
    files_->FailWritesAfter(0, IOStatus::IOError("no power"));
    store_.reset();
    files_->DropUnsynced();
    files_->Heal();
    Open();
  }

  // The end of the process: nothing more is written.
  void Kill() {
    files_->FailWritesAfter(0, IOStatus::IOError("killed"));
    store_.reset();
    files_->Heal();
    Open();
  }

  int64_t TalliedPasses() {
    int64_t passes = 0;
    for (const v1::TallyEntry& entry :
         ValueOf(store_->ReadTallies("w", "", absl::InfinitePast(), absl::InfiniteFuture()))) {
      passes += entry.tally().pass();
    }
    return passes;
  }

  std::shared_ptr<testing::FaultFileSystem> files_;
  std::unique_ptr<rocksdb::Env> faulty_env_;
};

TEST_F(DiskErrorTest, AFullDiskRefusesCardsAndReadingGoesOn) {
  const std::string id = ValueOf(TryAppend());
  files_->FailWritesAfter(0, IOStatus::NoSpace("disk full"));
  EXPECT_THAT(TryAppend(), StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("free some space")));
  EXPECT_FALSE(store_->Health().writable);
  EXPECT_THAT(store_->Health().error, HasSubstr("disk full"));
  EXPECT_THAT(store_->GetCard(id), IsOk());
  EXPECT_THAT(IdsAfter(""), SizeIs(1));
  EXPECT_EQ(TalliedPasses(), 1);
}

TEST_F(DiskErrorTest, WritingGoesOnByItselfOnceThereIsSpace) {
  for (const IOStatus& error : {IOStatus::NoSpace("disk full"), IOStatus::IOError("broken")}) {
    SCOPED_TRACE(error.ToString());
    files_->FailWritesAfter(0, error);
    EXPECT_FALSE(TryAppend().ok());
    EXPECT_FALSE(TryAppend().ok());
    files_->Heal();
    clock_.Advance(kReopenInterval);
    EXPECT_THAT(TryAppend(), IsOk());
    EXPECT_TRUE(store_->Health().writable);
  }
  EXPECT_THAT(IdsAfter(""), SizeIs(2));
  EXPECT_EQ(TalliedPasses(), 2);
}

TEST_F(DiskErrorTest, TriesToRecoverOnlyNowAndThen) {
  files_->FailWritesAfter(0, IOStatus::NoSpace("disk full"));
  EXPECT_FALSE(TryAppend().ok());
  EXPECT_FALSE(TryAppend().ok());
  const int tried = files_->failures();
  clock_.Advance(kReopenInterval - absl::Milliseconds(1));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(TryAppend().ok());
  EXPECT_EQ(files_->failures(), tried);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_FALSE(TryAppend().ok());
  EXPECT_GT(files_->failures(), tried);
}

// Fails once, and then again at every single write in turn, of recovery as of cards: whatever was
// acknowledged before, between or after is there after a restart, and the tallies are those of the cards
// that are.
TEST_F(DiskErrorTest, LosesNothingAcknowledgedWhereverItFails) {
  for (const IOStatus& error : {IOStatus::NoSpace("disk full"), IOStatus::IOError("broken")}) {
    for (int after = 0; after < 40; ++after) {
      SCOPED_TRACE(absl::StrCat(error.ToString(), " after ", after, " writes"));
      std::vector<std::string> acknowledged = IdsAfter("");
      files_->FailWritesAfter(0, error);
      EXPECT_FALSE(TryAppend().ok());
      files_->FailWritesAfter(after, error);
      for (int i = 0; i < 25; ++i) {
        if (absl::StatusOr<std::string> id = TryAppend(); id.ok()) acknowledged.push_back(*id);
        if (i == 20) files_->Heal();
        clock_.Advance(kReopenInterval);
      }
      EXPECT_TRUE(store_->Health().writable);
      EXPECT_TRUE(Holds(IdsAfter(""), acknowledged));
      Kill();
      const std::vector<std::string> read = IdsAfter("");
      ASSERT_TRUE(Holds(read, acknowledged));
      ASSERT_EQ(TalliedPasses(), static_cast<int64_t>(read.size()));
    }
  }
}

// Flushes, compactions, recoveries and restarts with errors anywhere in between.
TEST_F(DiskErrorTest, LosesNothingAcknowledgedInAnyMixOfErrors) {
  const char* rounds = std::getenv("WARMPATH_TEST_ROUNDS");  // more of them, for a soak
  for (int seed = 1; seed <= (rounds != nullptr ? std::atoi(rounds) : 15); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(static_cast<uint32_t>(seed));
    std::vector<std::string> acknowledged = IdsAfter("");
    for (int step = 0; step < 100; ++step) {
      const uint32_t what = random() % 40;
      if (what == 0) {
        files_->FailWritesAfter(static_cast<int>(random() % 60), random() % 2 == 0
                                                                     ? IOStatus::NoSpace("disk full")
                                                                     : IOStatus::IOError("broken"));
      } else if (what <= 2) {
        files_->Heal();
      } else if (what == 3) {
        store_->Compact().IgnoreError();
      } else if (what == 4 && random() % 4 == 0) {
        Kill();
        ASSERT_TRUE(Holds(IdsAfter(""), acknowledged));
      } else if (what == 5 && random() % 4 == 0) {
        CutPower();
        acknowledged = IdsAfter("");  // what was not synced may be gone
      } else if (what <= 10) {
        clock_.Advance(kReopenInterval);
      } else if (absl::StatusOr<std::string> id = TryAppend(); id.ok()) {
        acknowledged.push_back(*id);
      }
    }
    Kill();
    const std::vector<std::string> read = IdsAfter("");
    ASSERT_TRUE(Holds(read, acknowledged));
    ASSERT_EQ(TalliedPasses(), static_cast<int64_t>(read.size()));
    EXPECT_THAT(TryAppend(), IsOk());
  }
}

TEST_F(DiskErrorTest, AFlipSurvivesAPowerCut) {
  v1::Flip flip;
  flip.set_id(store_->NewId());
  flip.set_workflow("w");
  v1::ActiveState state;
  state.set_workflow("w");
  state.set_active_path("backup");
  const std::string before = ValueOf(TryAppend());
  EXPECT_THAT(store_->PutFlip(flip, state), IsOk());
  const std::string after = ValueOf(TryAppend());
  CutPower();
  EXPECT_THAT(ValueOf(store_->ListFlips({})).items, SizeIs(1));
  ASSERT_THAT(ValueOf(store_->ListActiveStates()), SizeIs(1));
  // The card of before the flip went with it; the one after it was acknowledged, but not synced.
  EXPECT_THAT(IdsAfter(""), ElementsAre(before));
  EXPECT_EQ(TalliedPasses(), 1);
  EXPECT_GT(store_->NewId(), flip.id());
}

TEST_F(DiskErrorTest, DrillsAuditEntriesAndStatesSurviveAPowerCut) {
  v1::Drill drill;
  drill.set_id(store_->NewId());
  drill.set_workflow("w");
  EXPECT_THAT(store_->PutDrill(drill), IsOk());
  CutPower();
  EXPECT_THAT(store_->GetDrill(drill.id()), IsOk());
  EXPECT_THAT(store_->PutAudit({}), IsOk());
  CutPower();
  EXPECT_THAT(ValueOf(store_->ListAudit({})).items, SizeIs(1));
  v1::ActiveState state;
  state.set_workflow("w");
  EXPECT_THAT(store_->PutActiveState(state), IsOk());
  CutPower();
  EXPECT_THAT(ValueOf(store_->ListActiveStates()), SizeIs(1));
}

TEST_F(DiskErrorTest, AStoreOnAFullDiskSaysSoWhenOpened) {
  store_.reset();
  options_.path = "/other";
  files_->FailWritesAfter(0, IOStatus::NoSpace("disk full"));
  EXPECT_THAT(ScoreStore::Open(options_, clock_), StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace warmpath
