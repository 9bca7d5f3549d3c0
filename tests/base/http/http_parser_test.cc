#include "base/http/http_parser.h"

#include <cstring>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

void Add(ReadBuffer& buffer, std::string_view bytes) {
  buffer.Reserve(bytes.size());
  std::memcpy(buffer.room(), bytes.data(), bytes.size());
  buffer.Commit(bytes.size());
}

// What came of one message: the final state and, if it got that far, what was in it.
struct Parsed {
  ParseState state = ParseState::kNeedMore;
  std::string start;   // "POST /x" or "200"
  std::string fields;  // "name=value;..."
  std::string body;
  std::string left;    // bytes after the message
  bool operator==(const Parsed&) const = default;
};

template <bool is_request>
Parsed Parse(const std::vector<std::string_view>& pieces, bool eof = false,
             typename HttpParser<is_request>::Options options = {}) {
  ReadBuffer buffer;
  HttpParser<is_request> parser;
  parser.Start(options);
  Parsed parsed;
  const auto step = [&] {
    while ((parsed.state = parser.Next(buffer)) != ParseState::kNeedMore) {
      if (parsed.state == ParseState::kBody) {
        parsed.body += parser.body();
      } else if (parsed.state != ParseState::kHead) {
        return true;
      }
    }
    return false;
  };
  for (std::string_view piece : pieces) {
    if (!piece.empty()) Add(buffer, piece);
    if (parsed.state == ParseState::kNeedMore) step();
  }
  if (eof && parsed.state == ParseState::kNeedMore) parsed.state = parser.OnEof();
  if (parser.has_head()) {
    const HttpHead& head = parser.head();
    parsed.start = is_request ? std::string(head.method) + " " + std::string(head.target)
                              : std::to_string(head.status);
    for (const HttpField& field : head.fields) {
      parsed.fields.append(field.name).append("=").append(field.value).append(";");
    }
    parser.Finish(buffer);
    parsed.left = std::string(buffer.data());
  }
  return parsed;
}

constexpr std::string_view kChunkedAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\n1;x=y\r\n,\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\nHTTP/1.1";
constexpr std::string_view kRequest =
    "\r\nPOST /v1/x?q=1 HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nContent-Length: 4\r\n\r\nbodyGET";

TEST(HttpParser, GivesTheSameMessageHoweverItIsCut) {
  const Parsed answer = Parse<false>({kChunkedAnswer});
  EXPECT_EQ(answer, (Parsed{ParseState::kDone, "200",
                            "Content-Type=text/plain;Transfer-Encoding=chunked;",
                            "hello,0123456789", "HTTP/1.1"}));
  const Parsed request = Parse<true>({kRequest});
  EXPECT_EQ(request, (Parsed{ParseState::kDone, "POST /v1/x?q=1",
                             "Host=a;X-Empty=;Content-Length=4;", "body", "GET"}));
  for (size_t i = 0; i < kChunkedAnswer.size(); ++i) {
    for (size_t j = i; j < kChunkedAnswer.size(); ++j) {
      EXPECT_EQ(Parse<false>({kChunkedAnswer.substr(0, i), kChunkedAnswer.substr(i, j - i),
                              kChunkedAnswer.substr(j)}),
                answer)
          << i << " " << j;
    }
  }
  for (size_t i = 0; i < kRequest.size(); ++i) {
    EXPECT_EQ(Parse<true>({kRequest.substr(0, i), kRequest.substr(i)}), request) << i;
  }
  std::vector<std::string_view> bytes;
  for (size_t i = 0; i < kChunkedAnswer.size(); ++i) bytes.push_back(kChunkedAnswer.substr(i, 1));
  EXPECT_EQ(Parse<false>(bytes), answer);
}

TEST(HttpParser, AnEmptyChunkedBodyMayArriveByteByByte) {
  const std::string_view text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  std::vector<std::string_view> bytes;
  for (size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
  EXPECT_EQ(Parse<false>(bytes).state, ParseState::kDone);
}

TEST(HttpParser, KnowsWhereABodyEnds) {
  struct Case {
    const char* answer;
    ParseState at_eof;
    const char* body;
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\n\r\nall of it", ParseState::kDone, "all of it"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", ParseState::kTruncated, "ab"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ParseState::kDone, ""},
      {"HTTP/1.1 204 No Content\r\n\r\n", ParseState::kDone, ""},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", ParseState::kDone, ""},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", ParseState::kTruncated, "ab"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", ParseState::kTruncated,
       "ab"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
       ParseState::kTruncated, "ab"},
      {"HTTP/1.1 200 OK\r\nContent-Le", ParseState::kTruncated, ""},
      {"", ParseState::kTruncated, ""},
  };
  for (const Case& c : cases) {
    const Parsed parsed = Parse<false>({c.answer}, /*eof=*/true);
    EXPECT_EQ(parsed.state, c.at_eof) << c.answer;
    EXPECT_EQ(parsed.body, c.body) << c.answer;
  }
  EXPECT_EQ(Parse<false>({"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"}, false,
                         {.head_only = true})
                .state,
            ParseState::kDone);
}

TEST(HttpParser, RefusesWhatCouldBeReadInTwoWays) {
  const char* const requests[] = {
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, x\r\n\r\n",
      "POST / HTTP/1.1\r\nHost : a\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
      "POST / HTTP/2.0\r\nHost: a\r\n\r\n",
      "POST /a b HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n",
      "\x16\x03\x01",
  };
  for (const char* request : requests) {
    EXPECT_EQ(Parse<true>({request}).state, ParseState::kMalformed) << request;
  }
  EXPECT_EQ(Parse<false>({"SSH-2.0-OpenSSH"}).state, ParseState::kMalformed);
  EXPECT_EQ(Parse<false>({"HTTP/1.1 abc OK\r\n\r\n"}).state, ParseState::kMalformed);
}

TEST(HttpParser, LimitsTheHeadAndChunkHeaders) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x');
  EXPECT_EQ(Parse<true>({head}, false, {.max_head_bytes = 1000}).state, ParseState::kTooLarge);
  EXPECT_EQ(Parse<true>({head + "\r\n\r\n"}, false, {.max_head_bytes = 1000}).state,
            ParseState::kTooLarge);
  EXPECT_EQ(Parse<true>({head + "\r\n\r\n"}, false, {.max_head_bytes = 3000}).state,
            ParseState::kDone);
  const std::string chunk =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(2000, 'x');
  EXPECT_EQ(Parse<false>({chunk}, false, {.max_head_bytes = 1000}).state, ParseState::kMalformed);
}

TEST(HttpHead, FindsFieldsInAnyCase) {
  ReadBuffer buffer;
  HttpRequestParser parser;
  parser.Start({});
  Add(buffer, "GET / HTTP/1.1\r\nhOsT: a\r\nX: 1\r\nx: 2\r\n\r\n");
  ASSERT_EQ(parser.Next(buffer), ParseState::kHead);
  EXPECT_EQ(parser.head().Find("Host"), "a");
  EXPECT_EQ(parser.head().Find("X"), "1");
  EXPECT_TRUE(parser.head().Has("x"));
  EXPECT_FALSE(parser.head().Has("y"));
  EXPECT_EQ(parser.head().Find("y"), "");
}

TEST(ReadBuffer, KeepsAPinnedHeadInPlaceWhileTheBodyMoves) {
  ReadBuffer buffer;
  Add(buffer, "HEAD");
  Add(buffer, "body");
  const std::string_view head = buffer.data().substr(0, 4);
  buffer.PinHead(4);
  std::string seen;
  for (int i = 0; i < 100; ++i) {
    Add(buffer, std::string(500, 'a' + i % 26));
    if (i % 3 == 0) {
      seen += buffer.data();
      buffer.Consume(buffer.data().size());
    }
  }
  seen += buffer.data();
  EXPECT_EQ(head, "HEAD");
  EXPECT_EQ(seen.size(), 4u + 100 * 500);
  EXPECT_EQ(seen.substr(0, 6), "bodyaa");
  buffer.Consume(buffer.data().size() - 3);
  buffer.UnpinHead();
  EXPECT_EQ(buffer.data(), std::string(3, 'a' + 99 % 26));
}

}  // namespace
}  // namespace warmpath
