// kill -9 at any point: every acknowledged record is there, and the tallies equal their cards.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "store/tally.h"
#include "tests/store/child_process.h"
#include "tests/store/store_fixture.h"

namespace warmpath {
namespace {

namespace fs = std::filesystem;
using testing::IsOk;
using testing::ValueOf;

constexpr size_t kIdBytes = 26;

fs::path TestRoot() {
  const char* tmp = std::getenv("TEST_TMPDIR");
  return fs::path(tmp != nullptr ? tmp : "/tmp") / absl::StrCat("kill_test_", getpid());
}

class KillTest : public ::testing::Test {
 protected:
  KillTest() : root_(TestRoot()) { options_.path = root_ / "store"; }
  ~KillTest() override { fs::remove_all(root_); }

  // Starts a child that writes, kills it once it has acknowledged so many ids, and returns those that it
  // acknowledged until it was dead.
  std::vector<std::string> RunAndKill(uint32_t seed, size_t after_ids) {
    testing::ChildProcess child("KillTest.DISABLED_WritesUntilItIsKilled",
                                absl::StrCat(seed, " ", options_.path));
    std::vector<std::string> ids;
    for (std::string id = child.Read(kIdBytes); id.size() == kIdBytes; id = child.Read(kIdBytes)) {
      ids.push_back(std::move(id));
      if (ids.size() == after_ids) child.SendKill();
    }
    const int status = child.Kill();
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    return ids;
  }

  const fs::path root_;
  ScoreStoreOptions options_;
  testing::ManualClock clock_;
};

v1::Scorecard RandomCard(std::mt19937& random, const Clock& clock) {
  v1::Scorecard card = testing::MakeCard(
      absl::StrCat("w", random() % 2), absl::StrCat("p", random() % 3),
      random() % 3 == 0 ? v1::SCORE_VERDICT_FAIL : v1::SCORE_VERDICT_PASS,
      clock.Now() + absl::Seconds(random() % 100));
  card.set_served_model(std::string(random() % 2000, 'm'));
  return card;
}

// What the child does: threads that append cards, one by one or in batches, put flips and compact; each id
// is told once it is acknowledged.
void WriteForever(ScoreStore& store, const Clock& clock, uint32_t seed) {
  std::mt19937 random(seed);
  const auto tell = [](const std::string& id) {
    if (!testing::ChildProcess::Tell(id)) _exit(3);
  };
  for (;;) {
    const uint32_t what = random() % 100;
    if (what == 0) {
      v1::Flip flip;
      flip.set_id(store.NewId());
      flip.set_workflow("w");
      if (store.PutFlip(flip, std::nullopt).ok()) tell(flip.id());
    } else if (what == 1) {
      store.Compact().IgnoreError();
    } else if (what < 20) {
      std::vector<NewCard> cards(random() % 50);
      for (NewCard& card : cards) card.card = RandomCard(random, clock);
      const auto ids = store.AppendBatch(std::move(cards));
      if (ids.ok()) std::for_each(ids->begin(), ids->end(), tell);
    } else if (const auto id = store.Append(RandomCard(random, clock)); id.ok()) {
      tell(*id);
    }
  }
}

TEST_F(KillTest, DISABLED_WritesUntilItIsKilled) {
  const std::string words = testing::ChildProcess::Words();
  const uint32_t seed = static_cast<uint32_t>(std::atoi(words.c_str()));
  options_.path = words.substr(words.find(' ') + 1);
  auto store = ScoreStore::Open(options_, clock_);
  ASSERT_THAT(store, IsOk());
  std::thread second([&] { WriteForever(**store, clock_, seed + 1'000'000); });
  WriteForever(**store, clock_, seed);
}

using Counts = std::map<std::tuple<std::string, std::string, absl::Time>, std::string>;

Counts CountCards(ScoreStore& store, absl::Duration bucket, std::vector<std::string>* ids) {
  std::map<Counts::key_type, v1::Tally> tallies;
  EXPECT_THAT(store.VisitCardsAfter(
                  "",
                  [&](const v1::Scorecard& card) {
                    ids->push_back(card.id());
                    CountScore(card.scores(0),
                               &tallies[{card.workflow(), card.candidate_path(),
                                         BucketOf(FromProto(card.dispatch_time()), bucket)}]);
                    return true;
                  }),
              IsOk());
  Counts counts;
  for (const auto& [key, tally] : tallies) counts[key] = tally.DebugString();
  return counts;
}

Counts StoredTallies(ScoreStore& store) {
  Counts counts;
  for (const char* workflow : {"w0", "w1"}) {
    for (const v1::TallyEntry& entry :
         ValueOf(store.ReadTallies(workflow, "", absl::InfinitePast(), absl::InfiniteFuture()))) {
      counts[{entry.workflow(), entry.path(), FromProto(entry.bucket_time())}] =
          entry.tally().DebugString();
    }
  }
  return counts;
}

TEST_F(KillTest, EveryAcknowledgedRecordIsThereAfterwards) {
  const char* more = std::getenv("WARMPATH_TEST_ROUNDS");  // for a soak
  const uint32_t rounds = more != nullptr ? static_cast<uint32_t>(std::atoi(more)) : 20;
  std::vector<std::string> acknowledged;
  for (uint32_t seed = 1; seed <= rounds; ++seed) {
    std::mt19937 random(seed);
    const size_t after_ids = 1 + random() % (seed % 4 == 0 ? 5000 : 200);
    std::printf("seed %u: killed after %zu records\n", seed, after_ids);
    const std::vector<std::string> ids = RunAndKill(seed, after_ids);
    acknowledged.insert(acknowledged.end(), ids.begin(), ids.end());

    auto store = ScoreStore::Open(options_, clock_);
    ASSERT_THAT(store, IsOk());
    std::vector<std::string> found;
    ASSERT_EQ(CountCards(**store, options_.tally_bucket, &found), StoredTallies(**store));
    ListQuery query{.workflow = "w", .limit = kMaxPageSize};
    do {
      const Page<v1::Flip> page = ValueOf((*store)->ListFlips(query));
      for (const v1::Flip& flip : page.items) found.push_back(flip.id());
      query.page_token = page.next_page_token;
    } while (!query.page_token.empty());
    std::sort(found.begin(), found.end());
    std::sort(acknowledged.begin(), acknowledged.end());
    ASSERT_TRUE(std::includes(found.begin(), found.end(), acknowledged.begin(), acknowledged.end()));
  }
}

}  // namespace
}  // namespace warmpath
