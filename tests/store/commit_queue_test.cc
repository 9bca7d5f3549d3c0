// Many threads at once.
#include "store/commit_queue.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/store/store_fixture.h"

namespace warmpath {
namespace {

using testing::IsOk;
using testing::MakeCard;
using testing::ValueOf;

using CommitQueueTest = testing::StoreTest;

TEST_F(CommitQueueTest, ThreadsGetIdsInTheOrderOfTheirOwnAppends) {
  constexpr int kThreads = 8, kCards = 300;
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> ids(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kCards; ++n) ids[i].push_back(Append("w", absl::StrCat("p", i)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<std::string> all;
  for (const std::vector<std::string>& mine : ids) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(IdsAfter(""), all);
  int64_t passes = 0;
  for (const v1::TallyEntry& entry :
       ValueOf(store_->ReadTallies("w", "", absl::InfinitePast(), absl::InfiniteFuture()))) {
    EXPECT_EQ(entry.tally().pass(), kCards);
    passes += entry.tally().pass();
  }
  EXPECT_EQ(passes, kThreads * kCards);
}

// The promise that the judge's replay rests on.
TEST_F(CommitQueueTest, WhoReadsOnAfterTheLastIdMissesNoCard) {
  constexpr int kThreads = 4, kCards = 500;
  std::atomic<int> running{kThreads};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kCards; ++n) Append("w", "p");
      --running;
    });
  }
  std::string last;
  size_t read = 0;
  for (bool ended = false; !ended;) {
    ended = running == 0;  // looked at before reading, so that the last round sees everything
    for (const std::string& id : IdsAfter(last)) {
      EXPECT_GT(id, last);
      last = id;
      ++read;
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(read, static_cast<size_t>(kThreads * kCards));
}

TEST_F(CommitQueueTest, ReadersAndWritersOfEveryKindGetAlong) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    while (!stop) EXPECT_THAT(store_->Compact(), IsOk());
  });
  threads.emplace_back([&] {
    while (!stop) {
      EXPECT_THAT(store_->ListCards({.workflow = "w"}), IsOk());
      EXPECT_THAT(store_->ListFlips({}), IsOk());
      EXPECT_TRUE(store_->Health().writable);
    }
  });
  threads.emplace_back([&] {
    while (!stop) {
      v1::Flip flip;
      flip.set_id(store_->NewId());
      flip.set_workflow("w");
      EXPECT_THAT(store_->PutFlip(flip, std::nullopt), IsOk());
    }
  });
  for (int n = 0; n < 2000; ++n) Append("w", "p");
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(IdsAfter("").size(), 2000u);
}

}  // namespace
}  // namespace warmpath
