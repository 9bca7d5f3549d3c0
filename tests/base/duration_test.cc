#include "base/duration.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

TEST(ParseHumanDuration, ReadsEveryForm) {
  const struct {
    const char* text;
    absl::Duration expected;
  } kCases[] = {
      {"0s", absl::ZeroDuration()},
      {"250ms", absl::Milliseconds(250)},
      {"90s", absl::Seconds(90)},
      {"53 min", absl::Minutes(53)},
      {"5m", absl::Minutes(5)},
      {"6h", absl::Hours(6)},
      {"14d", absl::Hours(14 * 24)},
      {"1 day", absl::Hours(24)},
      {"1h30m", absl::Minutes(90)},
      {"1h 30 minutes 5s", absl::Seconds(5405)},
      {"1.5s", absl::Milliseconds(1500)},
      {"0.25 d", absl::Hours(6)},
      {"1.000000001s", absl::Seconds(1) + absl::Nanoseconds(1)},
      {" 3us ", absl::Microseconds(3)},
      {"3652500d", absl::Seconds(315'576'000'000)},
  };
  for (const auto& c : kCases) EXPECT_EQ(ParseHumanDuration(c.text).value(), c.expected) << c.text;
}

TEST(ParseHumanDuration, RefusesTheRestWithARemedy) {
  for (const char* text : {"",
                           " ",
                           "5",
                           "0",
                           "-5s",
                           "+5s",
                           "s",
                           "5x",
                           "5 parsecs",
                           "1s1h",
                           "1s1s",
                           "1.5h30m",
                           "1.s",
                           ".5s",
                           "1e3s",
                           "inf",
                           "5S",
                           "3652501d",
                           "99999999999999999999s",
                           "999999999999999999d",
                           "1.0000000001s"}) {
    EXPECT_THAT(ParseHumanDuration(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("write for example")))
        << text;
  }
}

TEST(FormatHumanDuration, KeepsWhatMattersAtItsSize) {
  const struct {
    absl::Duration duration;
    const char* expected;
  } kCases[] = {
      {absl::ZeroDuration(), "0s"},
      {absl::Nanoseconds(5), "5ns"},
      {absl::Microseconds(999), "999us"},
      {absl::Milliseconds(250), "250ms"},
      {absl::Milliseconds(1000), "1s"},
      {absl::Milliseconds(1550), "1.5s"},
      {absl::Milliseconds(12'900), "12s"},
      {absl::Seconds(90), "90s"},
      {absl::Seconds(120), "2 min"},
      {absl::Minutes(53) + absl::Seconds(59), "53 min"},
      {absl::Hours(2), "2h"},
      {absl::Hours(5) + absl::Minutes(20), "5h 20m"},
      {absl::Hours(48), "2d"},
      {absl::Hours(76), "3d 4h"},
      {absl::Hours(14 * 24), "14d"},
      {-absl::Minutes(53), "-53 min"},
      {absl::InfiniteDuration(), "forever"},
      {-absl::InfiniteDuration(), "-forever"},
  };
  for (const auto& c : kCases) EXPECT_EQ(FormatHumanDuration(c.duration), c.expected);
}

TEST(FormatHumanDuration, IsReadBack) {
  for (int64_t ms = 1; ms < 1'000'000'000'000; ms = ms * 7 / 3 + 1) {
    const std::string text = FormatHumanDuration(absl::Milliseconds(ms));
    EXPECT_EQ(FormatHumanDuration(ParseHumanDuration(text).value()), text);
  }
}

TEST(ParseByteSize, ReadsEveryForm) {
  EXPECT_EQ(ParseByteSize("512").value(), 512u);
  EXPECT_EQ(ParseByteSize("0").value(), 0u);
  EXPECT_EQ(ParseByteSize("10MB").value(), 10'000'000u);
  EXPECT_EQ(ParseByteSize("64 KiB").value(), 65'536u);
  EXPECT_EQ(ParseByteSize("1.5GB").value(), 1'500'000'000u);
  EXPECT_EQ(ParseByteSize("2TiB").value(), uint64_t{2} << 40);
  EXPECT_EQ(ParseByteSize("1kB").value(), ParseByteSize("1KB").value());
}

TEST(ParseByteSize, RefusesTheRestWithARemedy) {
  for (const char* text : {"", "MB", "-1", "10 mb", "10M", "10XB", "0.5", "1.0001kB", "1e6",
                           "99999999TiB", "1 MB 2"}) {
    EXPECT_THAT(ParseByteSize(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("write for example")))
        << text;
  }
}

TEST(FormatByteSize, RoundsToATenth) {
  EXPECT_EQ(FormatByteSize(0), "0 B");
  EXPECT_EQ(FormatByteSize(999), "999 B");
  EXPECT_EQ(FormatByteSize(1000), "1 kB");
  EXPECT_EQ(FormatByteSize(1'540'000), "1.5 MB");
  EXPECT_EQ(FormatByteSize(999'999), "1 MB");
  EXPECT_EQ(FormatByteSize(UINT64_MAX), "18.4 EB");
}

}  // namespace
}  // namespace warmpath
