#include "base/http/read_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace warmpath {
namespace {

constexpr size_t kCachedBlocks = 256;  // 1 MB a thread at most

class BlockCache {
 public:
  ~BlockCache() {
    for (char* block : blocks_) delete[] block;
  }
  char* Take(size_t bytes) {
    if (bytes != ReadBuffer::kBlockBytes || blocks_.empty()) return new char[bytes];
    char* const block = blocks_.back();
    blocks_.pop_back();
    return block;
  }
  void Give(char* block, size_t bytes) {
    if (block == nullptr) return;
    if (bytes == ReadBuffer::kBlockBytes && blocks_.size() < kCachedBlocks) {
      blocks_.push_back(block);
    } else {
      delete[] block;
    }
  }

 private:
  std::vector<char*> blocks_;
};

BlockCache& Cache() {
  thread_local BlockCache cache;
  return cache;
}

}  // namespace

ReadBuffer::~ReadBuffer() {
  Cache().Give(block_, capacity_);
  Cache().Give(head_block_, head_capacity_);
}

void ReadBuffer::Reserve(size_t least) {
  if (room_bytes() >= least) return;
  const size_t used = end_ - begin_;
  if (capacity_ - floor_ - used >= least && capacity_ > 0) {
    std::memmove(block_ + floor_, block_ + begin_, used);
    begin_ = floor_;
    end_ = floor_ + used;
    return;
  }
  if (floor_ > 0) {  // The head stays in the old block, the body goes on in a new one.
    Move(std::max(kBodyBlockBytes, used + least));
    return;
  }
  Move(capacity_ == 0 ? std::max(kBlockBytes, least) : std::max(2 * capacity_, used + least));
}

void ReadBuffer::Move(size_t capacity) {
  char* const block = Cache().Take(capacity);
  const size_t used = end_ - begin_;
  if (used > 0) std::memcpy(block, block_ + begin_, used);
  if (floor_ > 0) {
    head_block_ = block_;
    head_capacity_ = capacity_;
    floor_ = 0;
  } else {
    Cache().Give(block_, capacity_);
  }
  block_ = block;
  capacity_ = capacity;
  begin_ = 0;
  end_ = used;
}

void ReadBuffer::PinHead(size_t bytes) {
  begin_ += bytes;
  floor_ = begin_;
}

void ReadBuffer::UnpinHead() {
  floor_ = 0;
  Cache().Give(std::exchange(head_block_, nullptr), head_capacity_);
  if (begin_ != end_) return;
  Cache().Give(std::exchange(block_, nullptr), capacity_);
  capacity_ = begin_ = end_ = 0;
}

}  // namespace warmpath
