// Codecs against recorded vendor traffic. WARMPATH_DATA names the folder; without it the tests are
// skipped.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "provider/codec.h"
#include "provider/openai_responses/stateless.h"
#include "tests/provider/wire/wire_builders.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr Dialect kDialects[] = {Dialect::kOpenAiChat, Dialect::kAnthropicMessages,
                                 Dialect::kOpenAiResponses};

std::optional<Dialect> DialectOf(const json::value& row) {
  const json::string* api = FindString(row, "/api");
  for (const Dialect dialect : kDialects) {
    if (*api == std::string(DialectName(dialect))) return dialect;
  }
  return std::nullopt;
}

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

  // The rows in a dialect that is decoded here.
  std::vector<json::value> Exchanges() const {
    std::vector<json::value> rows;
    for (json::value& row : Rows("exchanges.jsonl")) {
      if (DialectOf(row).has_value()) rows.push_back(std::move(row));
    }
    return rows;
  }

  std::string folder_;
};

std::string Text(const json::value& row, const char* pointer) {
  const json::string* text = FindString(row, pointer);
  return text == nullptr ? "" : std::string(text->data(), text->size());
}

const Codec& CodecOf(const json::value& row) { return CodecFor(*DialectOf(row)); }

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

// Some streams are recorded as their payloads, one on a line.
bool IsUnframed(const json::value& row) { return HasFeature(row, "payload_lines_no_sse_framing"); }

bool IsStream(const json::value& row) {
  const bool unframed = Text(row, "/api") == "openai_responses" && IsUnframed(row);
  return row.at("sse").as_bool() || unframed;
}

// The answer as it came over the wire.
std::string Raw(const json::value& row) {
  const std::string raw = Text(row, "/response");
  if (!IsStream(row) || row.at("sse").as_bool()) return raw;
  std::vector<std::string> payloads;
  for (absl::string_view line : absl::StrSplit(raw, '\n', absl::SkipWhitespace())) {
    payloads.emplace_back(line);
  }
  return testing::NamedSse(payloads);
}

v1::Observation Decode(const json::value& row) {
  const std::string raw = Raw(row);
  return CodecOf(row).DecodeAnswer(
      {.http_status = Status(row), .streamed = IsStream(row), .body = raw});
}

// One recording holds events that are no JSON.
bool IsBroken(const json::value& row) {
  if (!IsUnframed(row)) return false;
  for (absl::string_view line :
       absl::StrSplit(Text(row, "/response"), '\n', absl::SkipWhitespace())) {
    if (!ParseJson(std::string_view(line.data(), line.size())).ok()) return true;
  }
  return false;
}

// Feeds a text in two pieces and gives what the events say.
std::string EventsOf(std::string_view first, std::string_view second) {
  std::string events;
  SseParser parser;
  const auto keep = [&](const SseEvent& event) {
    events.append(event.event).append("\n").append(event.data).append("\n");
  };
  EXPECT_THAT(parser.Feed(first, keep), testing::IsOk());
  EXPECT_THAT(parser.Feed(second, keep), testing::IsOk());
  return events;
}

// The end of the event that begins at `at`.
size_t EventEnd(std::string_view raw, size_t at) {
  size_t end = raw.size();
  for (std::string_view blank : {"\n\n", "\r\n\r\n"}) {
    const size_t found = raw.find(blank, at);
    if (found != std::string_view::npos) end = std::min(end, found + blank.size());
  }
  return end;
}

// Decoders see nothing but events, so equal events are equal Observations; and what a parser keeps
// does not reach past an event's end, so each event is cut with the one behind it.
TEST_F(Recorded, AStreamGivesTheSameEventsCutAtEveryByteBorder) {
  int streams = 0;
  for (const json::value& row : Exchanges()) {
    if (!IsStream(row)) continue;
    const std::string text = Raw(row);
    const std::string_view raw = text;
    for (size_t begin = 0; begin < raw.size(); begin = EventEnd(raw, begin)) {
      const size_t end = EventEnd(raw, begin);
      const std::string_view window = raw.substr(begin, EventEnd(raw, end) - begin);
      const std::string whole = EventsOf(window, "");
      for (size_t cut = 1; cut <= end - begin; ++cut) {
        ASSERT_EQ(EventsOf(window.substr(0, cut), window.substr(cut)), whole) << Text(row, "/id");
      }
    }
    ++streams;
  }
  std::cout << "cut " << streams << " recorded streams at every byte border\n";
  EXPECT_GT(streams, 80);
}

TEST_F(Recorded, AStreamGivesTheSameObservationByteByByte) {
  for (const json::value& row : Exchanges()) {
    if (!IsStream(row) || Status(row) >= 300) continue;
    const std::string raw = Raw(row);
    const auto decoder = CodecOf(row).NewStreamDecoder();
    std::vector<v1::Delta> pieces;
    SseParser parser;
    for (const char& byte : raw) {
      const auto feed = [&](const SseEvent& event) {
        decoder->Feed(event.event, event.data, pieces);
      };
      ASSERT_THAT(parser.Feed(std::string_view(&byte, 1), feed), testing::IsOk());
    }
    v1::Observation seen = decoder->Observation();
    seen.set_http_status(Status(row));
    EXPECT_EQ(seen.SerializeAsString(), Decode(row).SerializeAsString()) << Text(row, "/id");
    // What was handed on adds up to what is said in the end.
    std::string text, refusal;
    for (const v1::Delta& piece : pieces) {
      text += piece.text();
      refusal += piece.refusal();
    }
    EXPECT_EQ(text, seen.text()) << Text(row, "/id");
    // Anthropic explains a refusal in its last event, which is no piece.
    EXPECT_TRUE(refusal.empty() || refusal == seen.refusal()) << Text(row, "/id");
  }
}

TEST_F(Recorded, EveryAnswerInResponsesHasTheOutcomeThatItsStatusSays) {
  int checked = 0;
  for (const json::value& row : Exchanges()) {
    if (Text(row, "/api") != "openai_responses" || Status(row) >= 400) continue;
    const v1::Observation observation = Decode(row);
    const std::string id = Text(row, "/id");
    const std::string finish = Text(row, "/finish");
    const bool error = HasFeature(row, "error");
    if (IsBroken(row)) {
      EXPECT_EQ(observation.failure().failure_class(), v1::FAILURE_CLASS_MALFORMED_ANSWER) << id;
      continue;
    }
    if (error || finish == "queued") {
      EXPECT_EQ(observation.outcome(), v1::OUTCOME_FAILED) << id;
    } else if (finish == "complete") {
      // No status of OpenAI's.
      EXPECT_EQ(observation.outcome(), v1::OUTCOME_UNKNOWN) << id;
    } else {
      EXPECT_EQ(observation.native_stop_reason(), "completed") << id;
      EXPECT_EQ(observation.outcome(), observation.tool_calls().empty() ? v1::OUTCOME_END
                                                                        : v1::OUTCOME_TOOL_CALLS)
          << id << observation.failure().message();
    }
    const json::value* calls = Find(row, "/n_tool_calls");
    if (calls != nullptr && calls->is_int64()) {
      EXPECT_EQ(observation.tool_calls_size(), calls->as_int64()) << id;
    }
    EXPECT_FALSE(!error && observation.served_model().empty()) << id;
    ++checked;
  }
  std::cout << "checked " << checked << " recorded answers of OpenAI Responses\n";
  EXPECT_GT(checked, 45);
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
    if (!IsStream(row)) continue;
    const std::string raw = Raw(row);
    const v1::Observation whole = Decode(row);
    if (whole.has_failure()) continue;
    // Up to the event that holds the reason: any cut must show.
    const bool openai = Text(row, "/api") == "openai_chat";
    const std::string reason = absl::StrCat("\"", whole.native_stop_reason(), "\"");
    const bool responses = Text(row, "/api") == "openai_responses";
    const size_t end = openai ? raw.find(reason, raw.rfind("\"finish_reason\":" + reason))
                       : responses ? raw.find("\"response.completed\"")
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
    if (!IsStream(row) || IsBroken(row)) continue;
    const Codec& codec = CodecOf(row);
    const auto decoder = codec.NewStreamDecoder();
    const std::string raw = Raw(row);
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

TEST_F(Recorded, EveryAnswerCrossesIntoEveryDialectAndBack) {
  int crossed = 0;
  for (const json::value& row : Exchanges()) {
    const v1::Observation seen = Decode(row);
    if (seen.has_failure() || seen.outcome() == v1::OUTCOME_UNKNOWN) continue;
    // Nothing but blocks of the vendor's own, such as a patch to apply, is nothing abroad.
    const bool nothing = seen.text().empty() && seen.refusal().empty() && seen.tool_calls().empty();
    if (nothing && seen.outcome() == v1::OUTCOME_END) continue;
    for (const Dialect dialect : kDialects) {
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
  std::cout << "crossed " << crossed << " recorded answers into a dialect and back\n";
  EXPECT_GT(crossed, 400);
}

TEST_F(Recorded, EveryRequestIsReadAndWrittenAgain) {
  int exact = 0, lossy = 0, refused = 0, stateful = 0;
  for (const json::value& row : Exchanges()) {
    const json::object* body = FindObject(row, "/request");
    if (body == nullptr || body->contains("_trimmed")) continue;
    if (!body->contains("messages") && !body->contains("input")) continue;
    const Codec& own = CodecOf(row);
    const auto request = own.DecodeRequest(ToJson(*body));
    if (own.dialect() == Dialect::kOpenAiResponses && FindStatefulField(*body).has_value()) {
      EXPECT_THAT(request, testing::StatusIs(absl::StatusCode::kInvalidArgument));
      ++stateful;
      continue;
    }
    ASSERT_THAT(request, testing::IsOk()) << Text(row, "/id");
    const auto again = own.EncodeRequest(*request, {.path = "p", .model = request->model()});
    ASSERT_THAT(again, testing::IsOk()) << Text(row, "/id");
    // Reading what was written gives the same request: nothing got lost inside.
    const auto reread = own.DecodeRequest(again->body);
    ASSERT_THAT(reread, testing::IsOk()) << Text(row, "/id") << again->body;
    EXPECT_EQ(reread->messages_size(), request->messages_size()) << Text(row, "/id");
    EXPECT_EQ(reread->tools_size(), request->tools_size()) << Text(row, "/id");
    for (const Dialect dialect : kDialects) {
      if (dialect == own.dialect()) continue;
      const Codec& other = CodecFor(dialect);
      const auto crossed = other.EncodeRequest(*request, {.path = "p", .model = "claude-opus-4-6"});
      if (!crossed.ok()) {
        EXPECT_THAT(crossed, testing::StatusIs(absl::StatusCode::kUnimplemented));
        ++refused;
        continue;
      }
      EXPECT_THAT(other.DecodeRequest(crossed->body), testing::IsOk()) << crossed->body;
      ++(crossed->fidelity.fidelity() == v1::FIDELITY_EXACT ? exact : lossy);
    }
  }
  std::cout << "requests into other dialects: " << exact << " exact, " << lossy << " lossy, "
            << refused << " untranslatable; " << stateful << " rest on state at the vendor\n";
  EXPECT_GT(exact + lossy, 150);
  EXPECT_GT(stateful, 4);
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
    for (const Dialect dialect : kDialects) {
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
