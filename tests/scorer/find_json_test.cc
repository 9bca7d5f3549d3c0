#include "scorer/find_json.h"

#include <string>

#include "gtest/gtest.h"

namespace warmpath {
namespace {

JsonPlace PlaceOf(std::string_view text) { return FindJson(text).place; }

TEST(FindJson, TakesAWholeTextWithSpaceAroundIt) {
  EXPECT_EQ(PlaceOf(" \n{\"a\":1}\r\n"), JsonPlace::kWhole);
  EXPECT_EQ(PlaceOf("[1,2]"), JsonPlace::kWhole);
  EXPECT_EQ(PlaceOf("\"word\""), JsonPlace::kWhole);
}

TEST(FindJson, TakesTheOnlyFencedBlock) {
  EXPECT_EQ(PlaceOf("Here you are:\n```json\n{\"a\":1}\n```\nDone."), JsonPlace::kFence);
  EXPECT_EQ(PlaceOf("~~~\n[1]\n~~~"), JsonPlace::kFence);
  EXPECT_EQ(PlaceOf("```json\n{\"a\":1}"), JsonPlace::kFence) << "a block that is never closed";
  EXPECT_EQ(PlaceOf("```python\nprint(1)\n```\n```json\n{\"a\":1}\n```"), JsonPlace::kFence);
}

TEST(FindJson, TakesTheOnlyObjectAmidWords) {
  const FoundJson found = FindJson("The answer is {\"a\": \"b } c\"} as you wished [1].");
  EXPECT_EQ(found.place, JsonPlace::kProse);
  EXPECT_EQ(found.value().at("a").as_string(), "b } c");
  EXPECT_EQ(PlaceOf("List: [{\"a\":1},{\"a\":2}] end"), JsonPlace::kProse);
}

TEST(FindJson, TakesNothingWhereThereAreTwo) {
  EXPECT_EQ(PlaceOf("Either {\"a\":1} or {\"a\":2}"), JsonPlace::kNone);
  EXPECT_EQ(PlaceOf("```\n{\"a\":1}\n```\n```\n{\"a\":2}\n```\n"), JsonPlace::kNone);
}

TEST(FindJson, TakesNoFootnoteForAnAnswer) {
  EXPECT_EQ(PlaceOf("As shown in [1] and [2], it works."), JsonPlace::kNone);
}

TEST(FindJson, SaysWhyTheTextIsNotJsonWithoutQuotingIt) {
  const FoundJson found = FindJson("{\"secret\": tru}");
  EXPECT_EQ(found.place, JsonPlace::kNone);
  EXPECT_EQ(found.problem.find("secret"), std::string::npos);
  EXPECT_NE(found.problem.find("byte"), std::string::npos);
}

TEST(FindJson, RefusesWhatIsNestedTooDeeply) {
  EXPECT_EQ(PlaceOf(std::string(100'000, '[')), JsonPlace::kTooDeep);
}

TEST(FindJson, IsBoundedOnHostileText) {
  std::string braces;
  for (int i = 0; i < 200'000; ++i) braces += "{ x ";
  EXPECT_EQ(PlaceOf(braces), JsonPlace::kNone);
  EXPECT_EQ(PlaceOf(std::string("{\"a\":\"\xff\xfe\"}")), JsonPlace::kNone) << "invalid UTF-8";
  EXPECT_EQ(PlaceOf(std::string("\0\0", 2)), JsonPlace::kNone);
  EXPECT_EQ(PlaceOf(""), JsonPlace::kNone);
}

}  // namespace
}  // namespace warmpath
