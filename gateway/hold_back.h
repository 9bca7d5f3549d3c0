// Holds a whole streamed answer back until it has been looked at.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "boost/asio/awaitable.hpp"
#include "provider/answer.h"

namespace warmpath {

// A HoldBack takes a path's stream and gives nothing on. Beyond `max_bytes` it refuses more, which
// ends the call.
//
// Thread safety: none; belongs to one try of one request.
class HoldBack final : public AnswerSink {
 public:
  explicit HoldBack(size_t max_bytes) : max_bytes_(max_bytes) {}

  boost::asio::awaitable<bool> Write(std::string_view bytes, PieceKind) override {
    overflowed_ |= held_.size() + bytes.size() > max_bytes_;
    if (overflowed_) {
      held_.clear();
    } else {
      held_.append(bytes);
    }
    co_return !overflowed_;
  }

  bool overflowed() const { return overflowed_; }
  const std::string& held() const { return held_; }

 private:
  const size_t max_bytes_;
  std::string held_;
  bool overflowed_ = false;
};

}  // namespace warmpath
