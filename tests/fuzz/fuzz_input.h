// What every fuzz target is made of: parts of an input, pieces of a part, checks that end the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

// Ends the run, which keeps the input, unless `condition` holds.
#define FUZZ_CHECK(condition, ...)                                                 \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      ::warmpath::fuzz::Say(__VA_ARGS__);                                          \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

// The function that libFuzzer and the replay test call.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace warmpath::fuzz {

inline void Say() {}
template <typename... Rest>
void Say(std::string_view first, const Rest&... rest) {
  std::fprintf(stderr, "  %.*s\n", static_cast<int>(first.size()), first.data());
  Say(rest...);
}

inline std::string_view View(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A line that parts an input, so that corpus files stay readable text.
inline constexpr std::string_view kDivider = "\n=====\n";

// The input's parts; those that are missing are empty, the last one holds all the rest.
inline std::vector<std::string_view> Parts(std::string_view input, size_t count) {
  std::vector<std::string_view> parts(count);
  for (size_t i = 0; i < count; ++i) {
    const size_t end = i + 1 < count ? input.find(kDivider) : std::string_view::npos;
    parts[i] = input.substr(0, end);
    input =
        end == std::string_view::npos ? std::string_view() : input.substr(end + kDivider.size());
  }
  return parts;
}

// A stream of small numbers: the bytes that the input gives, then ones that follow from its text,
// so that a plain recording without choices is worth something too.
//
// Thread safety: thread-compatible.
class Choices {
 public:
  Choices(std::string_view given, std::string_view text) : given_(given) {
    for (const char c : text) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }

  uint8_t Next() {
    if (at_ < given_.size()) return static_cast<uint8_t>(given_[at_++]);
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<uint8_t>(state_ >> 32);
  }
  bool Flag() { return (Next() & 1) != 0; }
  size_t Below(size_t limit) { return Next() % limit; }
  template <typename T, size_t n>
  const T& Of(const T (&list)[n]) {
    return list[Below(n)];
  }
  // How long the next piece of a stream is: mostly short, at times long, never nothing.
  size_t PieceBytes() {
    const uint8_t choice = Next();
    return choice < 0xc0 ? 1 + choice % 24 : size_t{1} << (choice % 14);
  }

 private:
  const std::string_view given_;
  size_t at_ = 0;
  uint64_t state_ = 0xcbf29ce484222325;
};

// Calls `take` with `bytes` piece by piece. Each piece has memory of its own that is gone
// afterwards, so a view that is kept, or a byte that is read past the end, shows under ASan.
template <typename Take>
void InPieces(std::string_view bytes, Choices& choices, Take take) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, choices.PieceBytes());
    const std::unique_ptr<char[]> copy(new char[piece.size()]);
    piece.copy(copy.get(), piece.size());
    if (!take(std::string_view(copy.get(), piece.size()))) return;
    bytes.remove_prefix(piece.size());
  }
}

}  // namespace warmpath::fuzz
