// HTTP/1.x messages one after the other, FUZZ_REQUESTS or answers: the same however the bytes are
// cut.
#include <cstring>
#include <string>
#include <vector>

#include "base/http/http_parser.h"
#include "tests/fuzz/fuzz_input.h"

namespace warmpath::fuzz {
namespace {

constexpr bool kRequests = FUZZ_REQUESTS;
constexpr int kMaxMessages = 64;

struct Message {
  ParseState state = ParseState::kNeedMore;
  std::string head;
  std::string body;
  bool keep_alive = false;
  bool operator==(const Message&) const = default;
};

class Reader {
 public:
  Reader() { Begin(); }

  // False once nothing more can be read.
  bool Feed(std::string_view bytes) {
    buffer_.Reserve(bytes.size());
    std::memcpy(buffer_.room(), bytes.data(), bytes.size());
    buffer_.Commit(bytes.size());
    while (messages_.size() < kMaxMessages) {
      const ParseState state = parser_.Next(buffer_);
      if (state == ParseState::kNeedMore) return true;
      Take(state);
      if (state == ParseState::kDone) {
        End(state);
        Begin();
      } else if (state != ParseState::kHead && state != ParseState::kBody) {
        End(state);
        return false;
      }
    }
    return false;
  }

  std::vector<Message> Finish() {
    if (messages_.size() < kMaxMessages && current_.state == ParseState::kNeedMore) {
      End(parser_.OnEof());
    }
    return std::move(messages_);
  }

 private:
  void Begin() {
    parser_.Start({});
    current_ = {};
  }

  void Take(ParseState state) {
    if (state == ParseState::kBody) {
      FUZZ_CHECK(!parser_.body().empty());
      current_.body.append(parser_.body());
    }
    if (state != ParseState::kHead) return;
    const HttpHead& head = parser_.head();
    current_.head.append(head.method)
        .append(" ")
        .append(head.target)
        .append(std::to_string(head.status * 100 + head.version));
    for (const HttpField& field : head.fields) {
      FUZZ_CHECK(!field.name.empty() && field.value.find('\n') == std::string_view::npos);
      current_.head.append(field.name).append("=").append(field.value).append(";");
    }
    current_.keep_alive = parser_.keep_alive();
  }

  void End(ParseState state) {
    // The head's views must have stayed where they were while the body went past.
    if (parser_.has_head()) {
      FUZZ_CHECK(state != ParseState::kDone || !kRequests ||
                 current_.head.starts_with(parser_.head().method));
      parser_.Finish(buffer_);
    }
    current_.state = state;
    messages_.push_back(std::move(current_));
  }

  ReadBuffer buffer_;
  HttpParser<kRequests> parser_;
  Message current_;
  std::vector<Message> messages_;
};

void Check(std::string_view bytes, std::string_view given) {
  Reader whole;
  if (!bytes.empty()) whole.Feed(bytes);
  Choices choices(given, bytes);
  Reader cut;
  InPieces(bytes, choices, [&](std::string_view piece) { return cut.Feed(piece); });
  const std::vector<Message> expected = whole.Finish();
  const std::vector<Message> actual = cut.Finish();
  FUZZ_CHECK(actual.size() == expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    FUZZ_CHECK(actual[i] == expected[i], expected[i].head, expected[i].body, actual[i].head,
               actual[i].body);
  }
}

}  // namespace
}  // namespace warmpath::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace warmpath::fuzz;
  const auto parts = Parts(View(data, size), 2);
  Check(parts[0], parts[1]);
  return 0;
}
