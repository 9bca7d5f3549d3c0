#include "cli/gate/run_replay.h"

#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace warmpath {
namespace {

constexpr size_t kLongestLine = 1 << 20;

// Lines in large pieces, with the room behind them that the parser reads into.
class Lines {
 public:
  explicit Lines(std::istream& in)
      : in_(in), buffer_(2 * kLongestLine + simdjson::SIMDJSON_PADDING) {}

  // False at the end. A line that is too long comes out empty with `too_long`.
  bool Next(std::string_view& line, bool& too_long) {
    too_long = false;
    for (;;) {
      const char* start = buffer_.data() + begin_;
      const auto* end = static_cast<const char*>(memchr(start, '\n', end_ - begin_));
      if (end != nullptr || (at_end_ && begin_ < end_)) {
        const size_t length = end != nullptr ? end - start : end_ - begin_;
        begin_ += length + (end != nullptr ? 1 : 0);
        too_long = std::exchange(skipping_, false) || length > kLongestLine;
        line = too_long ? std::string_view() : std::string_view(start, length);
        return true;
      }
      if (at_end_) return std::exchange(skipping_, false) && (too_long = true);
      Fill();
    }
  }

 private:
  void Fill() {
    if (end_ - begin_ > kLongestLine) {
      skipping_ = true;
      begin_ = end_;
    }
    memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    // What is there already first: a person at a pipe wants answers at once.
    in_.read(buffer_.data() + end_, 1);
    if (in_.gcount() == 0) {
      at_end_ = true;
      return;
    }
    ++end_;
    const size_t room = buffer_.size() - simdjson::SIMDJSON_PADDING - end_;
    end_ += static_cast<size_t>(in_.readsome(buffer_.data() + end_, static_cast<std::streamsize>(room)));
  }

  std::istream& in_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;
  bool at_end_ = false;
  bool skipping_ = false;
};

void WriteError(int64_t number, std::string_view text, std::ostream& out) {
  out << "{\"line\":" << number << ",\"error\":\""
      << absl::StrReplaceAll(absl::string_view(text.data(), text.size()),
                             {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}})
      << "\"}\n";
}

bool IsBlankLine(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

int RunGateReplay(ReplayOptions options, std::istream& in, std::ostream& out, std::ostream& err) {
  GateReplay replay(std::move(options));
  ReplayLineReader reader;
  ReplayLine line;
  Lines lines(in);
  std::string_view text;
  bool too_long = false;
  int64_t number = 0, bad = 0;
  while (lines.Next(text, too_long)) {
    ++number;
    if (!too_long && IsBlankLine(text)) continue;
    absl::Status status = too_long ? absl::InvalidArgumentError("longer than 1 MB")
                                   : reader.Read(text, line);
    if (status.ok()) status = replay.Apply(line);
    const std::string output = replay.TakeOutput();
    if (!output.empty()) out << output;
    if (status.ok()) continue;
    ++bad;
    WriteError(number, std::string(status.message()), out);
  }
  const auto tell = [&](int64_t count, const char* what) {
    if (count > 0) err << "warmpath: dropped " << count << " " << what << "\n";
  };
  tell(replay.dropped_duplicates(), "samples whose id came before");
  tell(replay.dropped_late(), "samples that came more than 128 buckets late");
  tell(replay.dropped_conversations(), "samples of conversations for which there was no room");
  return bad > 0 ? 1 : 0;
}

}  // namespace warmpath
