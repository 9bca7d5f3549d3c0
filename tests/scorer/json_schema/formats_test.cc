#include "scorer/json_schema/formats.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

struct FormatCase {
  const char* format;
  const char* text;
  bool valid;
};

class Formats : public ::testing::TestWithParam<FormatCase> {};

TEST_P(Formats, AreChecked) {
  const FormatCheck check = FindFormat(GetParam().format);
  ASSERT_NE(check, nullptr) << GetParam().format;
  EXPECT_EQ(check(GetParam().text), GetParam().valid)
      << GetParam().text << " as " << GetParam().format;
}

INSTANTIATE_TEST_SUITE_P(Time, Formats, ::testing::Values(
    FormatCase{"date-time", "2024-02-29T23:59:59.5+02:00", true},
    FormatCase{"date-time", "2023-02-29T00:00:00Z", false},
    FormatCase{"date-time", "2024-01-01 00:00:00Z", false},
    FormatCase{"date-time", "2024-01-01T00:00:00", false},
    FormatCase{"date-time", "1998-12-31T15:59:60-08:00", true},
    FormatCase{"date-time", "1998-12-31T15:59:60Z", false},
    FormatCase{"date", "1900-02-29", false},
    FormatCase{"date", "2024-13-01", false},
    FormatCase{"time", "24:00:00Z", false},
    FormatCase{"time", "12:00:00.Z", false},
    FormatCase{"duration", "P3Y6M4DT12H30M5S", true},
    FormatCase{"duration", "P2W", true},
    FormatCase{"duration", "PT", false},
    FormatCase{"duration", "P1D2Y", false},
    FormatCase{"duration", "P1W2D", false},
    FormatCase{"duration", "P", false}));

INSTANTIATE_TEST_SUITE_P(Net, Formats, ::testing::Values(
    FormatCase{"email", "joe.bloggs@example.com", true},
    FormatCase{"email", "\"joe bloggs\"@example.com", true},
    FormatCase{"email", "joe@[127.0.0.1]", true},
    FormatCase{"email", ".joe@example.com", false},
    FormatCase{"email", "joe", false},
    FormatCase{"idn-email", "\u00e9@example.com", true},
    FormatCase{"hostname", "a-b.example", true},
    FormatCase{"hostname", "-a.example", false},
    FormatCase{"hostname", "a..b", false},
    FormatCase{"hostname", "", false},
    FormatCase{"ipv4", "192.168.0.1", true},
    FormatCase{"ipv4", "192.168.0.01", false},
    FormatCase{"ipv4", "256.0.0.1", false},
    FormatCase{"ipv4", "1.2.3", false},
    FormatCase{"ipv6", "::ffff:192.168.0.1", true},
    FormatCase{"ipv6", "::", true},
    FormatCase{"ipv6", "1:2:3:4:5:6:7:8:9", false},
    FormatCase{"ipv6", "1::2::3", false},
    FormatCase{"ipv6", "1.2.3.4::1", false},
    FormatCase{"ipv6", "fe80::1%eth0", false}));

INSTANTIATE_TEST_SUITE_P(Others, Formats, ::testing::Values(
    FormatCase{"uri", "https://u:p@[::1]:80/a%20b?q=1#f", true},
    FormatCase{"uri", "urn:isbn:123", true},
    FormatCase{"uri", "/relative", false},
    FormatCase{"uri", "http://a b", false},
    FormatCase{"uri", "http://a/%zz", false},
    FormatCase{"uri-reference", "../a?b", true},
    FormatCase{"uri-reference", "a b", false},
    FormatCase{"iri", "https://\u00e9.example/", true},
    FormatCase{"uri-template", "/u/{id}{?q*,r:3}", true},
    FormatCase{"uri-template", "/u/{id", false},
    FormatCase{"uuid", "2EB8AA08-AA98-11EA-B4AA-73B441D16380", true},
    FormatCase{"uuid", "2eb8aa08aa9811eab4aa73b441d16380", false},
    FormatCase{"json-pointer", "/a~1b/~0", true},
    FormatCase{"json-pointer", "/a~2", false},
    FormatCase{"relative-json-pointer", "1/a", true},
    FormatCase{"relative-json-pointer", "01/a", false},
    FormatCase{"regex", "^(?!a)b\\1$", true},
    FormatCase{"regex", "(", false}));

TEST(FindFormat, KnowsNoCheckForUnknownNames) {
  EXPECT_EQ(FindFormat("colour"), nullptr);
  EXPECT_EQ(FindFormat("idn-hostname"), nullptr);
}

}  // namespace
}  // namespace warmpath
