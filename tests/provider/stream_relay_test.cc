// Streamed answers through HttpProvider: what reaches the caller, when it commits, how it may end.
#include "provider/stream_relay.h"

#include <string>

#include "boost/asio/post.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "provider/observe.h"
#include "tests/provider/provider_fixture.h"

namespace warmpath {
namespace {

using namespace warmpath::testing;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kOpenAi = v1::PROVIDER_KIND_OPENAI;
constexpr auto kAnthropic = v1::PROVIDER_KIND_ANTHROPIC;

std::string Chat(std::string_view delta, std::string_view finish = "null") {
  return absl::StrCat(R"(data: {"id":"c1","object":"chat.completion.chunk","model":"m-x","choices":[)",
                      R"({"index":0,"delta":)", ToAbsl(delta), R"(,"finish_reason":)",
                      ToAbsl(finish), "}]}\n\n");
}
const std::string kRole = Chat(R"({"role":"assistant","content":""})");
const std::string kHel = Chat(R"({"content":"Hel"})");
const std::string kLo = Chat(R"({"content":"lo"})");
const std::string kStop = Chat("{}", "\"stop\"");
const std::string kUsage =
    "data: {\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,"
    "\"total_tokens\":5}}\n\n";
const std::string kDone = "data: [DONE]\n\n";
const std::string kError =
    "data: {\"error\":{\"message\":\"boom\",\"type\":\"server_error\",\"param\":null,"
    "\"code\":\"server_error\"}}\n\n";
const std::string kWhole = kRole + kHel + kLo + kStop + kUsage + kDone;

const std::string kClaude =
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\","
    "\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c-1\",\"content\":[],\"stop_reason\":null,"
    "\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n"
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
    "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
    "event: ping\ndata: {\"type\":\"ping\"}\n\n"
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
    "\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n"
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","
    "\"stop_sequence\":null},\"usage\":{\"output_tokens\":2}}\n\n"
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

class StreamRelayTest : public ProviderFixture {
 protected:
  // An upstream that sends its stream in these pieces, each by itself, and then ends it properly.
  Script SayPieces(std::vector<std::string> pieces) {
    return [this, pieces](RawPeer& peer) -> Task<void> {
      requests_.push_back(co_await peer.ReadMessage());
      co_await peer.Write(SseHead());
      for (const std::string& piece : pieces) co_await peer.Write(Chunk(piece));
      co_await peer.Write("0\r\n\r\n");
      co_await peer.ReadToEnd();
    };
  }
  // The same, ended by a reset instead.
  Script SayAndReset(std::string bytes) {
    return [this, bytes](RawPeer& peer) -> Task<void> {
      requests_.push_back(co_await peer.ReadMessage());
      co_await peer.Write(SseHead() + Chunk(bytes));
      // Only once the caller has what was sent, as a reset may overtake it.
      while (sink_.pieces.empty() && !bytes.empty()) co_await turn_.Wait();
      peer.Reset();
    };
  }
  Answer Stream(std::string_view body = kChatStreamBody) {
    sink_.on_write = [this] { turn_.WakeLater(io_.get_executor()); };
    return Call(MakeCall(std::string(body)), &sink_);
  }

  RecordingSink sink_;
  Waker turn_;
};

TEST_F(StreamRelayTest, ForwardsTheBytesVerbatim) {
  UseProvider(kOpenAi, StartRawServer({Say(Sse(kWhole))}));
  const Answer answer = Stream();
  EXPECT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  EXPECT_EQ(sink_.bytes(), kWhole);
  EXPECT_TRUE(answer.streamed);
  EXPECT_TRUE(answer.committed);
  EXPECT_EQ(answer.reply, nullptr);
  EXPECT_EQ(answer.native, nullptr) << "nothing is kept unless asked for";
  EXPECT_GT(answer.time_to_first_content, absl::ZeroDuration());
  EXPECT_THAT(requests_.at(0), HasSubstr(R"("stream":true)"));
}

TEST_F(StreamRelayTest, GivesAllThatCameAtOnceInOnePiece) {
  UseProvider(kOpenAi, StartRawServer({Say(Sse(kWhole))}));
  Stream();
  EXPECT_LE(sink_.pieces.size(), 2u);
  EXPECT_EQ(sink_.pieces.back().second, PieceKind::kTerminal);
}

TEST_F(StreamRelayTest, DoesNotCareWhereTheBytesAreCut) {
  for (size_t cut = 1; cut + 1 < kWhole.size(); cut += 7) {
    sink_.pieces.clear();
    UseProvider(kOpenAi,
                StartRawServer({SayPieces({kWhole.substr(0, cut), kWhole.substr(cut)})}));
    const Answer answer = Stream();
    ASSERT_FALSE(answer.failure.has_value()) << cut << answer.failure->ShortDebugString();
    ASSERT_EQ(sink_.bytes(), kWhole) << cut;
  }
}

TEST_F(StreamRelayTest, KeepsEventsWhole) {
  std::vector<std::string> bytes;
  for (const char c : kWhole) bytes.emplace_back(1, c);
  UseProvider(kOpenAi, StartRawServer({SayPieces(bytes)}));
  const Answer answer = Stream();
  EXPECT_FALSE(answer.failure.has_value());
  EXPECT_EQ(sink_.bytes(), kWhole);
  for (const auto& [piece, kind] : sink_.pieces) {
    EXPECT_THAT(piece, ::testing::EndsWith("\n\n"));
    EXPECT_THAT(piece, ::testing::StartsWith("data: "));
  }
}

TEST_F(StreamRelayTest, KeepsTheKindOfAnEventWhoseBlankLineIsCut) {
  std::string crlf;
  for (const char c : kWhole) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  for (const bool single_bytes : {false, true}) {
    sink_.pieces.clear();
    std::vector<std::string> pieces;
    const size_t content_end = crlf.find("Hel") + crlf.substr(crlf.find("Hel")).find("\r\n\r\n") + 3;
    if (single_bytes) {
      for (const char c : crlf) pieces.emplace_back(1, c);
    } else {
      pieces = {crlf.substr(0, content_end), crlf.substr(content_end)};
    }
    UseProvider(kOpenAi, StartRawServer({SayPieces(pieces)}));
    const Answer answer = Stream();
    EXPECT_FALSE(answer.failure.has_value());
    // The last line feed may be left behind: the blank line was complete with its carriage return.
    EXPECT_THAT(crlf, ::testing::StartsWith(sink_.bytes()));
    EXPECT_GE(sink_.bytes().size() + 1, crlf.size());
    for (const auto& [piece, kind] : sink_.pieces) {
      if (piece.find("Hel") != std::string::npos) {
        EXPECT_NE(kind, PieceKind::kPreamble) << piece;
      }
    }
  }
}

TEST_F(StreamRelayTest, CommitsWithTheFirstContentAndNotBefore) {
  UseProvider(kOpenAi, StartRawServer({SayAndReset(kRole)}));
  Answer answer = Stream();
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_INTERRUPTED);
  EXPECT_FALSE(answer.committed);
  ASSERT_EQ(sink_.pieces.size(), 1u);
  EXPECT_EQ(sink_.pieces[0].second, PieceKind::kPreamble);

  sink_.pieces.clear();
  UseProvider(kOpenAi, StartRawServer({SayAndReset(kRole + kHel)}));
  answer = Stream();
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_INTERRUPTED);
  EXPECT_TRUE(answer.committed);
  EXPECT_FALSE(answer.failure_sent);
  EXPECT_EQ(sink_.bytes(), kRole + kHel);
}

TEST_F(StreamRelayTest, NeverTakesAPoliteEndForSuccess) {
  UseProvider(kOpenAi, StartRawServer({Say(Sse(kRole + kHel))}));
  EXPECT_EQ(ClassIn(Stream()), v1::FAILURE_CLASS_INTERRUPTED);
  // [DONE] alone proves nothing.
  UseProvider(kOpenAi, StartRawServer({Say(Sse(kRole + kHel + kDone))}));
  EXPECT_EQ(ClassIn(Stream()), v1::FAILURE_CLASS_INTERRUPTED);
  UseProvider(kOpenAi, StartRawServer({Say(Sse(""))}));
  EXPECT_EQ(ClassIn(Stream()), v1::FAILURE_CLASS_INTERRUPTED);
}

TEST_F(StreamRelayTest, TakesACompleteAnswerWithoutItsLastMark) {
  UseProvider(kOpenAi, StartRawServer({Say(Sse(kRole + kHel + kStop))}));
  EXPECT_FALSE(Stream().failure.has_value());
  EXPECT_EQ(sink_.bytes(), kRole + kHel + kStop);

  // Nor does a last event without its blank line lose anything.
  sink_.pieces.clear();
  std::string cut = kRole + kHel + kStop;
  cut.pop_back();
  UseProvider(kOpenAi, StartRawServer({Say(Sse(cut))}));
  EXPECT_FALSE(Stream().failure.has_value());
  EXPECT_THAT(sink_.bytes(), ::testing::StartsWith(kRole + kHel + kStop));
}

TEST_F(StreamRelayTest, KeepsAnErrorBeforeContentFromTheCaller) {
  for (const std::string& bytes : {kRole + kError, kError, kRole + kHel + kError}) {
    sink_.pieces.clear();
    UseProvider(kOpenAi, StartRawServer({Say(Sse(bytes))}));
    const Answer answer = Stream();
    // All of it came at once, so even content could still be held back.
    if (answer.committed) continue;
    EXPECT_NE(ClassIn(answer), v1::FAILURE_CLASS_UNSPECIFIED);
    EXPECT_NE(ClassIn(answer), v1::FAILURE_CLASS_INTERRUPTED);
    EXPECT_THAT(sink_.bytes(), Not(HasSubstr("boom")));
    EXPECT_FALSE(answer.failure_sent);
  }
}

TEST_F(StreamRelayTest, HandsOnThePathsOwnErrorAfterContent) {
  const auto script = [this](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    co_await peer.Write(SseHead() + Chunk(kRole + kHel));
    while (sink_.pieces.empty()) co_await turn_.Wait();
    co_await peer.Write(Chunk(kError) + "0\r\n\r\n");
    co_await peer.ReadToEnd();
  };
  UseProvider(kOpenAi, StartRawServer({script}));
  const Answer answer = Stream();
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_SERVER_ERROR);
  EXPECT_TRUE(answer.committed);
  EXPECT_TRUE(answer.failure_sent);
  EXPECT_EQ(sink_.bytes(), kRole + kHel + kError);
  EXPECT_EQ(sink_.pieces.back().second, PieceKind::kError);
}

TEST_F(StreamRelayTest, TellsACompleteStreamWithNothingInItFromARefusal) {
  UseProvider(kOpenAi, StartRawServer({Say(Sse(kRole + kStop + kDone))}));
  const Answer nothing = Stream();
  EXPECT_EQ(ClassIn(nothing), v1::FAILURE_CLASS_EMPTY_ANSWER);
  EXPECT_FALSE(nothing.committed);

  sink_.pieces.clear();
  const std::string filtered = kRole + Chat("{}", "\"content_filter\"") + kDone;
  UseProvider(kOpenAi, StartRawServer({Say(Sse(filtered))}));
  const Answer refused = Stream();
  EXPECT_FALSE(refused.failure.has_value()) << refused.failure->ShortDebugString();
  EXPECT_EQ(sink_.bytes(), filtered);
}

TEST_F(StreamRelayTest, TellsThePathWhenTheCallerHasGone) {
  bool closed = false;
  const auto script = [&](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    co_await peer.Write(SseHead() + Chunk(kRole));
    co_await peer.Write(Chunk(kHel));
    co_await peer.ReadToEnd();
    closed = true;
  };
  sink_.gone_after = 0;
  UseProvider(kOpenAi, StartRawServer({script}));
  EXPECT_EQ(ClassIn(Stream()), v1::FAILURE_CLASS_CANCELLED);
  RunUntil([&] { return closed; });
}

TEST_F(StreamRelayTest, ReadsNoFurtherWhileTheCallerIsSlow) {
  size_t sent = 0;
  bool blocked = false;
  const std::string chunk = Chunk(Chat("{\"content\":\"" + std::string(60'000, 'x') + "\"}"));
  const auto script = [&](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    co_await peer.Write(SseHead());
    peer.socket().non_blocking(true);
    // Until the sockets' buffers stay full for many turns of the loop: then the path feels it.
    boost::system::error_code error;
    for (int full_turns = 0; full_turns < 100 && sent < (256u << 20);) {
      const std::string_view rest = std::string_view(chunk).substr(sent % chunk.size());
      sent += peer.socket().write_some(boost::asio::buffer(rest.data(), rest.size()), error);
      full_turns = error == boost::asio::error::would_block && sink_.holding ? full_turns + 1 : 0;
      co_await boost::asio::post(io_, boost::asio::use_awaitable);
    }
    blocked = true;
  };
  sink_.hold = true;
  UseProvider(kOpenAi, StartRawServer({script}));
  const ModelCall call = MakeCall(std::string(kChatStreamBody));
  const PathTarget target{.path = "primary", .model = "m"};
  std::optional<Answer> answer;
  boost::asio::co_spawn(
      io_, [&]() -> Task<void> { answer = co_await provider_->Call(call, target, &sink_, nullptr); },
      boost::asio::detached);
  RunUntil([&] { return blocked; });
  EXPECT_LT(sent, 64u << 20) << "the provider read on although nobody took it";
  EXPECT_TRUE(sink_.pieces.empty());
  EXPECT_FALSE(answer.has_value());
  sink_.gone_after = 0;
  sink_.Release();
  RunUntil([&] { return answer.has_value(); });
}

TEST_F(StreamRelayTest, TranslatesAStream) {
  UseProvider(kAnthropic, StartRawServer({Say(Sse(kClaude))}));
  const Answer answer = Stream();
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  EXPECT_THAT(sink_.bytes(), HasSubstr("chat.completion.chunk"));
  EXPECT_THAT(sink_.bytes(), HasSubstr("Hello"));
  EXPECT_THAT(sink_.bytes(), HasSubstr("\"finish_reason\":\"stop\""));
  EXPECT_THAT(sink_.bytes(), ::testing::EndsWith(kDone));
  EXPECT_THAT(sink_.bytes(), Not(HasSubstr("message_start")));
  EXPECT_TRUE(answer.committed);
  EXPECT_EQ(sink_.pieces.back().second, PieceKind::kTerminal);
}

TEST_F(StreamRelayTest, TranslatesTheTrailersToo) {
  UseProvider(kOpenAi, StartRawServer({SayPieces({kRole, kHel, kLo, kStop, kUsage, kDone})}));
  const Answer answer = Call(
      MakeCall(R"({"model":"t","max_tokens":5,"stream":true,"messages":[{"role":"user","content":"a"}]})",
               Dialect::kAnthropicMessages),
      &sink_);
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  EXPECT_THAT(sink_.bytes(), HasSubstr("\"output_tokens\":2"));
  EXPECT_THAT(sink_.bytes(), HasSubstr("event: message_stop"));
}

TEST_F(StreamRelayTest, TranslatesNoneOfAnInterruptedStreamAway) {
  const std::string cut = kClaude.substr(0, kClaude.find("event: message_delta"));
  UseProvider(kAnthropic, StartRawServer({Say(Sse(cut))}));
  const Answer answer = Stream();
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_INTERRUPTED);
  EXPECT_TRUE(answer.committed);
  EXPECT_THAT(sink_.bytes(), HasSubstr("Hello"));
  EXPECT_THAT(sink_.bytes(), Not(HasSubstr("[DONE]")));
}

TEST_F(StreamRelayTest, TranslatesAnErrorInTheStreamIntoAFailureOnly) {
  UseProvider(kAnthropic,
              StartRawServer({Say(Sse(
                  "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                  "\"message\":\"Overloaded\"}}\n\n"))}));
  const Answer answer = Stream();
  EXPECT_EQ(ClassIn(answer), v1::FAILURE_CLASS_OVERLOADED);
  EXPECT_FALSE(answer.committed);
  EXPECT_FALSE(answer.failure_sent);
  EXPECT_TRUE(sink_.pieces.empty());
}

TEST_F(StreamRelayTest, StreamsAnAnswerThatCameWhole) {
  for (const auto kind : {kOpenAi, kAnthropic}) {
    sink_.pieces.clear();
    UseProvider(kind, StartRawServer({Say(Http(
                          200, kind == kOpenAi
                                   ? kChatAnswer
                                   : std::string_view(
                                         R"({"id":"msg_1","type":"message","role":"assistant",)"
                                         R"("model":"c","content":[{"type":"text","text":"Hello"}],)"
                                         R"("stop_reason":"end_turn","usage":{"input_tokens":1,)"
                                         R"("output_tokens":1}})")))}));
    const Answer answer = Stream();
    ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
    EXPECT_THAT(sink_.bytes(), HasSubstr("chat.completion.chunk"));
    EXPECT_THAT(sink_.bytes(), HasSubstr("Hello"));
    EXPECT_THAT(sink_.bytes(), ::testing::EndsWith(kDone));
    EXPECT_FALSE(answer.streamed);
    EXPECT_TRUE(answer.committed);
  }
}

TEST_F(StreamRelayTest, CollectsAStreamThatNobodyAskedFor) {
  UseProvider(kOpenAi, StartRawServer({SayPieces({kRole, kHel, kLo, kStop, kUsage, kDone})}));
  const Answer answer = Call(MakeCall(std::string(kChatBody)), &sink_);
  ASSERT_FALSE(answer.failure.has_value()) << answer.failure->ShortDebugString();
  EXPECT_TRUE(sink_.pieces.empty());
  ASSERT_NE(answer.reply, nullptr);
  EXPECT_THAT(*answer.reply, HasSubstr("\"Hello\""));
  EXPECT_THAT(*answer.reply, HasSubstr("\"chat.completion\""));
}

TEST_F(StreamRelayTest, CapturesWhatItForwards) {
  UseProvider(kOpenAi, StartRawServer({Say(Sse(kWhole))}));
  ModelCall call = MakeCall(std::string(kChatStreamBody));
  call.capture = true;
  const Answer answer = Call(call, &sink_);
  ASSERT_NE(answer.native, nullptr);
  EXPECT_EQ(*answer.native, kWhole);
  EXPECT_FALSE(answer.native_truncated);
  const v1::Observation seen = Observe(answer);
  EXPECT_EQ(seen.outcome(), v1::OUTCOME_END);
  EXPECT_EQ(seen.text(), "Hello");
  EXPECT_EQ(seen.usage().output_tokens(), 2);
}

TEST_F(StreamRelayTest, SaysWhenItCapturedOnlyAPart) {
  UseProvider(kOpenAi, StartRawServer({Say(Sse(kWhole))}), nullptr, Traffic::kLive,
              /*max_capture_bytes=*/100);
  ModelCall call = MakeCall(std::string(kChatStreamBody));
  call.capture = true;
  const Answer answer = Call(call, &sink_);
  EXPECT_FALSE(answer.failure.has_value());
  EXPECT_EQ(sink_.bytes(), kWhole) << "the caller gets all of it";
  EXPECT_TRUE(answer.native_truncated);
  EXPECT_EQ(answer.native->size(), 100u);
  EXPECT_EQ(Observe(answer).outcome(), v1::OUTCOME_FAILED) << "a part proves nothing";
}

TEST_F(StreamRelayTest, KeepsAShadowsStreamForDecoding) {
  for (const std::string& bytes : {kWhole, kRole + kHel}) {
    UseProvider(kOpenAi, StartRawServer({Say(Sse(bytes))}), nullptr, Traffic::kShadow);
    ModelCall call = MakeCall(std::string(kChatStreamBody));
    call.shadow = true;
    const Answer answer = Call(call);
    ASSERT_NE(answer.native, nullptr);
    EXPECT_EQ(*answer.native, bytes);
    const v1::Observation seen = Observe(answer);
    EXPECT_EQ(seen.outcome(), bytes == kWhole ? v1::OUTCOME_END : v1::OUTCOME_INTERRUPTED);
    EXPECT_EQ(seen.text(), bytes == kWhole ? "Hello" : "Hel");
  }
}

TEST_F(StreamRelayTest, BoundsAFlood) {
  bool ended = false;
  const auto flood = [&](RawPeer& peer) -> Task<void> {
    co_await peer.ReadMessage();
    bool more = co_await peer.Write(SseHead());
    const std::string chunk = Chunk(": " + std::string(64 * 1024, 'x') + "\n");
    for (int sent = 0; more && sent < 1600; ++sent) more = co_await peer.Write(chunk);
    EXPECT_FALSE(more) << "all of it was taken";
    ended = true;
  };
  UseProvider(
      kOpenAi, StartRawServer({flood}),
      [](v1::ProviderConfig& c) { c.set_max_answer_bytes(1 << 20); }, Traffic::kShadow);
  ModelCall call = MakeCall(std::string(kChatStreamBody));
  call.shadow = true;
  EXPECT_EQ(ClassIn(Call(call)), v1::FAILURE_CLASS_MALFORMED_ANSWER);
  RunUntil([&] { return ended; });
}

TEST_F(StreamRelayTest, GivesItsConnectionBackAfterTheStream) {
  const auto twice = [this](RawPeer& peer) -> Task<void> {
    for (int i = 0; i < 2; ++i) {
      requests_.push_back(co_await peer.ReadMessage());
      co_await peer.Write(SseHead() + Chunk(kWhole));
      // The end of the body comes late, when the caller has had everything.
      while (sink_.bytes().find("[DONE]") == std::string::npos) co_await turn_.Wait();
      co_await peer.Write("0\r\n\r\n");
    }
    co_await peer.ReadToEnd();
  };
  UseProvider(kOpenAi, StartRawServer({twice}));
  EXPECT_FALSE(Stream().failure.has_value());
  RunUntil([&] { return provider_->stats().idle == 1; });
  sink_.pieces.clear();
  EXPECT_FALSE(Stream().failure.has_value());
  EXPECT_EQ(provider_->stats().opened, 1u);
}

TEST(LastEventEnd, FindsTheLastBlankLine) {
  EXPECT_EQ(LastEventEnd("data: a\n\n"), 9u);
  EXPECT_EQ(LastEventEnd("data: a\r\n\r\n"), 11u);
  EXPECT_EQ(LastEventEnd("data: a\r\rdata: b"), 9u);
  EXPECT_EQ(LastEventEnd("data: a\n\ndata: b\n"), 9u);
  EXPECT_EQ(LastEventEnd("data: a\n\r\ndata: b"), 10u);
  EXPECT_EQ(LastEventEnd("data: a\n"), 0u);
  EXPECT_EQ(LastEventEnd(""), 0u);
}

}  // namespace
}  // namespace warmpath
