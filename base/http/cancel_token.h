// How a caller takes back an outgoing request.
#pragma once

#include <utility>

namespace warmpath {

class CancelToken;

// What a CancelToken cancels. Detaches itself when destroyed.
class CancelTarget {
 public:
  CancelTarget() = default;
  CancelTarget(const CancelTarget&) = delete;
  CancelTarget& operator=(const CancelTarget&) = delete;

  // Called at most once. Must not destroy the token and must not resume a coroutine directly.
  virtual void OnCancel() = 0;

  inline void Attach(CancelToken* token);  // nullptr: only detaches
  inline void Detach();

 protected:
  virtual ~CancelTarget() { Detach(); }

 private:
  friend class CancelToken;
  CancelToken* token_ = nullptr;
};

// Cancels whatever works on its behalf, now or later: a request waiting for a connection, being
// sent, or being read.
//
//   CancelToken token;
//   exchange.OnDisconnect([&token] { token.Cancel(); });
//   auto answer = co_await pool.Send({.cancel = &token, ...});
//
// One request at a time: a later one takes an earlier one's place.
// Thread safety: none; belongs to one io_context's thread. Not copyable, may die at any time.
class CancelToken {
 public:
  CancelToken() = default;
  CancelToken(const CancelToken&) = delete;
  CancelToken& operator=(const CancelToken&) = delete;
  ~CancelToken() {
    if (target_ != nullptr) target_->token_ = nullptr;
  }

  // Aborts the target within this call; its coroutine sees kCancelled from the event loop.
  // Idempotent. A request that starts later fails at once.
  void Cancel() {
    cancelled_ = true;
    if (CancelTarget* target = std::exchange(target_, nullptr); target != nullptr) {
      target->token_ = nullptr;
      target->OnCancel();
    }
  }
  bool cancelled() const { return cancelled_; }

 private:
  friend class CancelTarget;
  CancelTarget* target_ = nullptr;
  bool cancelled_ = false;
};

void CancelTarget::Attach(CancelToken* token) {
  Detach();
  if (token == nullptr) return;
  if (token->target_ != nullptr) token->target_->token_ = nullptr;
  token_ = token;
  token->target_ = this;
}

void CancelTarget::Detach() {
  if (token_ != nullptr) token_->target_ = nullptr;
  token_ = nullptr;
}

}  // namespace warmpath
