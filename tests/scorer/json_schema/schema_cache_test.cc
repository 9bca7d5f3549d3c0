#include "scorer/json_schema/schema_cache.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/scorer/json_schema/schema_test_support.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;
using testing::Json;
using testing::StatusIs;

TEST(SchemaCache, CompilesATextOnce) {
  SchemaCache cache;
  const auto first = cache.Get(R"({"type":"string"})");
  const auto second = cache.Get(R"({"type":"string"})");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(cache.counters().hits, 1);
  EXPECT_EQ(cache.counters().misses, 1);
}

TEST(SchemaCache, EvictsTheLeastRecentlyUsed) {
  SchemaCache cache({.max_entries = 2});
  ASSERT_TRUE(cache.Get("true").ok());
  ASSERT_TRUE(cache.Get("false").ok());
  ASSERT_TRUE(cache.Get("true").ok());
  ASSERT_TRUE(cache.Get("{}").ok());  // evicts "false"
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(cache.counters().evicted, 1);
  ASSERT_TRUE(cache.Get("true").ok());
  EXPECT_EQ(cache.counters().hits, 2);
  ASSERT_TRUE(cache.Get("false").ok());
  EXPECT_EQ(cache.counters().misses, 4);
}

TEST(SchemaCache, BoundsTheBytesThatItKeeps) {
  SchemaCache cache({.max_bytes = 100});
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(cache.Get(absl::StrCat(R"({"title":"number )", i, R"( of twenty"})")).ok());
  }
  EXPECT_LE(cache.size(), 4u);
  EXPECT_GE(cache.size(), 1u);
}

TEST(SchemaCache, LeavesAHandedOutSchemaValidAfterEviction) {
  SchemaCache cache({.max_entries = 1});
  const auto schema = cache.Get(R"({"type":"string"})");
  ASSERT_TRUE(cache.Get("true").ok());
  EXPECT_FALSE((*schema)->IsValid(Json("1")));
}

TEST(SchemaCache, KeepsErrorsToo) {
  SchemaCache cache;
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(cache.Get(R"({"type":"strin"})"),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/type")));
  }
  EXPECT_EQ(cache.counters().hits, 1);
  EXPECT_THAT(cache.Get("{"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no JSON")));
}

TEST(SchemaCache, RefusesALongText) {
  SchemaCache cache({.max_schema_bytes = 10});
  EXPECT_THAT(cache.Get(R"({"title":"long"})"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(cache.size(), 0u);
}

TEST(SchemaCache, ServesManyThreads) {
  SchemaCache cache({.max_entries = 8});
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, &right, t] {
      for (int i = 0; i < 500; ++i) {
        const int bound = (i + t) % 16;
        const auto schema = cache.Get(absl::StrCat(R"({"maximum":)", bound, "}"));
        if (schema.ok() && (*schema)->IsValid(boost::json::value(bound)) &&
            !(*schema)->IsValid(boost::json::value(bound + 1))) {
          ++right;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 2000);
  EXPECT_EQ(cache.counters().hits + cache.counters().misses, 2000);
}

}  // namespace
}  // namespace warmpath
