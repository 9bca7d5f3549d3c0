// Makes a repeated operator action harmless.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"

namespace warmpath {

// An AnswerMemory keeps the answers of the last operations that had a request_id.
//
//   if (auto answer = answers.Recall<v1::PinResponse>("pin", request.request_id())) return *answer;
//   ... act ...
//   answers.Keep("pin", request.request_id(), response);
//
// Thread safety: thread-compatible. Bounded: kMaxAnswers; the oldest are forgotten.
class AnswerMemory {
 public:
  static constexpr size_t kMaxAnswers = 1024;

  // Empty if the id is empty, or was not seen with this operation.
  template <typename Message>
  std::optional<Message> Recall(const std::string& operation, const std::string& request_id) const {
    const auto found = answers_.find(operation + ' ' + request_id);
    Message message;
    if (request_id.empty() || found == answers_.end() || !message.ParseFromString(found->second)) {
      return std::nullopt;
    }
    return message;
  }

  template <typename Message>
  void Keep(const std::string& operation, const std::string& request_id, const Message& message) {
    if (request_id.empty()) return;
    std::string key = operation + ' ' + request_id;
    if (!answers_.emplace(key, message.SerializeAsString()).second) return;
    order_.push_back(std::move(key));
    if (order_.size() > kMaxAnswers) {
      answers_.erase(order_.front());
      order_.pop_front();
    }
  }

 private:
  absl::flat_hash_map<std::string, std::string> answers_;
  std::deque<std::string> order_;  // oldest first
};

}  // namespace warmpath
