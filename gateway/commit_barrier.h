// Holds a stream back until its first content, so that until then another path can take over.
#pragma once

#include <string>
#include <string_view>

#include "boost/asio/awaitable.hpp"
#include "gateway/fidelity_text.h"
#include "provider/answer.h"
#include "warmpath/v1/failover.pb.h"

namespace warmpath {

// Who serves a request: what every answer tells its caller.
struct ServedBy {
  std::string path;
  v1::FailoverMode mode = v1::FAILOVER_MODE_OBSERVE;
  v1::Conformance verdict = v1::CONFORMANCE_COLD;
  // The request belongs to a drill's share.
  bool drill = false;
  // Whether the answer keeps the contract: "kept" or "broken"; empty where it was not looked at.
  std::string_view contract = {};
  // What translation lost, as a header's value; empty: nothing was translated.
  std::string fidelity = {};
};

// The caller's side of a streamed answer, in the form of its front door.
//
// Both methods suspend while the caller does not read, and return false once the caller is gone.
class FrontStream {
 public:
  virtual ~FrontStream() = default;
  // Sends the head, then the first bytes. Called at most once.
  virtual boost::asio::awaitable<bool> Begin(const ServedBy& served, std::string_view bytes) = 0;
  virtual boost::asio::awaitable<bool> Write(std::string_view bytes) = 0;
};

// A CommitBarrier buffers a path's preamble and begins the caller's stream with the first content.
// A path that fails before that leaves no trace, and the next one starts anew with Try.
//
// Thread safety: none; belongs to one request.
class CommitBarrier final : public AnswerSink {
 public:
  // Longest preamble that is held back; a longer one commits.
  static constexpr size_t kMaxPreambleBytes = 64 * 1024;

  explicit CommitBarrier(FrontStream& front) : front_(front) {}

  // Begins with another path. REQUIRES: !committed().
  void Try(ServedBy served) {
    served_ = std::move(served);
    preamble_.clear();
  }

  boost::asio::awaitable<bool> Write(std::string_view bytes, PieceKind kind) override;
  void NoteFidelity(const v1::FidelityReport& fidelity) override {
    served_.fidelity = FidelityText(fidelity);
  }

  // Whether anything was sent to the caller.
  bool committed() const { return committed_; }

 private:
  FrontStream& front_;
  ServedBy served_;
  std::string preamble_;
  bool committed_ = false;
};

}  // namespace warmpath
