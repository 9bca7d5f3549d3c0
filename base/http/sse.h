// Server-Sent Events, read incrementally and written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace warmpath {

// One event. Views are valid during the callback only.
struct SseEvent {
  std::string_view event;  // "" if the stream did not name it
  std::string_view data;   // lines joined by \n
};

// Finds events in a byte stream that may be cut anywhere, as
// https://html.spec.whatwg.org/multipage/server-sent-events.html says: lines end in CR, LF or
// CRLF, `data` lines add up, comments and unknown fields are passed over, a byte order mark at the
// start is ignored, an event without data is none.
//
//   SseParser parser;
//   RETURN_IF_ERROR(parser.Feed(bytes, [&](const SseEvent& event) { ... }));
//
// Thread safety: none. No copy of data that lies in one piece in what is fed.
// Errors: RESOURCE_EXHAUSTED when a line or an event exceeds the limit; then feed no more.
class SseParser {
 public:
  static constexpr size_t kDefaultMaxEventBytes = 4 << 20;

  explicit SseParser(size_t max_event_bytes = kDefaultMaxEventBytes)
      : max_event_bytes_(max_event_bytes) {}

  absl::Status Feed(std::string_view bytes, absl::FunctionRef<void(const SseEvent&)> on_event);

  // Whether the stream stands in the middle of an event, which its end would lose.
  bool mid_event() const { return has_data_ || !line_.empty(); }

 private:
  void OnLine(std::string_view line, absl::FunctionRef<void(const SseEvent&)> on_event);
  void OnData(std::string_view value);
  void KeepData();
  bool TooLarge(size_t more) const;

  const size_t max_event_bytes_;
  std::string line_;   // the beginning of a line that was cut
  std::string event_;
  std::string data_;
  std::string_view data_view_;  // the event's only data line so far, not copied yet
  bool has_data_ = false;
  bool skip_lf_ = false;  // the last byte was a CR
  bool started_ = false;  // the first line is over
};

// Appends one event to `out`; a line break in `data` begins another data line. An empty `event` is
// left out. REQUIRES: no line break in `event`.
void AppendSse(std::string& out, std::string_view event, std::string_view data);

}  // namespace warmpath
