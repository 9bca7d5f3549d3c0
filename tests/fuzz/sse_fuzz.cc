// Event streams: the same events however the bytes are cut, and what is written is read back.
#include <string>
#include <utility>
#include <vector>

#include "base/http/sse.h"
#include "tests/fuzz/fuzz_input.h"

namespace warmpath::fuzz {
namespace {

struct Read {
  std::vector<std::pair<std::string, std::string>> events;
  bool ok = true;
  bool mid_event = false;
  bool operator==(const Read&) const = default;
};

// Whole where `choices` is null.
Read ReadEvents(std::string_view bytes, size_t limit, Choices* choices) {
  Read read;
  SseParser parser(limit);
  const auto feed = [&](std::string_view piece) {
    read.ok = parser
                  .Feed(piece,
                        [&](const SseEvent& event) {
                          FUZZ_CHECK(event.event.size() <= limit && event.data.size() <= limit);
                          read.events.emplace_back(event.event, event.data);
                        })
                  .ok();
    return read.ok;
  };
  if (choices == nullptr) {
    feed(bytes);
  } else {
    InPieces(bytes, *choices, feed);
  }
  read.mid_event = read.ok && parser.mid_event();
  return read;
}

void Check(std::string_view bytes, std::string_view given) {
  for (const size_t limit : {SseParser::kDefaultMaxEventBytes, size_t{64}}) {
    Choices choices(given, bytes);
    const Read whole = ReadEvents(bytes, limit, nullptr);
    FUZZ_CHECK(ReadEvents(bytes, limit, &choices) == whole);
    std::string written;
    for (const auto& [event, data] : whole.events) AppendSse(written, event, data);
    const Read again = ReadEvents(written, SseParser::kDefaultMaxEventBytes, nullptr);
    FUZZ_CHECK(again.events == whole.events && !again.mid_event);
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
