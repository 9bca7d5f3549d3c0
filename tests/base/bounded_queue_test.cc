#include "base/bounded_queue.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

TEST(BoundedQueue, HandsOutInOrder) {
  BoundedQueue<int> queue(3);
  EXPECT_TRUE(queue.TryPush(1));
  EXPECT_TRUE(queue.TryPush(2));
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.TryPop(), 2);
  EXPECT_EQ(queue.TryPop(), std::nullopt);
}

TEST(BoundedQueue, LeavesARefusedItemUntouched) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.TryPush(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_FALSE(queue.TryPush(std::move(second)));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(*second, 2);
}

TEST(BoundedQueue, WithoutRoomRefusesEverything) {
  BoundedQueue<int> queue(0);
  EXPECT_FALSE(queue.TryPush(1));
}

TEST(BoundedQueue, AfterCloseDrainsThenEnds) {
  BoundedQueue<int> queue(3);
  EXPECT_TRUE(queue.TryPush(1));
  queue.Close();
  queue.Close();
  EXPECT_TRUE(queue.closed());
  EXPECT_FALSE(queue.TryPush(2));
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(BoundedQueue, CloseWakesTheWaiting) {
  BoundedQueue<int> queue(1);
  absl::Notification started;
  std::optional<int> got = 7;
  std::thread consumer([&] {
    started.Notify();
    got = queue.Pop();
  });
  started.WaitForNotification();
  queue.Close();
  consumer.join();
  EXPECT_EQ(got, std::nullopt);
}

TEST(BoundedQueue, LosesAndRepeatsNothingBetweenManyThreads) {
  constexpr int kEach = 5000;
  BoundedQueue<int> queue(64);
  std::vector<std::thread> producers, consumers;
  std::vector<std::vector<int>> taken(3);
  for (auto& mine : taken) {
    consumers.emplace_back([&queue, &mine] {
      while (std::optional<int> item = queue.Pop()) mine.push_back(*item);
    });
  }
  for (int p = 0; p < 3; ++p) {
    producers.emplace_back([&queue, p] {
      for (int i = 0; i < kEach; ++i) {
        while (!queue.TryPush(p * kEach + i)) std::this_thread::yield();
      }
    });
  }
  for (auto& thread : producers) thread.join();
  queue.Close();
  for (auto& thread : consumers) thread.join();
  std::vector<int> all;
  for (auto& mine : taken) all.insert(all.end(), mine.begin(), mine.end());
  std::vector<int> expected(3 * kEach);
  std::iota(expected.begin(), expected.end(), 0);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, expected);
}

}  // namespace
}  // namespace warmpath
