#include "base/http/sse.h"

#include "absl/strings/str_cat.h"

namespace warmpath {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

absl::Status SseParser::Feed(std::string_view bytes,
                             absl::FunctionRef<void(const SseEvent&)> on_event) {
  while (!bytes.empty()) {
    if (skip_lf_) {
      skip_lf_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (TooLarge(part.size())) {
      return absl::ResourceExhaustedError(
          absl::StrCat("an event of the stream is over ", max_event_bytes_, " bytes"));
    }
    if (end == std::string_view::npos) {
      line_.append(part);
      break;
    }
    skip_lf_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (line_.empty()) {
      OnLine(part, on_event);
    } else {
      line_.append(part);
      OnLine(line_, on_event);
      KeepData();  // The view points into line_.
      line_.clear();
    }
  }
  KeepData();
  return absl::OkStatus();
}

bool SseParser::TooLarge(size_t more) const {
  return line_.size() + data_.size() + data_view_.size() + more > max_event_bytes_;
}

void SseParser::OnLine(std::string_view line, absl::FunctionRef<void(const SseEvent&)> on_event) {
  if (!started_) {
    started_ = true;
    if (line.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      line.remove_prefix(kByteOrderMark.size());
    }
  }
  if (line.empty()) {
    if (has_data_) on_event({event_, data_.empty() ? data_view_ : std::string_view(data_)});
    has_data_ = false;
    event_.clear();
    data_.clear();
    data_view_ = {};
    return;
  }
  const size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value =
      colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (field == "data") {
    OnData(value);
  } else if (field == "event") {
    event_ = std::string(value);
  }
}

void SseParser::OnData(std::string_view value) {
  if (!has_data_) {
    has_data_ = true;
    data_view_ = value;
    return;
  }
  KeepData();
  data_.append("\n").append(value);
}

void SseParser::KeepData() {
  data_.append(data_view_);
  data_view_ = {};
}

void AppendSse(std::string& out, std::string_view event, std::string_view data) {
  if (!event.empty()) out.append("event: ").append(event).append("\n");
  for (;;) {
    const size_t end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    data.remove_prefix(data.substr(end, 2) == "\r\n" ? end + 2 : end + 1);
  }
  out.append("\n");
}

}  // namespace warmpath
