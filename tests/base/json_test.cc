#include "base/json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::StatusIs;

std::string Canonical(std::string_view text) { return CanonicalJson(ParseJson(text).value()); }

TEST(ParseJson, NamesThePlaceOfAnError) {
  EXPECT_THAT(ParseJson("{\n  \"a\": tru\n}"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 2, column ")));
  EXPECT_THAT(ParseJson("[1, 2"), StatusIs(absl::StatusCode::kInvalidArgument,
                                           HasSubstr("line 1, column 6 (byte 5): incomplete")));
  EXPECT_THAT(ParseJson("{} x"), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("byte 3): more text after the value")));
}

TEST(ParseJson, NeverQuotesTheText) {
  EXPECT_THAT(ParseJson("{\"card\": s3cret}"),
              StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr("s3cret"))));
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const char* text : {"", " ", "{'a':1}", "[1,]", "NaN", "01", "\"\xff\"", "// c\n1", "\"\n\"",
                           "{\"a\":1,}", "\"\\ud800\""}) {
    EXPECT_THAT(ParseJson(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(ParseJson, LimitsDepth) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  EXPECT_THAT(ParseJson(deep), IsOk());
  EXPECT_THAT(ParseJson("[" + deep + "]"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("deeper than 200 levels")));
  EXPECT_THAT(ParseJson("[[]]", 1), Not(IsOk()));
  EXPECT_THAT(ParseJson(std::string(1'000'000, '[')), Not(IsOk()));
}

TEST(ParseJson, LastOfARepeatedKeyCounts) {
  EXPECT_EQ(Canonical(R"({"a":1,"a":2})"), R"({"a":2})");
}

TEST(CanonicalJson, SortsKeysAtEveryDepth) {
  EXPECT_EQ(Canonical(R"({"b":[{"d":1,"c":2}],"a":null})"), R"({"a":null,"b":[{"c":2,"d":1}]})");
}

TEST(CanonicalJson, WritesEqualNumbersAlike) {
  for (const char* one : {"1", "1.0", "1e0", "10e-1"}) EXPECT_EQ(Canonical(one), "1") << one;
  EXPECT_EQ(Canonical("-0"), "0");
  EXPECT_EQ(Canonical("-0.0"), "0");
  EXPECT_EQ(Canonical("0.10"), "0.1");
  EXPECT_EQ(Canonical("5e-1"), "0.5");
  EXPECT_EQ(Canonical("1e18"), "1000000000000000000");
  EXPECT_EQ(Canonical("1e19"), "10000000000000000000");
  EXPECT_EQ(Canonical("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(Canonical("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(Canonical("1e300"), "1e+300");
  EXPECT_NE(Canonical("9007199254740993"), Canonical("9007199254740992.0"));
}

TEST(CanonicalJson, KeepsStringsAndTheirEscapes) {
  EXPECT_EQ(Canonical(R"(["\u00e9\n\"","1"])"), "[\"é\\n\\\"\",\"1\"]");
}

TEST(CanonicalJson, ReadsBackAsItself) {
  const std::string text = R"({"a":[1,2.5,"x",true,null,{"k":[]}],"b":{}})";
  EXPECT_EQ(Canonical(text), text);
}

TEST(ToJson, KeepsOrderAndKindOfNumber) {
  EXPECT_EQ(ToJson(ParseJson(R"({"b": 1.0, "a": 0.5, "c": 1})").value()),
            R"({"b":1.0,"a":0.5,"c":1})");
}

TEST(ToJson, WritesNoNumberThatIsNotJson) {
  EXPECT_EQ(ToJson(boost::json::value(std::numeric_limits<double>::infinity())), "null");
}

TEST(Pointer, EscapesTokens) {
  EXPECT_EQ(PointerAppend("", "a"), "/a");
  EXPECT_EQ(PointerAppend("/a", "b/c~d"), "/a/b~1c~0d");
  EXPECT_EQ(PointerAppend("/a", size_t{3}), "/a/3");
}

TEST(Find, FollowsAPointer) {
  const boost::json::value value = ParseJson(R"({"a":[{"b/c":"x"}],"o":{}})").value();
  EXPECT_EQ(Find(value, ""), &value);
  ASSERT_NE(FindString(value, "/a/0/b~1c"), nullptr);
  EXPECT_EQ(*FindString(value, "/a/0/b~1c"), "x");
  EXPECT_NE(FindArray(value, "/a"), nullptr);
  EXPECT_NE(FindObject(value, "/o"), nullptr);
}

TEST(Find, FindsNothingWithoutComplaint) {
  const boost::json::value value = ParseJson(R"({"a":[1]})").value();
  for (const char* pointer :
       {"/b", "/a/1", "/a/-", "/a/x", "/a/0/b", "a", "/a~2", "/a/01", "/a/99999999999999999999"}) {
    EXPECT_EQ(Find(value, pointer), nullptr) << pointer;
  }
  EXPECT_EQ(FindString(value, "/a"), nullptr);
}

}  // namespace
}  // namespace warmpath
