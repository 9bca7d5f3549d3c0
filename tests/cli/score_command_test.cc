// `warmpath score` as it is asked for on the command line.
#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cli/fixtures.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;
using testing::CliResult;
using testing::CliRun;

std::string File(const std::string& name, int rows, int failing) {
  const std::string path = absl::StrCat(std::getenv("TEST_TMPDIR"), "/", name);
  std::ofstream out(path);
  for (int i = 0; i < rows; ++i) {
    out << R"({"id":)" << i << R"(,"dimensions":{"tools":{"verdict":")" << (i < failing ? "fail" : "pass")
        << "\"}}}\n";
  }
  return path;
}

TEST(ScoreCommand, ComparesTwoRuns) {
  const std::string good = File("good", 200, 2), bad = File("bad", 200, 20);
  const CliResult worse = CliRun()({"score", "--compare", good, bad});
  EXPECT_EQ(worse.exit_code, 3);
  EXPECT_THAT(worse.out, HasSubstr("result: regression: tools is 9.00 % of rows worse"));
  EXPECT_EQ(CliRun()({"score", "--compare", good, bad, "--max-drop", "9%"}).exit_code, 0);
  EXPECT_EQ(CliRun()({"score", "--compare", bad, good}).exit_code, 0);
  EXPECT_EQ(CliRun()({"score", "--compare", good, File("few", 9, 0)}).exit_code, 1);
  const CliResult as_json = CliRun()({"score", good, bad, "--compare", "--json", "--max-drop=0"});
  EXPECT_EQ(as_json.exit_code, 3);
  EXPECT_THAT(as_json.out, HasSubstr(R"("result":"regression")"));
}

TEST(ScoreCommand, RefusesWhatIsNotAskedProperly) {
  const std::string cards = File("cards", 1, 0);
  const struct {
    std::vector<std::string> words;
    std::string message;
  } cases[] = {
      {{"score", "--compare", cards}, "--compare needs two files"},
      {{"score", "--compare", cards, cards + ".none"}, "cannot read " + cards + ".none"},
      {{"score", "--compare", cards, cards, "--config", "x"}, "--config is not for --compare"},
      {{"score", "--max-drop", "1%"}, "--max-drop is for --compare"},
      {{"score", cards}, "rows are read from standard input"},
      {{"score", "--compare", cards, cards, "--max-drop", "-1"}, "--max-drop must be a share"},
  };
  for (const auto& [words, message] : cases) {
    const CliResult result = CliRun()(words);
    EXPECT_EQ(result.exit_code, 2) << message;
    EXPECT_THAT(result.err, HasSubstr(message));
  }
}

TEST(ScoreCommand, SaysWhatItsExitCodesMean) {
  const CliResult help = CliRun()({"score", "--help"});
  EXPECT_THAT(help.out, HasSubstr("3  regression"));
  EXPECT_THAT(help.out, HasSubstr("warmpath score --compare before.cards.jsonl after.cards.jsonl"));
}

TEST(ScoreCommand, TakesTheNumberOfThreads) {
  CliRun run;
  run.input = "{}\n{}\n";
  const CliResult result = run({"score", "--jobs", "2"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("2 rows, 2 bad"));
}

}  // namespace
}  // namespace warmpath
