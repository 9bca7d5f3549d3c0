#include "scorer/value_forms.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;

TEST(ReadNumber, TakesWholeTextsOnly) {
  EXPECT_EQ(ReadNumber(" 5 "), 5);
  EXPECT_EQ(ReadNumber("-1.5e3"), -1500);
  EXPECT_EQ(ReadNumber("1,234,567"), 1234567);
  EXPECT_EQ(ReadNumber("12,34"), std::nullopt);
  EXPECT_EQ(ReadNumber("5 km"), std::nullopt);
  EXPECT_EQ(ReadNumber(""), std::nullopt);
  EXPECT_EQ(ReadNumber("nan"), std::nullopt);
}

TEST(ReadDate, KnowsTheCommonForms) {
  const DateForm may_first{2024, 5, 1};
  for (const char* text : {"2024-05-01", "2024/5/1", "05/01/2024", "01.05.2024", "May 1, 2024",
                           "1st of May 2024", "Wednesday, May 1st, 2024", "2024-05-01T00:00:00Z"}) {
    EXPECT_EQ(ReadDate(text), may_first) << text;
  }
  EXPECT_EQ(ReadDate("25/12/2023"), (DateForm{2023, 12, 25}));
  EXPECT_EQ(ReadDate("May 2024"), (DateForm{2024, 5, 0}));
}

TEST(ReadDate, LeavesWhatIsNoDate) {
  for (const char* text : {"2024-13-01", "1.2.3.4", "may", "2024", "2024-05-01T17:30:00",
                           "12-34-56", "tomorrow", "May Day parade 2024"}) {
    EXPECT_EQ(ReadDate(text), std::nullopt) << text;
  }
}

TEST(ReadTime, KnowsTwelveAndTwentyFourHours) {
  EXPECT_EQ(ReadTime("5 PM"), 17 * 3600);
  EXPECT_EQ(ReadTime("17:00:00"), 17 * 3600);
  EXPECT_EQ(ReadTime("5:30 p.m."), 17 * 3600 + 1800);
  EXPECT_EQ(ReadTime("12 am"), 0);
  EXPECT_EQ(ReadTime("17"), std::nullopt);
  EXPECT_EQ(ReadTime("25:00"), std::nullopt);
}

TEST(ReadMeasure, ConvertsWithinOneKind) {
  EXPECT_EQ(ReadMeasure("5 km")->number, ReadMeasure("5000 meters")->number);
  EXPECT_EQ(ReadMeasure("kilometers")->base, ReadMeasure("km")->base);
  EXPECT_NE(ReadMeasure("5 kg")->base, ReadMeasure("5 km")->base);
  EXPECT_EQ(ReadMeasure("$5")->number, ReadMeasure("5 dollars")->number);
  EXPECT_FALSE(ReadMeasure("USD").has_value()) << "a currency alone is a code";
  EXPECT_FALSE(ReadMeasure("five").has_value());
}

TEST(FoldPunctuation, KeepsWhatCarriesMeaning) {
  EXPECT_EQ(FoldPunctuation("New York, NY"), FoldPunctuation("new-york_ny"));
  EXPECT_NE(FoldPunctuation("-5"), FoldPunctuation("5"));
  EXPECT_NE(FoldPunctuation("1.5"), FoldPunctuation("15"));
  EXPECT_NE(FoldPunctuation("C"), FoldPunctuation("C++"));
}

TEST(ReadWords, DropsArticlesAndPlurals) {
  EXPECT_THAT(ReadWords("The Lord of the Rings", false), ElementsAre("lord", "ring"));
  EXPECT_THAT(ReadWords("U.S.A.", true), ElementsAre("united", "state"));
  EXPECT_THAT(ReadWords("United States of America", true), ElementsAre("united", "state"));
}

TEST(FoldMath, UnifiesPowersAndProducts) {
  EXPECT_EQ(FoldMath("3*x**2 + 1"), FoldMath("3x^2+1"));
  EXPECT_EQ(FoldMath("plain name"), std::nullopt);
}

}  // namespace
}  // namespace warmpath
