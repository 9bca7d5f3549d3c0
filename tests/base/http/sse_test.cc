#include "base/http/sse.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::IsOk;
using testing::StatusIs;

using Events = std::vector<std::pair<std::string, std::string>>;

Events Parse(const std::vector<std::string>& pieces) {
  SseParser parser;
  Events events;
  for (const std::string& piece : pieces) {
    // A copy of its own that is gone afterwards, so that a view kept too long is found.
    const std::string fed = piece;
    EXPECT_THAT(parser.Feed(fed,
                            [&](const SseEvent& event) {
                              events.emplace_back(event.event, event.data);
                            }),
                IsOk());
  }
  return events;
}

TEST(SseParser, ReadsNamedAndUnnamedEvents) {
  EXPECT_THAT(Parse({"event: ping\ndata: {}\n\ndata: [DONE]\n\n"}),
              ElementsAre(Pair("ping", "{}"), Pair("", "[DONE]")));
}

TEST(SseParser, JoinsDataLinesAndKeepsEmptyOnes) {
  EXPECT_THAT(Parse({"data: a\ndata:\ndata:  b\n\n"}), ElementsAre(Pair("", "a\n\n b")));
  EXPECT_THAT(Parse({"data\n\n"}), ElementsAre(Pair("", "")));
}

TEST(SseParser, IgnoresCommentsUnknownFieldsAndEventsWithoutData) {
  EXPECT_THAT(Parse({": keep-alive\n\nid: 7\nretry: 10\nevent: lost\n\ndata: x\n\n"}),
              ElementsAre(Pair("", "x")));
}

TEST(SseParser, IgnoresAByteOrderMarkAtTheStartOnly) {
  EXPECT_THAT(Parse({"\xEF\xBB\xBF" "data: x\n\n"}), ElementsAre(Pair("", "x")));
}

TEST(SseParser, DropsAnEventThatIsNotTerminated) {
  SseParser parser;
  EXPECT_THAT(parser.Feed("data: x\n", [](const SseEvent&) { FAIL(); }), IsOk());
  EXPECT_TRUE(parser.mid_event());
}

TEST(SseParser, GivesTheSameEventsHoweverTheStreamIsCutAndWhateverEndsItsLines) {
  const std::string text =
      "\xEF\xBB\xBF" "event: first\ndata: {\"a\":1}\n\n: note\ndata: x\ndata: y\n\n"
      "event: end\ndata: [DONE]\n\n";
  const Events expected = {{"first", "{\"a\":1}"}, {"", "x\ny"}, {"end", "[DONE]"}};
  for (const std::string line_end : {"\n", "\r", "\r\n"}) {
    std::string stream;
    for (char byte : text) stream += byte == '\n' ? line_end : std::string(1, byte);
    std::vector<std::string> bytes;
    for (char byte : stream) bytes.emplace_back(1, byte);
    EXPECT_EQ(Parse(bytes), expected) << "byte by byte";
    for (size_t i = 0; i <= stream.size(); ++i) {
      for (size_t j = i; j <= stream.size(); j += 7) {
        EXPECT_EQ(Parse({stream.substr(0, i), stream.substr(i, j - i), stream.substr(j)}), expected)
            << "cut at " << i << " and " << j;
      }
    }
  }
}

TEST(SseParser, RefusesAnEventOverItsLimitInOnePieceOrInMany) {
  const auto ignore = [](const SseEvent&) {};
  SseParser one(100);
  EXPECT_THAT(one.Feed("data: " + std::string(200, 'x') + "\n\n", ignore),
              StatusIs(absl::StatusCode::kResourceExhausted));
  SseParser line(100);
  SseParser lines(100);
  absl::Status line_status;
  absl::Status lines_status;
  for (int i = 0; i < 200; ++i) {
    line_status.Update(line.Feed("x", ignore));
    lines_status.Update(lines.Feed("data: x\n", ignore));
  }
  EXPECT_THAT(line_status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(lines_status, StatusIs(absl::StatusCode::kResourceExhausted));
  SseParser fine(100);
  for (int i = 0; i < 200; ++i) EXPECT_THAT(fine.Feed("data: x\n\n", ignore), IsOk());
}

TEST(AppendSse, IsReadBackByTheParser) {
  std::string stream;
  AppendSse(stream, "delta", "one\ntwo\r\nthree\r");
  AppendSse(stream, "", "");
  EXPECT_EQ(stream, "event: delta\ndata: one\ndata: two\ndata: three\ndata: \n\ndata: \n\n");
  EXPECT_THAT(Parse({stream}), ElementsAre(Pair("delta", "one\ntwo\nthree\n"), Pair("", "")));
  EXPECT_THAT(Parse({""}), IsEmpty());
}

}  // namespace
}  // namespace warmpath
