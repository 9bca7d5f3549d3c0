#include "scorer/json_schema/json_equal.h"

#include "gtest/gtest.h"
#include "tests/scorer/json_schema/schema_test_support.h"

namespace warmpath {
namespace {

using testing::Json;

size_t Hash(const boost::json::value& value) {
  int64_t cost = 0;
  bool too_deep = false;
  return JsonHash(value, 100, &cost, &too_deep);
}

TEST(JsonEqual, GoesByMathematicalValue) {
  for (const auto& [a, b] : {std::pair{"1", "1.0"}, {"-3", "-3e0"}, {"0", "-0.0"}, {"100", "1e2"},
                             {"18446744073709551615", "18446744073709551615"},
                             {R"({"a":1,"b":[2]})", R"({"b":[2.0],"a":1})"}}) {
    EXPECT_TRUE(JsonEqual(Json(a), Json(b))) << a << " and " << b;
    EXPECT_EQ(Hash(Json(a)), Hash(Json(b))) << a << " and " << b;
  }
}

TEST(JsonEqual, TellsApartWhatADoubleWouldRound) {
  EXPECT_FALSE(JsonEqual(Json("9007199254740993"), Json("9007199254740992.0")));
  EXPECT_FALSE(JsonEqual(Json("18446744073709551615"), Json("18446744073709551616.0")));
  EXPECT_FALSE(JsonEqual(Json("-9223372036854775808"), Json("9223372036854775808")));
}

TEST(JsonEqual, TellsTypesApart) {
  EXPECT_FALSE(JsonEqual(Json("0"), Json("false")));
  EXPECT_FALSE(JsonEqual(Json("null"), Json("false")));
  EXPECT_FALSE(JsonEqual(Json("[]"), Json("{}")));
  EXPECT_FALSE(JsonEqual(Json("\"1\""), Json("1")));
}

TEST(JsonEqual, CountsItsWork) {
  int64_t cost = 0;
  JsonEqual(Json("[1,2,[3]]"), Json("[1,2,[3]]"), 512, &cost);
  EXPECT_EQ(cost, 5);
}

TEST(CompareJsonNumbers, OrdersAcrossKinds) {
  EXPECT_LT(CompareJsonNumbers(Json("-1"), Json("18446744073709551615")), 0);
  EXPECT_GT(CompareJsonNumbers(Json("1"), Json("0.5")), 0);
  EXPECT_LT(CompareJsonNumbers(Json("-1"), Json("-0.5")), 0);
  EXPECT_LT(CompareJsonNumbers(Json("9007199254740992.0"), Json("9007199254740993")), 0);
  EXPECT_LT(CompareJsonNumbers(Json("18446744073709551615"), Json("1e400")), 0);
  EXPECT_GT(CompareJsonNumbers(Json("0"), Json("-1e400")), 0);
}

TEST(IsMultipleOf, WorksOnTheDigits) {
  EXPECT_TRUE(IsMultipleOf(Json("0.0075"), Json("0.0001")));
  EXPECT_FALSE(IsMultipleOf(Json("0.00751"), Json("0.0001")));
  EXPECT_TRUE(IsMultipleOf(Json("4.35"), Json("0.05")));
  EXPECT_TRUE(IsMultipleOf(Json("-4.35"), Json("0.05")));
  EXPECT_TRUE(IsMultipleOf(Json("18446744073709551615"), Json("5")));
  EXPECT_FALSE(IsMultipleOf(Json("1"), Json("1e300")));
  EXPECT_TRUE(IsMultipleOf(Json("0.0"), Json("1e300")));
}

TEST(JsonHash, SaysWhenItGoesTooDeep) {
  int64_t cost = 0;
  bool too_deep = false;
  JsonHash(Json("[[[1]]]"), 3, &cost, &too_deep);
  EXPECT_FALSE(too_deep);
  JsonHash(Json("[[[1]]]"), 2, &cost, &too_deep);
  EXPECT_TRUE(too_deep);
}

}  // namespace
}  // namespace warmpath
