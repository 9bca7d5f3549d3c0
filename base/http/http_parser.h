// HTTP/1.x heads and body framing, parsed in place.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "base/http/read_buffer.h"
#include "boost/beast/http/basic_parser.hpp"

namespace warmpath {

// One header field, as it stood on the wire.
struct HttpField {
  std::string_view name;
  std::string_view value;
};

// A parsed start line and its fields; views into the connection's buffer.
struct HttpHead {
  std::string_view method;  // requests only
  std::string_view target;  // requests only
  int status = 0;           // responses only
  int version = 11;         // 10 or 11
  absl::InlinedVector<HttpField, 16> fields;

  // The value of the first field of that name in any case; "" if there is none.
  std::string_view Find(std::string_view name) const;
  bool Has(std::string_view name) const;
};

// Whether `a` and `b` are equal but for ASCII case.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// How parsing stands.
enum class ParseState {
  kNeedMore,   // feed more bytes
  kHead,       // the head has just become complete
  kBody,       // body() holds bytes
  kDone,       // the message is complete
  kTooLarge,   // the head is over its limit
  kMalformed,  // not HTTP/1.x or broken framing; reason() says what
  kTruncated,  // the peer closed before the message was complete
};

// Reads messages of one direction from a ReadBuffer, one after the other.
//
//   parser.Start(options);
//   for (;;) switch (parser.Next(buffer)) { ... kNeedMore: read; kBody: use body(); ... }
//
// After kHead the head is pinned in the buffer and head() is valid until Start() or Finish().
// body() points into the buffer and is valid until the next call of Next() or Reserve().
// Thread safety: none. No allocation once the field list has grown to its usual size.
template <bool is_request>
class HttpParser {
 public:
  struct Options {
    size_t max_head_bytes = 64 * 1024;
    bool head_only = false;  // a response to HEAD: Content-Length without a body
  };

  HttpParser();
  ~HttpParser();
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  void Start(const Options& options);
  ParseState Next(ReadBuffer& buffer);
  // The peer closed: kDone if that ends the message properly, else kTruncated.
  ParseState OnEof();
  // Gives up the head's place in the buffer.
  void Finish(ReadBuffer& buffer);

  const HttpHead& head() const { return head_; }
  bool has_head() const { return has_head_; }
  bool done() const;
  std::string_view body() const { return body_; }
  // From Content-Length; nullopt if chunked, delimited by close, or without a body.
  std::optional<uint64_t> content_length() const;
  bool keep_alive() const;
  bool chunked() const;
  const std::string& reason() const { return reason_; }

 private:
  // Receives Beast's parse events and notes them in the owner.
  class Sink final : public boost::beast::http::basic_parser<is_request> {
   public:
    explicit Sink(HttpParser& owner) : owner_(owner) {}

   private:
    using Error = boost::system::error_code;
    using View = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb, View method, View target, int version,
                         Error& error) override;
    void on_response_impl(int code, View reason, int version, Error& error) override;
    void on_field_impl(boost::beast::http::field, View name, View value, Error& error) override;
    void on_header_impl(Error& error) override;
    void on_body_init_impl(const boost::optional<uint64_t>&, Error& error) override;
    size_t on_body_impl(View body, Error& error) override;
    void on_chunk_header_impl(uint64_t size, View extensions, Error& error) override;
    size_t on_chunk_body_impl(uint64_t remain, View body, Error& error) override;
    void on_finish_impl(Error& error) override;

    HttpParser& owner_;
  };

  ParseState ParseHead(ReadBuffer& buffer);
  ParseState Fail(std::string_view reason);

  Options options_;
  HttpHead head_;
  std::string_view body_;
  std::string_view block_;  // the bytes being parsed: views must lie inside
  size_t scanned_ = 0;      // bytes already searched for the head's end
  uint64_t chunk_left_ = 0;  // bytes of the current chunk still to come
  bool has_head_ = false;
  std::string reason_;
  std::optional<Sink> sink_;
};

extern template class HttpParser<true>;
extern template class HttpParser<false>;
using HttpRequestParser = HttpParser<true>;
using HttpResponseParser = HttpParser<false>;

}  // namespace warmpath
