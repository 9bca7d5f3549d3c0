#include "scorer/json_schema/ecma_pattern.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;

struct Match {
  const char* pattern;
  const char* text;
  bool found;
};

class EcmaPatterns : public ::testing::TestWithParam<Match> {};

TEST_P(EcmaPatterns, MatchAsEcmaSays) {
  const EcmaPattern pattern(GetParam().pattern, 1 << 20);
  ASSERT_TRUE(pattern.checkable()) << GetParam().pattern << ": " << pattern.problem();
  EXPECT_EQ(pattern.FoundIn(GetParam().text), GetParam().found)
      << GetParam().pattern << " in " << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Classes, EcmaPatterns, ::testing::Values(
    Match{"^\\d+$", "123", true},
    Match{"^\\d+$", "\u0663", false},         // an Arabic digit: \d is ASCII
    Match{"^\\w$", "\u00e9", false},
    Match{"^\\s$", "\u00a0", true},           // \s is Unicode
    Match{"^\\S$", "\ufeff", false},
    Match{"^[^\\s]$", "\u2028", false},
    Match{"^[\\w-.]+$", "a-b.c", true},
    Match{"^[a-zA-Z0-9-_.]+$", "a-_.9", true},
    Match{"^[[:alpha:]]$", ":]", true},       // no POSIX classes in ECMA-262
    Match{"[]", "a", false},
    Match{"^[^]$", "\n", true},
    Match{"^[\\b]$", "\b", true},
    Match{"^[\\]\\\\^-]+$", "]\\^-", true},
    Match{"^\\p{Letter}+$", "L\u00e9", true},
    Match{"^\\p{Lu}$", "a", false},
    Match{"^\\P{L}$", "1", true},
    Match{"^\\p{Script=Greek}$", "\u03b1", true},
    Match{"^.$", "\u2028", false},
    Match{"^.$", "\U0001F4A9", true}));

INSTANTIATE_TEST_SUITE_P(Escapes, EcmaPatterns, ::testing::Values(
    Match{"^\\u00e9$", "\u00e9", true},
    Match{"^\\uD83D\\uDCA9$", "\U0001F4A9", true},
    Match{"^\\u{1F4A9}$", "\U0001F4A9", true},
    Match{"^\\x41\\/\\-\\_\\@$", "A/-_@", true},
    Match{"^\\cC$", "\x03", true},
    Match{"^\\t\\v\\f$", "\t\v\f", true},
    Match{"^a$", "a\n", false}));

INSTANTIATE_TEST_SUITE_P(Structure, EcmaPatterns, ::testing::Values(
    Match{"^(?<year>\\d{4})-(?:\\d\\d)$", "2024-05", true},
    Match{"^a{2,3}?$", "aaaa", false},
    Match{"^{foo}$", "{foo}", true},
    Match{"^a{,3}$", "a{,3}", true},
    Match{"^.{1,2500}$", "abc", true},
    Match{"(?i)^abc$", "ABC", true},
    Match{"\\bcat\\b", "a cat.", true},
    Match{"a|", "zzz", true}));

INSTANTIATE_TEST_SUITE_P(LookAheads, EcmaPatterns, ::testing::Values(
    Match{"^(?!@@)[\\w@]+$", "@a", true},
    Match{"^(?!@@)[\\w@]+$", "@@a", false},
    Match{"^(?=.*[a-z])(?=.*\\d).{8,}$", "abcdefg1", true},
    Match{"^(?=.*[a-z])(?=.*\\d).{8,}$", "abcdefgh", false},
    Match{"^(?!foo|bar)", "barn", false}));

TEST(EcmaPattern, CountsLongRepetitionsExactly) {
  const EcmaPattern pattern("^a{1500,2500}$", 1 << 20);
  ASSERT_TRUE(pattern.checkable()) << pattern.problem();
  EXPECT_FALSE(pattern.FoundIn(std::string(1499, 'a')));
  EXPECT_TRUE(pattern.FoundIn(std::string(1500, 'a')));
  EXPECT_TRUE(pattern.FoundIn(std::string(2500, 'a')));
  EXPECT_FALSE(pattern.FoundIn(std::string(2501, 'a')));
}

struct Problem {
  const char* pattern;
  const char* problem;
};

class UncheckablePatterns : public ::testing::TestWithParam<Problem> {};

TEST_P(UncheckablePatterns, SayWhy) {
  const EcmaPattern pattern(GetParam().pattern, 1 << 20);
  EXPECT_FALSE(pattern.checkable()) << GetParam().pattern;
  EXPECT_THAT(pattern.problem(), HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(All, UncheckablePatterns, ::testing::Values(
    Problem{"(a)\\1", "back-reference"},
    Problem{"(?<n>a)\\k<n>", "back-reference"},
    Problem{"a(?=b)", "look-ahead"},
    Problem{"(?!a)b", "look-ahead"},
    Problem{"^(?!a)b|c", "look-ahead"},
    Problem{"(?<=a)b", "look-behind"},
    Problem{"\\Aabc\\Z", "unknown escape"},
    Problem{"a**", "nothing to repeat"},
    Problem{"*a", "nothing to repeat"},
    Problem{"a${1,2}", "nothing to repeat"},
    Problem{"(a", "missing )"},
    Problem{"a)", "unmatched )"},
    Problem{"[a", "missing ]"},
    Problem{"[z-a]", "out of order"},
    Problem{"a{3,2}", "out of order"},
    Problem{"a{1000000}", "too large"},
    Problem{"(?:a{900}){900}", "linear time"},
    Problem{"\\", "trailing backslash"},
    Problem{"\\p{Nonsense}", "linear time"},
    Problem{"\xff", "invalid UTF-8"}));

}  // namespace
}  // namespace warmpath
