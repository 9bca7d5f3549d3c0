#include "gateway/commit_barrier.h"

namespace warmpath {

boost::asio::awaitable<bool> CommitBarrier::Write(std::string_view bytes, PieceKind kind) {
  if (committed_) co_return co_await front_.Write(bytes);
  if (kind == PieceKind::kPreamble && preamble_.size() + bytes.size() <= kMaxPreambleBytes) {
    preamble_.append(bytes);
    co_return true;
  }
  committed_ = true;
  if (preamble_.empty()) co_return co_await front_.Begin(served_, bytes);
  preamble_.append(bytes);
  const std::string first = std::move(preamble_);
  co_return co_await front_.Begin(served_, first);
}

}  // namespace warmpath
