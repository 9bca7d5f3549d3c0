// What the store costs, on a real disk in $TMPDIR or /tmp.
//
//   bazel run //tests/bench:store_bench
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/proto_time.h"
#include "benchmark/benchmark.h"
#include "store/score_store.h"

namespace warmpath {
namespace {

// A store in a folder of its own, removed with it.
class BenchStore {
 public:
  explicit BenchStore(const std::string& name) {
    const char* tmp = std::getenv("TMPDIR");
    folder_ = std::filesystem::path(tmp != nullptr ? tmp : "/tmp") /
              absl::StrCat("store_bench_", name, "_", getpid());
    std::filesystem::remove_all(folder_);
    options_.path = folder_;
    Open();
  }
  ~BenchStore() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Open() {
    store_.reset();
    auto store = ScoreStore::Open(options_, clock_);
    if (!store.ok()) std::abort();
    store_ = *std::move(store);
  }
  ScoreStore& operator*() { return *store_; }
  ScoreStore* operator->() { return store_.get(); }

 private:
  SystemClock clock_;
  std::filesystem::path folder_;
  ScoreStoreOptions options_;
  std::unique_ptr<ScoreStore> store_;
};

v1::Scorecard MakeCard(int64_t number, absl::Time dispatch) {
  v1::Scorecard card;
  card.set_request_id(absl::StrCat("req_01hf7yat00e8gbv5jkrm", number));
  card.set_workflow("support-desk");
  card.set_candidate_path(number % 2 == 0 ? "backup" : "rules");
  card.set_control_path("primary");
  card.set_evidence_key("5f1e8a2b9c3d4e7f");
  card.set_conversation("c0ffee00c0ffee00");
  card.set_served_model("gpt-4o-2024-08-06");
  *card.mutable_dispatch_time() = ToProto(dispatch);
  for (int dimension = 1; dimension <= 4; ++dimension) {
    v1::DimensionScore& score = *card.add_scores();
    score.set_dimension(static_cast<v1::Dimension>(dimension));
    score.set_verdict(number % 50 == 0 ? v1::SCORE_VERDICT_FAIL : v1::SCORE_VERDICT_PASS);
    score.set_grade(1);
  }
  return card;
}

// One card a call, from one thread and from several.
void BM_Append(benchmark::State& state) {
  static std::unique_ptr<BenchStore> store;
  if (state.thread_index() == 0) store = std::make_unique<BenchStore>("append");
  int64_t number = 0;
  for (auto _ : state) {
    if (!(*store)->Append(MakeCard(++number, absl::Now())).ok()) state.SkipWithError("append failed");
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) store.reset();
}
BENCHMARK(BM_Append)->UseRealTime();
BENCHMARK(BM_Append)->Threads(8)->UseRealTime();

void BM_AppendBatch(benchmark::State& state) {
  BenchStore store("batch");
  int64_t number = 0;
  for (auto _ : state) {
    std::vector<NewCard> cards(static_cast<size_t>(state.range(0)));
    for (NewCard& card : cards) card.card = MakeCard(++number, absl::Now());
    if (!store->AppendBatch(std::move(cards)).ok()) state.SkipWithError("append failed");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_AppendBatch)->Arg(16)->Arg(128)->Arg(1024)->UseRealTime();

// Tallies of 30 days of one path, one card every so many seconds.
void BM_ReadTallies30Days(benchmark::State& state) {
  BenchStore store("tallies");
  const absl::Duration every = absl::Seconds(state.range(0));
  const absl::Time end = absl::Now(), start = end - absl::Hours(30 * 24);
  std::vector<NewCard> cards;
  int64_t number = 0;
  for (absl::Time time = start; time < end; time += every) {
    cards.push_back({MakeCard(++number * 2, time), std::nullopt});
    if (cards.size() < 1000 && time + every < end) continue;
    if (!store->AppendBatch(std::exchange(cards, {})).ok()) state.SkipWithError("append failed");
  }
  if (!store->Compact().ok()) state.SkipWithError("compaction failed");
  size_t entries = 0;
  for (auto _ : state) {
    const auto tallies = store->ReadTallies("support-desk", "backup", start, end);
    if (!tallies.ok()) state.SkipWithError("read failed");
    entries = tallies->size();
  }
  state.counters["entries"] = static_cast<double>(entries);
}
BENCHMARK(BM_ReadTallies30Days)->ArgName("every_seconds")->Arg(3600)->Arg(60)->Arg(10)
    ->Unit(benchmark::kMillisecond);

void BM_ListPageOfDivergent(benchmark::State& state) {
  BenchStore store("list");
  std::vector<NewCard> cards;
  for (int64_t number = 1; number <= 200'000; ++number) {
    cards.push_back({MakeCard(number, absl::Now()), std::nullopt});
    if (cards.size() < 1000) continue;
    if (!store->AppendBatch(std::exchange(cards, {})).ok()) state.SkipWithError("append failed");
  }
  for (auto _ : state) {
    if (!store->ListCards({.workflow = "support-desk", .only_divergent = true}).ok()) {
      state.SkipWithError("list failed");
    }
  }
}
BENCHMARK(BM_ListPageOfDivergent)->Unit(benchmark::kMicrosecond);

// Opening a store of so many cards.
void BM_Open(benchmark::State& state) {
  BenchStore store("open");
  std::vector<NewCard> cards;
  for (int64_t number = 1; number <= state.range(0); ++number) {
    cards.push_back({MakeCard(number, absl::Now()), std::nullopt});
    if (cards.size() < 1000) continue;
    if (!store->AppendBatch(std::exchange(cards, {})).ok()) state.SkipWithError("append failed");
  }
  for (auto _ : state) store.Open();
}
BENCHMARK(BM_Open)->Arg(1000)->Arg(3'000'000)->Unit(benchmark::kMillisecond)->Iterations(3)
    ->UseRealTime();

}  // namespace
}  // namespace warmpath

BENCHMARK_MAIN();
