#include "cli/command_line.h"

#include "gmock/gmock.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

CommandSpec Spec() {
  return {
      "flip",
      "WORKFLOW",
      1,
      1,
      "Moves.",
      "warmpath flip support",
      {{"reason", "TEXT", "why"}, {"dry-run", "", "only say"}, {"for", "DURATION", "how long"}}};
}

TEST(CommandLine, ReadsOptionsAnywhereAmongArguments) {
  const auto line = CommandLine::Parse(Spec(), {"--reason", "it broke", "support", "--dry_run"});
  ASSERT_THAT(line, IsOk());
  EXPECT_THAT(line->arguments(), ElementsAre("support"));
  EXPECT_EQ(line->Get("reason"), "it broke");
  EXPECT_TRUE(line->Has("dry-run"));
  EXPECT_FALSE(line->Has("for"));
}

TEST(CommandLine, ReadsValuesAfterEqualsSigns) {
  const auto line = CommandLine::Parse(Spec(), {"support", "--reason=a=b"});
  ASSERT_THAT(line, IsOk());
  EXPECT_EQ(line->Get("reason"), "a=b");
}

TEST(CommandLine, EndsOptionsAtTwoDashes) {
  const auto line = CommandLine::Parse(Spec(), {"--", "--reason"});
  ASSERT_THAT(line, IsOk());
  EXPECT_EQ(line->argument(0), "--reason");
}

TEST(CommandLine, NamesTheClosestOption) {
  EXPECT_THAT(CommandLine::Parse(Spec(), {"support", "--raeson", "x"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("did you mean '--reason'?")));
}

TEST(CommandLine, RefusesWhatDoesNotFit) {
  const struct {
    std::vector<std::string> words;
    std::string message;
  } cases[] = {
      {{"support", "--reason"}, "--reason needs a value"},
      {{"support", "--dry-run=yes"}, "--dry-run takes no value"},
      {{}, "an argument is missing: warmpath flip WORKFLOW"},
      {{"support", "extra"}, "unexpected argument 'extra'"},
      {{"support", "--xyzzy"}, "unknown option '--xyzzy'"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(CommandLine::Parse(Spec(), c.words),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)));
  }
}

TEST(CommandLine, ReadsDurationsCountsAndShares) {
  CommandSpec spec = Spec();
  spec.options.push_back({"share", "SHARE", ""});
  spec.options.push_back({"limit", "N", ""});
  const auto line =
      CommandLine::Parse(spec, {"support", "--for", "90s", "--share", "5%", "--limit", "3"});
  ASSERT_THAT(line, IsOk());
  EXPECT_EQ(*line->GetDuration("for", absl::ZeroDuration()), absl::Seconds(90));
  EXPECT_DOUBLE_EQ(*line->GetShare("share", 1), 0.05);
  EXPECT_EQ(*line->GetCount("limit", 20), 3);
  EXPECT_EQ(*line->GetCount("absent", 20), 20);

  const auto bad =
      CommandLine::Parse(spec, {"support", "--for", "90", "--share", "200%", "--limit", "0"});
  ASSERT_THAT(bad, IsOk());
  EXPECT_THAT(bad->GetDuration("for", absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--for")));
  EXPECT_THAT(bad->GetShare("share", 1),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--share")));
  EXPECT_THAT(bad->GetCount("limit", 1),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--limit")));
}

TEST(HelpText, ShowsUsageExamplesAndOptions) {
  const std::string help = HelpText(Spec());
  EXPECT_THAT(help, HasSubstr("Usage: warmpath flip WORKFLOW [options]"));
  EXPECT_THAT(help, HasSubstr("  warmpath flip support\n"));
  EXPECT_THAT(help, HasSubstr("--reason TEXT   why"));
}

}  // namespace
}  // namespace warmpath
