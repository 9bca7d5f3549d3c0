#include "gateway/conversation.h"

#include "base/stable_hash.h"

namespace warmpath {

uint64_t ConversationOf(const v1::ModelRequest& request) {
  StableHasher hasher;
  for (const v1::Message& message : request.messages()) {
    hasher.Number(message.role()).Field(message.SerializeAsString());
    if (message.role() == v1::MESSAGE_ROLE_USER) break;
  }
  return hasher.Digest();
}

}  // namespace warmpath
