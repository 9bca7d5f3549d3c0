#include "scorer/tool_truth.h"

#include <string>

#include "base/json.h"
#include "gtest/gtest.h"
#include "tests/scorer/scorer_case.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using testing::Asked;
using testing::Called;
using testing::IsOk;
using testing::Offer;
using testing::Said;
using testing::StatusIs;

constexpr char kSchema[] = R"({"type": "object", "required": ["city"], "properties": {
  "city": {"type": "string"}, "days": {"type": "integer"}, "height": {"type": "number"},
  "hours": {"type": "array", "items": {"type": "number"}},
  "guest": {"type": "object", "properties": {"name": {"type": "string"}}}}})";

bool Right(const std::string& truth_json, const v1::Observation& answer) {
  v1::ModelRequest request = Asked("?");
  Offer(request, "trip.book", kSchema);
  Offer(request, "trip.find", kSchema);
  const auto truth = ParseToolTruth(*ParseJson(truth_json));
  EXPECT_THAT(truth, IsOk());
  return ScoreToolTruth(request, *truth, answer).score.verdict() == v1::SCORE_VERDICT_PASS;
}

std::string OneCall(const std::string& arguments) {
  return R"({"calls":[{"name":"trip.book","args":)" + arguments + "}]}";
}

bool Books(const std::string& truth_arguments, const std::string& given) {
  return Right(OneCall(truth_arguments), Called({{"trip_book", given}}));
}

TEST(ScoreToolTruth, ComparesStringsInStandardForm) {
  EXPECT_TRUE(Books(R"({"city":["New York, NY"]})", R"({"city":"new-york ny"})"));
  EXPECT_FALSE(Books(R"({"city":["New York"]})", R"({"city":"New York City"})"));
}

TEST(ScoreToolTruth, IsStrictAboutTypes) {
  EXPECT_FALSE(Books(R"({"city":["a"],"days":[5]})", R"({"city":"a","days":5.0})"));
  EXPECT_FALSE(Books(R"({"city":["a"],"days":[5]})", R"({"city":"a","days":"5"})"));
  EXPECT_TRUE(Books(R"({"city":["a"],"height":[5.0]})", R"({"city":"a","height":5})"));
  EXPECT_FALSE(Books(R"({"city":["a"],"hours":[[1.0]]})", R"({"city":"a","hours":[1]})"));
  EXPECT_TRUE(Books(R"({"city":["a"],"hours":[[1.0]]})", R"({"city":"a","hours":[1.0]})"));
}

TEST(ScoreToolTruth, LetsMarkedArgumentsBeLeftOut) {
  EXPECT_TRUE(Books(R"({"city":["a"],"days":[5,""]})", R"({"city":"a"})"));
  EXPECT_FALSE(Books(R"({"city":["a"],"days":[5]})", R"({"city":"a"})"));
  EXPECT_FALSE(Books(R"({"city":["a",""]})", R"({})")) << "the schema requires it";
  EXPECT_FALSE(Books(R"({"city":["a"]})", R"({"city":"a","days":5})")) << "not in the truth";
}

TEST(ScoreToolTruth, ComparesListsInOrderAndObjectsByMember) {
  EXPECT_FALSE(Books(R"({"city":["a"],"hours":[[1.0,2.0]]})", R"({"city":"a","hours":[2.0,1.0]})"));
  EXPECT_TRUE(Books(R"({"city":["a"],"guest":[{"name":["Ann","A"]}]})",
                    R"({"city":"a","guest":{"name":"ann"}})"));
  EXPECT_FALSE(Books(R"({"city":["a"],"guest":[{"name":["Ann"]}]})",
                     R"({"city":"a","guest":{"name":"ann","age":3}})"));
}

TEST(ScoreToolTruth, MatchesEachRightCallWithAnotherOne) {
  const std::string two = R"({"calls":[{"name":"trip.book","args":{"city":["a"]}},
                                       {"name":"trip.book","args":{"city":["b"]}}]})";
  EXPECT_TRUE(Right(two, Called({{"trip.book", R"({"city":"b"})"}, {"trip.book", R"({"city":"a"})"}})));
  EXPECT_FALSE(Right(two, Called({{"trip.book", R"({"city":"a"})"}})));
  EXPECT_FALSE(Right(two, Called({{"trip.book", R"({"city":"a"})"}, {"trip.find", R"({"city":"b"})"}})));
  std::string ordered = two;
  ordered.insert(ordered.size() - 1, R"(,"ordered":true)");
  EXPECT_FALSE(
      Right(ordered, Called({{"trip.book", R"({"city":"b"})"}, {"trip.book", R"({"city":"a"})"}})));
}

TEST(ScoreToolTruth, KnowsThatNoCallMayBeRight) {
  EXPECT_TRUE(Right(R"({"calls":[]})", Said("None of my tools does that.")));
  EXPECT_FALSE(Right(R"({"calls":[]})", Called({{"trip.book", R"({"city":"a"})"}})));
}

TEST(ParseToolTruth, NamesWhatIsWrong) {
  for (const char* text : {"{}", R"({"calls":[{}]})", R"({"calls":[{"name":"a","args":{"b":1}}]})"}) {
    EXPECT_THAT(ParseToolTruth(*ParseJson(text)), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace warmpath
