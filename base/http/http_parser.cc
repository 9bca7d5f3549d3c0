#include "base/http/http_parser.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "boost/asio/buffer.hpp"
#include "boost/beast/http/error.hpp"

namespace warmpath {
namespace {

namespace http = boost::beast::http;

std::string_view Std(boost::beast::string_view view) { return {view.data(), view.size()}; }

bool IsWithin(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// The head's length with its empty line, or npos.
size_t FindHeadEnd(std::string_view data, size_t from) {
  if (data.empty()) return std::string_view::npos;
  from = from > 3 ? from - 3 : 0;
  const void* const found = memmem(data.data() + from, data.size() - from, "\r\n\r\n", 4);
  if (found == nullptr) return std::string_view::npos;
  return static_cast<const char*>(found) - data.data() + 4;
}

// Whether `data` may yet become the start of a message: spares waiting for the end of a head that
// will never come.
template <bool is_request>
bool LooksLikeHttp(std::string_view data) {
  if constexpr (is_request) {
    return data.empty() || absl::ascii_isalpha(static_cast<unsigned char>(data[0]));
  } else {
    constexpr std::string_view kStart = "HTTP/1.";
    const size_t length = std::min(data.size(), kStart.size());
    return data.substr(0, length) == kStart.substr(0, length);
  }
}

}  // namespace

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(absl::string_view(a.data(), a.size()),
                                absl::string_view(b.data(), b.size()));
}

std::string_view HttpHead::Find(std::string_view name) const {
  for (const HttpField& field : fields) {
    if (EqualsIgnoreCase(field.name, name)) return field.value;
  }
  return "";
}

bool HttpHead::Has(std::string_view name) const {
  return std::any_of(fields.begin(), fields.end(), [name](const HttpField& field) {
    return EqualsIgnoreCase(field.name, name);
  });
}

template <bool is_request>
HttpParser<is_request>::HttpParser() = default;
template <bool is_request>
HttpParser<is_request>::~HttpParser() = default;

template <bool is_request>
void HttpParser<is_request>::Start(const Options& options) {
  options_ = options;
  head_.fields.clear();
  body_ = {};
  scanned_ = 0;
  chunk_left_ = 0;
  has_head_ = false;
  sink_.emplace(*this);
  sink_->header_limit(static_cast<uint32_t>(options.max_head_bytes));
  sink_->body_limit(boost::none);
  if (options.head_only) sink_->skip(true);
}

template <bool is_request>
ParseState HttpParser<is_request>::Next(ReadBuffer& buffer) {
  if (!has_head_) return ParseHead(buffer);
  body_ = {};
  while (!sink_->is_done()) {
    block_ = buffer.data();
    if (block_.empty()) return ParseState::kNeedMore;
    // Beast asserts that a chunk header is not tried with less; the shortest rest is "0\r\n\r\n".
    if (sink_->chunked() && chunk_left_ == 0 && block_.size() < 5) return ParseState::kNeedMore;
    boost::system::error_code error;
    const size_t used =
        sink_->put(boost::asio::const_buffer(block_.data(), block_.size()), error);
    buffer.Consume(used);
    if (!body_.empty()) return ParseState::kBody;
    if (error == http::error::need_more) {
      if (sink_->chunked() && buffer.data().size() > options_.max_head_bytes) {
        return Fail("chunk header or trailers over the limit");
      }
      return ParseState::kNeedMore;
    }
    if (error) return Fail(error.message());
  }
  return ParseState::kDone;
}

template <bool is_request>
ParseState HttpParser<is_request>::ParseHead(ReadBuffer& buffer) {
  if constexpr (is_request) {  // RFC 9112, 2.2: ignore empty lines before a request.
    while (scanned_ == 0 && buffer.data().substr(0, 2) == "\r\n") buffer.Consume(2);
    if (scanned_ == 0 && buffer.data() == "\r") return ParseState::kNeedMore;
  }
  const std::string_view data = buffer.data();
  if (!LooksLikeHttp<is_request>(data)) return Fail("not HTTP/1.x");
  const size_t length = FindHeadEnd(data, scanned_);
  if (length == std::string_view::npos) {
    scanned_ = data.size();
    return data.size() >= options_.max_head_bytes ? ParseState::kTooLarge : ParseState::kNeedMore;
  }
  if (length > options_.max_head_bytes) return ParseState::kTooLarge;
  block_ = data.substr(0, length);
  boost::system::error_code error;
  sink_->put(boost::asio::const_buffer(block_.data(), block_.size()), error);
  if (error) return Fail(error.message());
  if (!sink_->is_header_done()) return Fail("incomplete head");
  if constexpr (is_request) {
    // Whose body could not be told from the next request.
    if (!sink_->chunked() && head_.Has("transfer-encoding")) return Fail("bad Transfer-Encoding");
  }
  buffer.PinHead(length);
  has_head_ = true;
  return ParseState::kHead;
}

template <bool is_request>
ParseState HttpParser<is_request>::OnEof() {
  if (!has_head_) return ParseState::kTruncated;
  if (sink_->is_done()) return ParseState::kDone;
  boost::system::error_code error;
  sink_->put_eof(error);
  return error ? ParseState::kTruncated : ParseState::kDone;
}

template <bool is_request>
void HttpParser<is_request>::Finish(ReadBuffer& buffer) {
  buffer.UnpinHead();
  head_.fields.clear();
  has_head_ = false;
}

template <bool is_request>
bool HttpParser<is_request>::done() const {
  return has_head_ && sink_->is_done();
}

template <bool is_request>
std::optional<uint64_t> HttpParser<is_request>::content_length() const {
  const auto length = sink_->content_length();
  if (!length) return std::nullopt;
  return *length;
}

template <bool is_request>
bool HttpParser<is_request>::keep_alive() const {
  return sink_->keep_alive();
}

template <bool is_request>
bool HttpParser<is_request>::chunked() const {
  return sink_->chunked();
}

template <bool is_request>
ParseState HttpParser<is_request>::Fail(std::string_view reason) {
  reason_ = std::string(reason);
  return ParseState::kMalformed;
}

template <bool is_request>
void HttpParser<is_request>::Sink::on_request_impl(http::verb, View method, View target,
                                                   int version, Error&) {
  owner_.head_.method = Std(method);
  owner_.head_.target = Std(target);
  owner_.head_.version = version;
}

template <bool is_request>
void HttpParser<is_request>::Sink::on_response_impl(int code, View, int version, Error&) {
  owner_.head_.status = code;
  owner_.head_.version = version;
}

template <bool is_request>
void HttpParser<is_request>::Sink::on_field_impl(http::field, View name, View value,
                                                 Error& error) {
  if (owner_.has_head_) return;  // A trailer: not forwarded.
  // A folded line arrives as a copy on Beast's stack. RFC 9112, 5.2 lets us refuse it.
  if (!IsWithin(Std(value), owner_.block_)) {
    error = http::error::bad_value;
    return;
  }
  owner_.head_.fields.push_back({Std(name), Std(value)});
}

template <bool is_request>
void HttpParser<is_request>::Sink::on_header_impl(Error&) {}

template <bool is_request>
void HttpParser<is_request>::Sink::on_body_init_impl(const boost::optional<uint64_t>&, Error&) {}

template <bool is_request>
size_t HttpParser<is_request>::Sink::on_body_impl(View body, Error&) {
  owner_.body_ = Std(body);
  return body.size();
}

template <bool is_request>
void HttpParser<is_request>::Sink::on_chunk_header_impl(uint64_t size, View, Error&) {
  owner_.chunk_left_ = size;
}

template <bool is_request>
size_t HttpParser<is_request>::Sink::on_chunk_body_impl(uint64_t remain, View body, Error&) {
  owner_.body_ = Std(body);
  owner_.chunk_left_ = remain - body.size();
  return body.size();
}

template <bool is_request>
void HttpParser<is_request>::Sink::on_finish_impl(Error&) {}

template class HttpParser<true>;
template class HttpParser<false>;

}  // namespace warmpath
