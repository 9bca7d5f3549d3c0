// What drawing costs a live request, in nanoseconds, side by side in one run: a fixed share by hash
// alone, and shares by path with the table of conversations, for turns of known conversations and
// for first turns.
//
//   bazel run //tests/bench:sampler_bench
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "shadow/conversation_table.h"
#include "shadow/sampler.h"

namespace warmpath {
namespace {

constexpr int kCalls = 2'000'000;
constexpr uint64_t kKnown = 20'000;

double NanosecondsPerCall(int threads, const std::function<int(uint64_t)>& call) {
  std::vector<std::thread> running;
  std::atomic<int> sink = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      int sum = 0;
      for (uint64_t i = 0; i < kCalls; ++i) sum += call(i + t * uint64_t{kCalls});
      sink += sum;
    });
  }
  for (std::thread& thread : running) thread.join();
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  return took.count() / kCalls;
}

void Run() {
  ConversationTable table(absl::Now());
  Sampler sampler("support", {"primary", "backup", "other", "rules"});
  sampler.SetShares({{"backup", .02, 1 << 30}, {"other", .01, 1 << 30}});
  const auto hash = [](uint64_t i) { return static_cast<int>(IsSampled("support", i, .05)); };
  const auto known = [&](uint64_t i) {
    return static_cast<int>(sampler.Draw(table, i % kKnown).paths);
  };
  const auto fresh = [&](uint64_t i) { return static_cast<int>(sampler.Draw(table, i).paths); };
  std::printf("%-32s %10s %10s\n", "ns a call", "1 thread", "2 threads");
  const auto row = [](const char* name, const auto& call) {
    const double one = NanosecondsPerCall(1, call);
    std::printf("%-32s %10.1f %10.1f\n", name, one, NanosecondsPerCall(2, call));
  };
  row("fixed share, by hash alone", hash);
  row("shares, a known conversation", known);
  row("shares, a new conversation", fresh);
}

}  // namespace
}  // namespace warmpath

int main() { warmpath::Run(); }
