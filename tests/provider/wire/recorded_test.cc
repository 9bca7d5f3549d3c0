// Codecs against recorded vendor traffic. WARMPATH_DATA names the folder; without it the tests are
// skipped.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "provider/codec.h"
#include "tests/provider/wire/wire_builders.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

namespace json = boost::json;

class Recorded : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("WARMPATH_DATA");
    if (folder == nullptr || !std::ifstream(absl::StrCat(folder, "/wire/exchanges.jsonl"))) {
      GTEST_SKIP() << "skipped: no data (set WARMPATH_DATA to the folder with wire/exchanges.jsonl)";
    }
    folder_ = folder;
  }

  std::vector<json::value> Rows(const std::string& name) const {
    std::vector<json::value> rows;
    std::ifstream file(absl::StrCat(folder_, "/wire/", name));
    for (std::string line; std::getline(file, line);) {
      auto row = ParseJson(line);
      EXPECT_THAT(row, testing::IsOk());
      if (row.ok()) rows.push_back(*std::move(row));
    }
    return rows;
  }

  // The rows that are recorded whole and in a dialect that is decoded here.
  std::vector<json::value> Exchanges() const {
    std::vector<json::value> rows;
    for (json::value& row : Rows("exchanges.jsonl")) {
      const json::string* api = FindString(row, "/api");
      if (*api == "openai_chat" || *api == "anthropic_messages") rows.push_back(std::move(row));
    }
    return rows;
  }

  std::string folder_;
};

std::string Text(const json::value& row, const char* pointer) {
  const json::string* text = FindString(row, pointer);
  return text == nullptr ? "" : std::string(text->data(), text->size());
}

const Codec& CodecOf(const json::value& row) {
  return CodecFor(Text(row, "/api") == "openai_chat" ? Dialect::kOpenAiChat
                                                     : Dialect::kAnthropicMessages);
}

bool HasFeature(const json::value& row, std::string_view feature) {
  for (const json::value& value : *FindArray(row, "/features")) {
    if (std::string_view(value.as_string()) == feature) return true;
  }
  return false;
}

int Status(const json::value& row) {
  const json::value* status = Find(row, "/status");
  return status == nullptr || !status->is_int64() ? 200 : static_cast<int>(status->as_int64());
}

v1::Observation Decode(const json::value& row) {
  const std::string raw = Text(row, "/response");
  return CodecOf(row).DecodeAnswer({.http_status = Status(row),
                                    .streamed = row.at("sse").as_bool(),
                                    .body = raw});
}

TEST_F(Recorded, EveryFinishReasonThatTheRecordersNotedHasItsOutcome) {
  const std::map<std::string, v1::Outcome> expected = {
      {"stop", v1::OUTCOME_END},
      {"length", v1::OUTCOME_LENGTH},
      {"tool_calls", v1::OUTCOME_TOOL_CALLS},
      {"function_call", v1::OUTCOME_TOOL_CALLS},
      {"content_filter", v1::OUTCOME_REFUSED},
      {"end_turn", v1::OUTCOME_END},
      {"tool_use", v1::OUTCOME_TOOL_CALLS},
      {"stop_sequence", v1::OUTCOME_STOP_SEQUENCE},
  };
  int checked = 0;
  for (const json::value& row : Exchanges()) {
    const auto outcome = expected.find(Text(row, "/finish"));
    if (outcome == expected.end()) continue;
    const v1::Observation observation = Decode(row);
    const bool refusal = HasFeature(row, "refusal");
    EXPECT_EQ(observation.outcome(), refusal ? v1::OUTCOME_REFUSED : outcome->second)
        << Text(row, "/id");
    const json::value* calls = Find(row, "/n_tool_calls");
    if (calls != nullptr && calls->is_int64() && !HasFeature(row, "finish_function_call")) {
      EXPECT_EQ(observation.tool_calls_size(), calls->as_int64()) << Text(row, "/id");
    }
    EXPECT_FALSE(observation.served_model().empty() && HasFeature(row, "done_marker"))
        << Text(row, "/id");
    ++checked;
  }
  std::cout << "checked " << checked << " recorded answers with a finish reason\n";
  EXPECT_GT(checked, 50);
}

TEST_F(Recorded, EveryHttpErrorIsAFailureWithAClass) {
  int checked = 0;
  for (const json::value& row : Exchanges()) {
    if (Status(row) < 400) continue;
    const v1::Observation observation = Decode(row);
    EXPECT_EQ(observation.outcome(), v1::OUTCOME_FAILED) << Text(row, "/id");
    EXPECT_NE(observation.failure().failure_class(), v1::FAILURE_CLASS_SERVER_ERROR)
        << Text(row, "/id");
    ++checked;
  }
  EXPECT_GT(checked, 5);
}

TEST_F(Recorded, AStreamWithoutItsLastEventsIsNeverASuccess) {
  for (const json::value& row : Exchanges()) {
    if (!row.at("sse").as_bool()) continue;
    const std::string raw = Text(row, "/response");
    const v1::Observation whole = Decode(row);
    if (whole.has_failure()) continue;
    // Up to the event that holds the reason: any cut must show.
    const bool openai = Text(row, "/api") == "openai_chat";
    const std::string reason = absl::StrCat("\"", whole.native_stop_reason(), "\"");
    const size_t end = openai ? raw.find(reason, raw.rfind("\"finish_reason\":" + reason))
                              : raw.rfind("event: message_stop");
    ASSERT_NE(end, std::string::npos) << Text(row, "/id");
    for (size_t cut = 0; cut < end; cut += 1 + end / 50) {
      const v1::Observation observation =
          testing::DecodeStream(CodecOf(row), std::string_view(raw).substr(0, cut));
      ASSERT_EQ(observation.outcome(), v1::OUTCOME_INTERRUPTED) << Text(row, "/id") << " " << cut;
      ASSERT_TRUE(absl::StartsWith(whole.text(), observation.text())) << Text(row, "/id");
    }
  }
}

TEST_F(Recorded, NothingIsHandedOnBeforeClassifyCallsItContent) {
  for (const json::value& row : Exchanges()) {
    if (!row.at("sse").as_bool()) continue;
    const Codec& codec = CodecOf(row);
    const auto decoder = codec.NewStreamDecoder();
    const std::string raw = Text(row, "/response");
    bool terminal = false;
    bool committed = false;
    SseParser parser;
    const auto on_event = [&](const SseEvent& event) {
      std::vector<v1::Delta> pieces;
      decoder->Feed(event.event, event.data, pieces);
      const PieceKind kind = codec.Classify(event.event, event.data);
      // A last piece may bring content itself.
      committed |= kind == PieceKind::kContent || kind == PieceKind::kTerminal;
      EXPECT_TRUE(pieces.empty() || committed) << Text(row, "/id") << event.data;
      terminal |= kind == PieceKind::kTerminal;
    };
    ASSERT_THAT(parser.Feed(raw, on_event), testing::IsOk());
    EXPECT_EQ(terminal, decoder->Observation().outcome() != v1::OUTCOME_INTERRUPTED &&
                            !decoder->Observation().has_failure())
        << Text(row, "/id");
  }
}

TEST_F(Recorded, EveryAnswerCrossesIntoTheOtherDialectAndBack) {
  int crossed = 0;
  for (const json::value& row : Exchanges()) {
    const v1::Observation seen = Decode(row);
    if (seen.has_failure() || seen.outcome() == v1::OUTCOME_UNKNOWN) continue;
    for (const Dialect dialect : {Dialect::kOpenAiChat, Dialect::kAnthropicMessages}) {
      const Codec& codec = CodecFor(dialect);
      const v1::Observation whole =
          testing::DecodeBody(codec, codec.EncodeAnswer(seen, {.id = "id", .model = "m"}));
      const v1::Observation streamed =
          testing::DecodeStream(codec, testing::EncodeStream(codec, {}, seen));
      for (const v1::Observation* told : {&whole, &streamed}) {
        EXPECT_EQ(told->text(), seen.text()) << Text(row, "/id");
        ASSERT_EQ(told->tool_calls_size(), seen.tool_calls_size()) << Text(row, "/id");
        for (int i = 0; i < seen.tool_calls_size(); ++i) {
          EXPECT_EQ(told->tool_calls(i).name(), seen.tool_calls(i).name()) << Text(row, "/id");
        }
        // OpenAI does not tell a stop string from an end.
        const bool softer = seen.outcome() == v1::OUTCOME_STOP_SEQUENCE;
        EXPECT_TRUE(softer || told->outcome() == seen.outcome()) << Text(row, "/id");
      }
      ++crossed;
    }
  }
  EXPECT_GT(crossed, 150);
}

TEST_F(Recorded, EveryRequestIsReadAndWrittenAgain) {
  int exact = 0, lossy = 0, refused = 0;
  for (const json::value& row : Exchanges()) {
    const json::object* body = FindObject(row, "/request");
    if (body == nullptr || !body->contains("messages") || body->contains("_trimmed")) continue;
    const Codec& own = CodecOf(row);
    const auto request = own.DecodeRequest(ToJson(*body));
    ASSERT_THAT(request, testing::IsOk()) << Text(row, "/id");
    const auto again = own.EncodeRequest(*request, {.path = "p", .model = request->model()});
    ASSERT_THAT(again, testing::IsOk()) << Text(row, "/id");
    // Reading what was written gives the same request: nothing got lost inside.
    const auto reread = own.DecodeRequest(again->body);
    ASSERT_THAT(reread, testing::IsOk()) << Text(row, "/id") << again->body;
    EXPECT_EQ(reread->messages_size(), request->messages_size()) << Text(row, "/id");
    EXPECT_EQ(reread->tools_size(), request->tools_size()) << Text(row, "/id");
    const Codec& other = CodecFor(own.dialect() == Dialect::kOpenAiChat
                                      ? Dialect::kAnthropicMessages
                                      : Dialect::kOpenAiChat);
    const auto crossed = other.EncodeRequest(*request, {.path = "p", .model = "claude-opus-4-6"});
    if (!crossed.ok()) {
      EXPECT_THAT(crossed, testing::StatusIs(absl::StatusCode::kUnimplemented));
      ++refused;
      continue;
    }
    EXPECT_THAT(other.DecodeRequest(crossed->body), testing::IsOk()) << crossed->body;
    ++(crossed->fidelity.fidelity() == v1::FIDELITY_EXACT ? exact : lossy);
  }
  std::cout << "requests into the other dialect: " << exact << " exact, " << lossy << " lossy, "
            << refused << " untranslatable\n";
  EXPECT_GT(exact + lossy, 50);
}

TEST_F(Recorded, BadToolArgumentsAreKeptAndNeverBecomeAnotherAnswer) {
  int rows = 0;
  for (const json::value& row : Rows("bad_tool_args.jsonl")) {
    const std::string arguments = Text(row, "/arguments_raw");
    v1::Observation observation;
    observation.set_outcome(v1::OUTCOME_TOOL_CALLS);
    v1::ToolCall* call = observation.add_tool_calls();
    call->set_id("call_1");
    call->set_name("f");
    call->set_arguments_json(arguments);
    for (const Dialect dialect : {Dialect::kOpenAiChat, Dialect::kAnthropicMessages}) {
      const Codec& codec = CodecFor(dialect);
      const v1::Observation whole =
          testing::DecodeBody(codec, codec.EncodeAnswer(observation, {.id = "id", .model = "m"}));
      const v1::Observation streamed =
          testing::DecodeStream(codec, testing::EncodeStream(codec, {}, observation));
      for (const v1::Observation* told : {&whole, &streamed}) {
        ASSERT_EQ(told->tool_calls_size(), 1);
        EXPECT_EQ(told->tool_calls(0).arguments_json(), arguments.empty() ? "{}" : arguments);
      }
    }
    ++rows;
  }
  EXPECT_GT(rows, 20);
}

TEST_F(Recorded, ErrorShapesSayWhetherAnotherPathHelps) {
  for (const json::value& row : Rows("error_shapes.jsonl")) {
    const json::value* body = Find(row, "/body_form");
    const std::string provider = Text(row, "/provider");
    const int status = Status(row);
    if (status == 200 || provider == "gemini") continue;
    const std::string text = body->is_string() ? Text(row, "/body_form") : ToJson(*body);
    const Codec& codec = CodecFor(provider == "anthropic" ? Dialect::kAnthropicMessages
                                                          : Dialect::kOpenAiChat);
    const v1::FailureClass failure_class =
        codec.ClassifyError({.http_status = status, .streamed = false, .body = text})
            .failure_class();
    const bool waiting_helps = failure_class == v1::FAILURE_CLASS_SERVER_ERROR ||
                               failure_class == v1::FAILURE_CLASS_OVERLOADED ||
                               failure_class == v1::FAILURE_CLASS_RATE_LIMITED;
    EXPECT_EQ(waiting_helps, row.at("worth_retrying_or_failing_over").as_bool()) << text;
  }
}

}  // namespace
}  // namespace warmpath
