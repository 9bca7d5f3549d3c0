#include "base/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace warmpath {
namespace {

TEST(ValidUtf8Prefix, AcceptsEveryLength) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("aé€😀"));
  EXPECT_TRUE(IsValidUtf8("\xf4\x8f\xbf\xbf"));  // U+10FFFF
  EXPECT_TRUE(IsValidUtf8("\xed\x9f\xbf"));      // U+D7FF
  EXPECT_TRUE(IsValidUtf8(std::string("\0", 1)));
}

TEST(ValidUtf8Prefix, StopsAtWhatIsNot) {
  for (const char* bad : {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
                          "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x82x", "\xff"}) {
    EXPECT_EQ(ValidUtf8Prefix(std::string("ok") + bad), 2u) << testing::PrintToString(bad);
  }
}

TEST(TruncateUtf8, CutsNoCharacterInTwo) {
  EXPECT_EQ(TruncateUtf8("a€b", 1), "a");
  EXPECT_EQ(TruncateUtf8("a€b", 2), "a");
  EXPECT_EQ(TruncateUtf8("a€b", 3), "a");
  EXPECT_EQ(TruncateUtf8("a€b", 4), "a€");
  EXPECT_EQ(TruncateUtf8("a€b", 9), "a€b");
  EXPECT_EQ(TruncateUtf8("€", 0), "");
}

}  // namespace
}  // namespace warmpath
