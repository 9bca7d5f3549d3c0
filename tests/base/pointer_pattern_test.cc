#include "base/pointer_pattern.h"

#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::StatusIs;

TEST(ParsePointerPattern, TellsPlacesFromWholeTexts) {
  for (const char* plain : {"", "(?i)refund", "/status", "(?P<a>x)", "x(?/y)"}) {
    const auto parsed = ParsePointerPattern(plain);
    ASSERT_TRUE(parsed.ok()) << plain;
    EXPECT_FALSE(parsed->at_pointer) << plain;
    EXPECT_EQ(parsed->pattern, plain);
  }
  const auto place = ParsePointerPattern("(?/items/*/status)^(open|closed)$");
  ASSERT_TRUE(place.ok());
  EXPECT_TRUE(place->at_pointer);
  EXPECT_EQ(place->pointer, "/items/*/status");
  EXPECT_EQ(place->pattern, "^(open|closed)$");
  EXPECT_THAT(ParsePointerPattern("(?/status"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(TextsAtPointer, ReadsStringsAsTheyAreAndTheRestAsJson) {
  const auto value = *ParseJson(
      R"({"a":"x y","n":1.5,"b":true,"o":{"k":null},"*":3,"l":[{"s":"p"},{"t":1},{"s":[2]}],"a*":4})");
  EXPECT_THAT(TextsAtPointer(value, "/a"), ElementsAre("x y"));
  EXPECT_THAT(TextsAtPointer(value, "/n"), ElementsAre("1.5"));
  EXPECT_THAT(TextsAtPointer(value, "/b"), ElementsAre("true"));
  EXPECT_THAT(TextsAtPointer(value, "/o"), ElementsAre(R"({"k":null})"));
  EXPECT_THAT(TextsAtPointer(value, "/l/*/s"), ElementsAre("p", "[2]"));
  EXPECT_THAT(TextsAtPointer(value, "/l/0/s"), ElementsAre("p"));
  EXPECT_THAT(TextsAtPointer(value, "/a*"), ElementsAre("4"));
  EXPECT_THAT(TextsAtPointer(value, "/none"), IsEmpty());
  EXPECT_THAT(TextsAtPointer(value, "/a/*"), IsEmpty());
  EXPECT_THAT(TextsAtPointer(value, "/l/*", 2).size(), 2u);
}

}  // namespace
}  // namespace warmpath
