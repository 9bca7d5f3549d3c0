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

}  // namespace
}  // namespace warmpath
