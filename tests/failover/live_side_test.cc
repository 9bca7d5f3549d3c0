// What live threads touch: the snapshot of the plan and the buffer of outcomes.
#include <memory>
#include <thread>
#include <vector>

#include "failover/outcome_buffer.h"
#include "failover/plan.h"
#include "failover/striped_snapshot.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;

TEST(StripedSnapshot, ReadersSeeWholeValuesThatOnlyGrow) {
  struct Pair {
    int left = 0, right = 0;
  };
  StripedSnapshot<Pair> snapshot(std::make_shared<const Pair>());
  constexpr int kLast = 2000;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&snapshot] {
      int last = 0;
      while (last < kLast) {
        const std::shared_ptr<const Pair> seen = snapshot.Get();
        ASSERT_EQ(seen->left, seen->right);
        ASSERT_GE(seen->left, last);
        last = seen->left;
      }
    });
  }
  for (int i = 1; i <= kLast; ++i) snapshot.Set(std::make_shared<const Pair>(Pair{i, i}));
  for (std::thread& reader : readers) reader.join();
}

TEST(StripedSnapshot, AReaderKeepsWhatItHas) {
  StripedSnapshot<int> snapshot(std::make_shared<const int>(1));
  const std::shared_ptr<const int> held = snapshot.Get();
  snapshot.Set(std::make_shared<const int>(2));
  EXPECT_EQ(*held, 1);
  EXPECT_EQ(*snapshot.Get(), 2);
}

TEST(OutcomeBuffer, GivesEveryOutcomeOnceInTheOrderOfTime) {
  OutcomeBuffer buffer;
  std::vector<std::thread> threads;
  for (uint32_t path = 1; path <= 3; ++path) {
    threads.emplace_back([&buffer, path] {
      for (int i = 0; i < 1000; ++i) buffer.Add({.micros = 10 * i + path, .path = path});
    });
  }
  size_t drained = 0;
  for (int i = 0; i < 50; ++i) drained += buffer.Drain().size();
  for (std::thread& thread : threads) thread.join();
  drained += buffer.Drain().size();
  EXPECT_EQ(drained, 3000u);
  EXPECT_EQ(buffer.dropped(), 0);

  buffer.Add({.micros = 2, .path = 2});
  buffer.Add({.micros = 1, .path = 1});
  std::vector<int64_t> times;
  for (const auto& outcome : buffer.Drain()) times.push_back(outcome.micros);
  EXPECT_THAT(times, ElementsAre(1, 2));
}

TEST(OutcomeBuffer, CountsWhatItHasNoRoomFor) {
  OutcomeBuffer buffer;
  for (size_t i = 0; i < OutcomeBuffer::kMaxPerStripe + 5; ++i) buffer.Add({});
  EXPECT_EQ(buffer.dropped(), 5);
  EXPECT_EQ(buffer.Drain().size(), OutcomeBuffer::kMaxPerStripe);
}

TEST(WorkflowPlan, LetsOneRequestASecondProbeDuringDowntime) {
  WorkflowPlan plan;
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(plan.TakeProbe(now), nullptr);
  plan.probe = PlannedPath{.name = "primary"};
  plan.probe_timer = std::make_shared<ProbeTimer>();
  const WorkflowPlan copy = plan;  // a later plan of the same workflow
  EXPECT_NE(plan.TakeProbe(now), nullptr);
  EXPECT_EQ(copy.TakeProbe(now + absl::Milliseconds(999)), nullptr);
  EXPECT_NE(copy.TakeProbe(now + absl::Seconds(1)), nullptr);
  EXPECT_NE(plan.TakeProbe(now - absl::Hours(1)), nullptr) << "the clock stepped back";
}

TEST(Plan, IsToldInTheOrderOfNames) {
  Plan plan;
  plan.version = 3;
  plan.workflows["b"].workflow = "b";
  plan.workflows["b"].downtime_reason = "nothing is GREEN";
  plan.workflows["a"].workflow = "a";
  plan.workflows["a"].paths.push_back({.name = "primary"});
  plan.workflows["b"].ramp = PlannedRamp{.id = "f", .from = {.name = "old"}, .share = .1};
  plan.workflows["c"].workflow = "c";
  plan.workflows["c"].paths.push_back({.name = "new"});
  plan.workflows["c"].ramp = PlannedRamp{.id = "f", .from = {.name = "old"}, .share = .1};
  plan.workflows["a"].drill = PlannedDrill{.id = "d", .path = {.name = "other"}, .share = .5};
  const v1::Plan proto = ToProto(plan);
  ASSERT_EQ(proto.workflows_size(), 3);
  EXPECT_EQ(proto.workflows(0).paths(0).path(), "primary");
  EXPECT_EQ(proto.workflows(0).drill().path(), "other");
  EXPECT_EQ(proto.workflows(1).downtime_reason(), "nothing is GREEN");
  EXPECT_FALSE(proto.workflows(1).has_ramp()) << "nothing serves";
  EXPECT_EQ(proto.workflows(2).ramp().from_path(), "old");
  EXPECT_EQ(proto.workflows(2).ramp().to_path(), "new");
  EXPECT_EQ(proto.workflows(2).ramp().share(), .1);
}

}  // namespace
}  // namespace warmpath
