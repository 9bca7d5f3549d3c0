#include "provider/wire/json_scan.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

TEST(HasFilledMember, SeesRealKeysWithRealValuesOnly) {
  EXPECT_TRUE(HasFilledMember(R"({"a":{"k" : "x"}})", "\"k\""));
  EXPECT_TRUE(HasFilledMember(R"({"k":null,"b":{"k":1}})", "\"k\""));
  EXPECT_TRUE(HasFilledMember(R"({"k":[{}]})", "\"k\""));
  EXPECT_FALSE(HasFilledMember(R"({"k":null})", "\"k\""));
  EXPECT_FALSE(HasFilledMember(R"({"k":""})", "\"k\""));
  EXPECT_FALSE(HasFilledMember(R"({"k":[ ]})", "\"k\""));
  EXPECT_FALSE(HasFilledMember(R"({"k":{}})", "\"k\""));
  EXPECT_FALSE(HasFilledMember(R"({"a":"k"})", "\"k\""));
  EXPECT_FALSE(HasFilledMember(R"({"a":"\"k\":1"})", "\"k\""));
  EXPECT_FALSE(HasFilledMember(R"({"k")", "\"k\""));
  EXPECT_FALSE(HasFilledMember(R"({"k":)", "\"k\""));
  EXPECT_FALSE(HasFilledMember(R"({"k":")", "\"k\""));
}

TEST(HasTopLevelValue, LooksAtTheOutermostObjectOnly) {
  EXPECT_TRUE(HasTopLevelValue(R"( {"error":{"a":1}})", "\"error\""));
  EXPECT_TRUE(HasTopLevelValue(R"({"a":[{}],"b":"\"","error": "x"})", "\"error\""));
  EXPECT_FALSE(HasTopLevelValue(R"({"error":null})", "\"error\""));
  EXPECT_FALSE(HasTopLevelValue(R"({"a":{"error":{}}})", "\"error\""));
  EXPECT_FALSE(HasTopLevelValue(R"([{"error":{}}])", "\"error\""));
  EXPECT_FALSE(HasTopLevelValue(R"({"a":"error"})", "\"error\""));
  EXPECT_FALSE(HasTopLevelValue(R"({"a":"}","b":{"error":1)", "\"error\""));
}

TEST(ScanString, GivesTheFirstPlainString) {
  EXPECT_EQ(ScanString(R"({"type" : "ping"})", "\"type\""), "ping");
  EXPECT_EQ(ScanString(R"({"type":5})", "\"type\""), "");
  EXPECT_EQ(ScanString(R"({"type":"a\"b"})", "\"type\""), "");
  EXPECT_EQ(ScanString(R"({"x":1})", "\"type\""), "");
}

TEST(RawMember, GivesTheTextAsItStands) {
  constexpr char kText[] = R"( {"a" : 1.10 ,"b":{"c": [1, {"d":"]}\""}] }, "e":"x\"y","n":null,"a":2e5})";
  EXPECT_EQ(RawMember(kText, "\"a\""), "2e5");
  EXPECT_EQ(RawMember(kText, "\"b\""), R"({"c": [1, {"d":"]}\""}] })");
  EXPECT_EQ(RawMember(kText, "\"e\""), R"("x\"y")");
  EXPECT_EQ(RawMember(kText, "\"n\""), "null");
  EXPECT_EQ(RawMember(kText, "\"c\""), "");
  EXPECT_EQ(RawMember("[1]", "\"a\""), "");
  EXPECT_EQ(RawMember("{}", "\"a\""), "");
  EXPECT_EQ(RawMember("{\"a\":-0.0}", "\"a\""), "-0.0");
}

TEST(RawElement, GivesTheTextAsItStands) {
  EXPECT_EQ(RawElement(R"([ 1 , "a,b" , {"x":[]}, [2,3]])", 0), "1");
  EXPECT_EQ(RawElement(R"([ 1 , "a,b" , {"x":[]}, [2,3]])", 1), "\"a,b\"");
  EXPECT_EQ(RawElement(R"([ 1 , "a,b" , {"x":[]}, [2,3]])", 2), R"({"x":[]})");
  EXPECT_EQ(RawElement(R"([ 1 , "a,b" , {"x":[]}, [2,3]])", 3), "[2,3]");
  EXPECT_EQ(RawElement(R"([ 1 , "a,b" , {"x":[]}, [2,3]])", 4), "");
  EXPECT_EQ(RawElement("[]", 0), "");
  EXPECT_EQ(RawElement("{}", 0), "");
}

TEST(RawElements, GivesEachTextAsItStands) {
  RawElements elements(R"( [ 1 , "a,]b" , {"x":[]}, [2,3]] )");
  std::string_view text;
  for (std::string_view expected : {"1", "\"a,]b\"", R"({"x":[]})", "[2,3]"}) {
    EXPECT_TRUE(elements.Next(text));
    EXPECT_EQ(text, expected);
  }
  EXPECT_FALSE(elements.Next(text));
  EXPECT_EQ(text, "");
  for (std::string_view none : {"[ ]", "{}", "", "1"}) EXPECT_FALSE(RawElements(none).Next(text));
}

}  // namespace
}  // namespace warmpath
