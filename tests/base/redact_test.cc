#include "base/redact.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::StatusIs;
using ::testing::UnorderedElementsAre;

std::string Redacted(std::string_view text) {
  static const Redactor* const redactor = new Redactor(Redactor::Create().value());
  return redactor->Redact(text).text;
}

// Keys are put together here, so that no scanner takes this file for a leak.
std::string Key(const std::string& prefix, size_t length) {
  std::string key = prefix;
  for (size_t i = 0; i < length; ++i) key += "aB3dE5gH7j"[i % 10];
  return key;
}

TEST(Redactor, ReplacesEachKind) {
  const struct {
    std::string text;
    std::string expected;
  } kCases[] = {
      {"write to jo.doe+x@mail.example.com.", "write to [email]."},
      {"a@b.de,c@d.org", "[email],[email]"},
      {"jürgen@müller.example", "[email]"},
      {"card 4111 1111 1111 1111 ok", "card [card] ok"},
      {"4111111111111111", "[card]"},
      {"5500-0000-0000-0004", "[card]"},
      {"378282246310005", "[card]"},
      {"on 2024-01-15 4111 1111 1111 1111 5500 0000 0000 0004", "on 2024-01-15 [card] [card]"},
      {"IBAN DE89 3704 0044 0532 0130 00 THIS WEEK", "IBAN [iban] THIS WEEK"},
      {"GB82WEST12345698765432", "[iban]"},
      {"nl91abna0417164300", "[iban]"},
      {"call +49 (0)30 1234567 now", "call [phone] now"},
      {"+1 (555) 010-9999", "[phone]"},
      {"0049 30 1234567", "[phone]"},
      {"(555) 010-9999, 555-010-9999 or 555.010.9999", "[phone], [phone] or [phone]"},
      {"use " + Key("sk-", 40) + ".", "use [api_key]."},
      {Key("sk-ant-api03-", 30), "[api_key]"},
      {Key("ghp_", 36), "[api_key]"},
      {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[api_key]"},
      {"Authorization: Bearer " + Key("", 24), "Authorization: Bearer [api_key]"},
      {"authorization: basic dXNlcjpwYXNzMQ==", "authorization: basic [api_key]"},
      {"password=hunterhunter&x=1", "password=[api_key]&x=1"},
      {R"({"api_key": "abcdefgh"})", R"({"api_key": "[api_key]"})"},
      {R"("{\"password\":\"abc def\"}")", R"("{\"password\":\"abc def\"}")"},
      {R"("{\"password\":\"abcdef\"}")", R"("{\"password\":\"[api_key]\"}")"},
      {"access_token: " + Key("", 12), "access_token: [api_key]"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Redacted(c.text), c.expected);
    EXPECT_EQ(Redacted(c.expected), c.expected) << "again";
  }
}

TEST(Redactor, LeavesTheRestAlone) {
  for (const char* text : {"",
                           "nothing here",
                           "order 12345 of 2024-01-15",
                           "1700000000123",
                           "4111 1111 1111 1112",
                           "550e8400-e29b-41d4-a716-446655440000",
                           "GB83WEST12345698765432",
                           "the bearer certificates",
                           "a basic understanding",
                           "token: please",
                           "max_tokens: 4096",
                           "risk-assessment-of-the-long-kind",
                           "user@localhost",
                           "@handle",
                           "3.14159265358979",
                           "a+b=c",
                           "192.168.100.200",
                           "12:34:56.789",
                           "[email] [card]",
                           "\xff\xfe",
                           "ünïcode",
                           "11111111111111111111111111",
                           "7 + 1234"}) {
    EXPECT_EQ(Redacted(text), text);
  }
}

TEST(Redactor, CountsByKind) {
  const Redactor redactor = Redactor::Create().value();
  EXPECT_THAT(redactor.Redact("a@b.de c@d.de 4111111111111111").counts,
              UnorderedElementsAre(Pair("email", 2), Pair("card", 1)));
  EXPECT_THAT(redactor.Redact("nothing").counts, IsEmpty());
}

TEST(Redactor, TakesRulesOfOnesOwn) {
  const Redactor redactor =
      Redactor::Create({{"ticket", "TCK-[0-9]{3}"}, {"name", "Mr ([A-Zü][a-zü]+)"}}).value();
  EXPECT_EQ(redactor.Redact("TCK-123: Mr Müller, a@b.de").text, "[ticket]: Mr [name], [email]");
}

TEST(Redactor, RefusesBadRules) {
  EXPECT_THAT(Redactor::Create({{"x", "("}}),
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("rule 'x'"))));
  EXPECT_THAT(Redactor::Create({{"x", "a*"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty text")));
  EXPECT_THAT(Redactor::Create({{"X y", "a"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("lower_snake")));
}

TEST(Redactor, PassesOverMatchesOfNothing) {
  const Redactor redactor = Redactor::Create({{"x", "\\b|cat"}}).value();
  EXPECT_EQ(redactor.Redact("a cat").text, "a cat");
}

// Each is the worst that one rule can meet; were any quadratic, this would take minutes.
TEST(Redactor, GetsThroughAMegabyteOfTheWorst) {
  for (const char* piece : {"1", "1 ", "4111 ", "a@", "a.", "a@b.cc-", "DE89 ", "+1 (", "sk-",
                            "eyJ.", "bearer ", "password=", "x", " ", "\xff"}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    EXPECT_FALSE(Redacted(text).empty()) << piece;
  }
}

}  // namespace
}  // namespace warmpath
