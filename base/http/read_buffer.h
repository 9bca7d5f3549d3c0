// The bytes that arrived on one connection and were not used up yet.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace warmpath {

// A contiguous buffer that keeps a message's head in place while its body streams past.
//
//   while (!complete) { read into room(), Commit(n); look at data(); }
//   buffer.PinHead(n);      // the first n bytes stay where they are ...
//   buffer.Consume(m);      // ... while body bytes come and go
//   buffer.UnpinHead();     // views into the head are invalid from here on
//
// Blocks of 4 KB come from a small cache per thread, so an idle connection costs none.
// Thread safety: none; must be destroyed on the thread that used it.
class ReadBuffer {
 public:
  static constexpr size_t kBlockBytes = 4096;
  static constexpr size_t kBodyBlockBytes = 32 * 1024;

  ReadBuffer() = default;
  ~ReadBuffer();
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;

  // What is there to be used.
  std::string_view data() const { return {block_ + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  // Where the next bytes go; at least `least` bytes after Reserve(least).
  char* room() { return block_ + end_; }
  size_t room_bytes() const { return capacity_ - end_; }
  void Commit(size_t bytes) { end_ += bytes; }

  // Makes room. Moves data(), so views into it become invalid; views into a pinned head stay.
  void Reserve(size_t least);

  // Takes bytes off the front of data(). REQUIRES: bytes <= data().size().
  void Consume(size_t bytes) { begin_ += bytes; }

  // REQUIRES: no head is pinned and bytes <= data().size().
  void PinHead(size_t bytes);

  // Ends the message: what was not consumed is the beginning of the next one.
  void UnpinHead();

 private:
  void Move(size_t capacity);

  char* block_ = nullptr;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t floor_ = 0;  // the pinned head's end inside block_, 0 if it stands in head_block_
  char* head_block_ = nullptr;
  size_t head_capacity_ = 0;
};

}  // namespace warmpath
