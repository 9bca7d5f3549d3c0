#include "cli/decode.h"

#include <sstream>
#include <string>

#include "base/json.h"
#include "gmock/gmock.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

struct Decoded {
  int code = 0;
  std::vector<json::value> rows;
};

Decoded Decode(const std::string& lines, size_t max_line_bytes = 1 << 20) {
  std::istringstream in(lines);
  std::ostringstream out;
  Decoded run;
  run.code = RunDecode(in, out, {.max_line_bytes = max_line_bytes});
  std::istringstream written(out.str());
  for (std::string line; std::getline(written, line);) {
    auto row = ParseJson(line);
    EXPECT_THAT(row, testing::IsOk()) << line;
    if (row.ok()) run.rows.push_back(*std::move(row));
  }
  return run;
}

// A line with `raw` as recorded text.
std::string Line(const std::string& dialect, const std::string& raw,
                 const std::string& status = "200") {
  return "{\"id\":\"r1\",\"dialect\":\"" + dialect + "\",\"status\":" + status +
         ",\"raw\":" + ToJson(json::value(json::string(raw))) + "}\n";
}

std::string Text(const json::value& row, const char* pointer) {
  const json::string* text = FindString(row, pointer);
  return text == nullptr ? "" : std::string(text->data(), text->size());
}

const char kChunk[] =
    R"({"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]})";

TEST(Decode, TellsJsonFromStreams) {
  const std::string body =
      R"({"model":"m","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]})";
  const std::string data = std::string("data: ") + kChunk;
  for (const std::string& raw : {body, data + "\n\ndata: [DONE]\n\n", data + "\r\n\r\n", data,
                                 ": comment\n" + data + "\n\n", std::string(kChunk) + "\n[DONE]"}) {
    const Decoded run = Decode(Line("openai_chat", raw));
    EXPECT_EQ(run.code, 0) << raw;
    ASSERT_EQ(run.rows.size(), 1u);
    EXPECT_EQ(Text(run.rows[0], "/id"), "r1");
    EXPECT_EQ(Text(run.rows[0], "/observation/outcome"), "OUTCOME_END") << raw;
    EXPECT_EQ(Text(run.rows[0], "/observation/text"), "Hi");
    EXPECT_EQ(Text(run.rows[0], "/observation/native_stop_reason"), "stop");
    EXPECT_EQ(Text(run.rows[0], "/observation/served_model"), "m");
  }
}

TEST(Decode, ReadsOpenAiResponsesWholeAndStreamed) {
  const std::string body =
      R"({"id":"resp_1","object":"response","status":"completed","model":"m","output":[{"type":"message",)"
      R"("id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}]})";
  const std::string last = R"({"type":"response.completed","response":)" + body + "}";
  const std::string first = R"({"type":"response.output_text.delta","item_id":"msg_1","delta":"Hi"})";
  for (const std::string& raw :
       {body, "event: response.completed\ndata: " + last + "\n\n", first + "\n" + last}) {
    const Decoded run = Decode(Line("openai_responses", raw));
    EXPECT_EQ(run.code, 0) << raw;
    EXPECT_EQ(Text(run.rows.at(0), "/observation/outcome"), "OUTCOME_END") << raw;
    EXPECT_EQ(Text(run.rows.at(0), "/observation/text"), "Hi");
    EXPECT_EQ(Text(run.rows.at(0), "/observation/native_stop_reason"), "completed");
  }
}

TEST(Decode, ReadsGeminiWholeAndStreamed) {
  const std::string body =
      R"({"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}],"modelVersion":"m"})";
  for (const std::string& raw : {body, "data: " + body + "\n\n"}) {
    for (const char* name : {"gemini_generate_content", "gemini"}) {
      const Decoded run = Decode(Line(name, raw));
      EXPECT_EQ(run.code, 0) << raw;
      EXPECT_EQ(Text(run.rows.at(0), "/observation/outcome"), "OUTCOME_END") << raw;
      EXPECT_EQ(Text(run.rows.at(0), "/observation/served_model"), "m");
    }
  }
}

TEST(Decode, ACutStreamIsInterrupted) {
  const Decoded run = Decode(Line("openai", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                                        "\"Hi\"},\"finish_reason\":null}]}\n\ndata: {\"cho"));
  EXPECT_EQ(Text(run.rows.at(0), "/observation/outcome"), "OUTCOME_INTERRUPTED");
}

TEST(Decode, ReadsErrorsAndValuesThatAreJsonAlready) {
  const Decoded run = Decode(
      Line("anthropic_messages",
           R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})", "529") +
      R"({"id":2,"dialect":"anthropic","raw":{"type":"message","model":"m","content":)"
      R"([{"type":"text","text":"Hi"}],"stop_reason":"end_turn"}})"
      "\n");
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(Text(run.rows.at(0), "/observation/failure/failure_class"), "FAILURE_CLASS_OVERLOADED");
  EXPECT_EQ(run.rows.at(1).at("id"), 2);
  EXPECT_EQ(Text(run.rows.at(1), "/observation/outcome"), "OUTCOME_END");
  EXPECT_EQ(*Find(run.rows.at(1), "/observation/http_status"), 0);
}

TEST(Decode, BadLinesStayInTheirPlaceAndTheRunGoesOn) {
  const Decoded run = Decode("{oops\n\n" + Line("smoke_signals", "{}") + "[]\n" +
                         "{\"id\":\"a\",\"dialect\":\"openai\"}\n" +
                         "{\"id\":\"a\",\"dialect\":\"openai\",\"raw\":\"\",\"status\":\"ok\"}\n" +
                         Line("openai", std::string("data: ") + kChunk));
  EXPECT_EQ(run.code, 1);
  ASSERT_EQ(run.rows.size(), 6u);
  EXPECT_THAT(Text(run.rows[0], "/error"), HasSubstr("line 1"));
  EXPECT_THAT(Text(run.rows[1], "/error"), HasSubstr("openai_responses"));
  EXPECT_THAT(Text(run.rows[1], "/error"), HasSubstr("smoke_signals"));
  EXPECT_EQ(Text(run.rows[1], "/id"), "r1");
  EXPECT_THAT(Text(run.rows[2], "/error"), HasSubstr("object"));
  EXPECT_THAT(Text(run.rows[3], "/error"), HasSubstr("raw"));
  EXPECT_THAT(Text(run.rows[4], "/error"), HasSubstr("status"));
  EXPECT_EQ(Text(run.rows[5], "/observation/text"), "Hi");
}

TEST(Decode, SkipsTheRestOfALineThatIsTooLong) {
  const Decoded run = Decode(std::string(500, 'x') + "\n" +
                             Line("openai", std::string("data: ") + kChunk),
                         400);
  EXPECT_EQ(run.code, 1);
  ASSERT_EQ(run.rows.size(), 2u);
  EXPECT_THAT(Text(run.rows[0], "/error"), HasSubstr("longer"));
  EXPECT_EQ(Text(run.rows[1], "/observation/text"), "Hi");
}

}  // namespace
}  // namespace warmpath
