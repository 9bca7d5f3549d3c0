#include "base/log.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <cmath>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_split.h"
#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using testing::StatusIs;

class LogTest : public ::testing::Test {
 protected:
  void SetUpWith(LogFormat format, LogLevel level = spdlog::level::info) {
    LogOptions options;
    options.format = format;
    options.level = level;
    options.sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(out_);
    SetUpLog(options);
  }
  // What was written since the last call, without the newline that ends it.
  std::string Written() {
    std::string text = out_.str();
    out_.str("");
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
  boost::json::value WrittenJson() { return ParseJson(Written()).value(); }

 private:
  std::ostringstream out_;
};

TEST_F(LogTest, WritesKeysAndValues) {
  SetUpWith(LogFormat::kText);
  LogInfo("flipped", {{"workflow", "support"}, {"samples", 412}, {"share", 0.25}, {"dry", false}});
  EXPECT_THAT(Written(), MatchesRegex("....-..-..T..:..:..\\....Z INFO  flipped workflow=support "
                                      "samples=412 share=0.25 dry=false"));
}

TEST_F(LogTest, QuotesWhatNeedsIt) {
  SetUpWith(LogFormat::kText);
  LogError("a\nb", {{"x", "two words"}, {"y", ""}, {"z", "a=\"b\"\n\x1b[31m"}, {"w", "\xff!"}});
  EXPECT_THAT(Written(), HasSubstr(R"(ERROR a\nb x="two words" y="" z="a=\"b\"\n\u001b[31m" w=)"
                                   "\xef\xbf\xbd!"));
}

TEST_F(LogTest, WritesJson) {
  SetUpWith(LogFormat::kJson);
  LogWarning("say \"hi\"\n",
             {{"text", "tab\t\\ \xff"}, {"n", -3}, {"big", 1e20}, {"nan", NAN}, {"on", true}});
  const boost::json::value line = WrittenJson();
  EXPECT_EQ(*FindString(line, "/level"), "warning");
  EXPECT_EQ(*FindString(line, "/message"), "say \"hi\"\n");
  EXPECT_EQ(*FindString(line, "/text"), "tab\t\\ \xef\xbf\xbd");
  EXPECT_EQ(Find(line, "/n")->as_int64(), -3);
  EXPECT_EQ(Find(line, "/big")->as_double(), 1e20);
  EXPECT_EQ(*FindString(line, "/nan"), "nan");
  EXPECT_TRUE(Find(line, "/on")->as_bool());
}

TEST_F(LogTest, TakesPlainSpdlogLinesToo) {
  SetUpWith(LogFormat::kJson);
  LogInfo("one", {{"a", 1}});
  Written();
  spdlog::info("path {}", 7);
  EXPECT_EQ(*FindString(WrittenJson(), "/message"), "path 7");
}

TEST_F(LogTest, LeavesOutQuieterLevels) {
  SetUpWith(LogFormat::kText, spdlog::level::warn);
  LogDebug("d");
  LogInfo("i");
  EXPECT_THAT(Written(), IsEmpty());
  LogWarning("w");
  EXPECT_THAT(Written(), HasSubstr("WARNING w"));
}

TEST_F(LogTest, CutsLongValues) {
  SetUpWith(LogFormat::kText);
  LogInfo("long", {{"x", std::string(5000, 'x')}});
  EXPECT_THAT(Written(), AllOf(SizeIs(::testing::Lt(2100)), ::testing::EndsWith("x...")));
}

TEST_F(LogTest, KeepsLinesOfThreadsApart) {
  SetUpWith(LogFormat::kText);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i) LogInfo("line", {{"thread", t}, {"again", t}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> lines = absl::StrSplit(Written(), '\n');
  EXPECT_THAT(lines, SizeIs(800));
  for (const std::string& line : lines) {
    ASSERT_THAT(line, HasSubstr(" line thread="));
    const char thread = line[line.find("thread=") + 7];
    EXPECT_THAT(line, ::testing::EndsWith(std::string(" again=") + thread));
  }
}

TEST(ParseLogLevel, NamesTheChoices) {
  EXPECT_EQ(ParseLogLevel("warning").value(), spdlog::level::warn);
  EXPECT_THAT(ParseLogLevel("loud"), StatusIs(absl::StatusCode::kInvalidArgument,
                                              HasSubstr("choose debug, info, warning")));
  EXPECT_EQ(ParseLogFormat("json").value(), LogFormat::kJson);
  EXPECT_THAT(ParseLogFormat("xml"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("text or json")));
}

TEST(LogRateLimiter, CountsWhatItSuppresses) {
  const absl::Time start = absl::FromUnixSeconds(1'700'000'000);
  LogRateLimiter limiter(2);
  EXPECT_EQ(limiter.Admit(start), 0u);
  EXPECT_EQ(limiter.Admit(start + absl::Seconds(1)), 0u);
  EXPECT_EQ(limiter.Admit(start + absl::Seconds(2)), std::nullopt);
  EXPECT_EQ(limiter.Admit(start + absl::Seconds(59)), std::nullopt);
  EXPECT_EQ(limiter.Admit(start + absl::Seconds(60)), 2u);
  EXPECT_EQ(limiter.Admit(start + absl::Seconds(61)), 0u);
  EXPECT_EQ(limiter.Admit(start + absl::Seconds(62)), std::nullopt);
}

TEST(LogRateLimiter, DoesNotFallSilentWhenTheClockStepsBack) {
  const absl::Time start = absl::FromUnixSeconds(1'700'000'000);
  LogRateLimiter limiter(1);
  EXPECT_EQ(limiter.Admit(start), 0u);
  EXPECT_EQ(limiter.Admit(start - absl::Hours(5)), 0u);
}

}  // namespace
}  // namespace warmpath
