#include "provider/wire/turns.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

// Gives ids to calls and finds them again for results.
class IdMap {
 public:
  explicit IdMap(const ToolIdRule& rule) : rule_(rule) {}

  // Opens the calls of a turn; those of the turn before must be answered by then.
  absl::Status OpenCalls(Turn* turn) {
    RETURN_IF_ERROR(CheckAnswered());
    open_.clear();
    waiting_.clear();
    for (const v1::ToolCall& call : turn->message->tool_calls()) {
      std::string id = call.id();
      if (!FitsToolIdRule(id, rule_) || used_.contains(id)) id = NewId(id, *turn);
      used_.insert(id);
      waiting_[call.id()].push_back(open_.size());
      open_.push_back({id, turn->index, false});
      turn->call_ids.push_back(std::move(id));
    }
    return absl::OkStatus();
  }

  absl::Status Answer(Turn* turn) {
    // A server that gives no ids leaves its calls to be answered in order, whatever the caller made up.
    for (const std::string& id : {turn->message->tool_call_id(), std::string()}) {
      const auto waiting = waiting_.find(id);
      if (waiting == waiting_.end() || waiting->second.empty()) continue;
      Call& call = open_[waiting->second.front()];
      waiting->second.pop_front();
      call.answered = true;
      turn->result_id = call.id;
      return absl::OkStatus();
    }
    return absl::UnimplementedError(
        absl::StrCat("/messages/", turn->index, ": this tool result answers no call before it"));
  }

  absl::Status CheckAnswered() const {
    for (const Call& call : open_) {
      if (call.answered) continue;
      return absl::UnimplementedError(
          absl::StrCat("/messages/", call.message, ": a tool call here has no result after it"));
    }
    return absl::OkStatus();
  }

 private:
  struct Call {
    std::string id;
    int message;
    bool answered;
  };

  std::string NewId(const std::string& native_id, const Turn& turn) const {
    std::string id = FittingToolId(rule_, native_id);
    if (!native_id.empty() && !used_.contains(id)) return id;
    std::string seed = absl::StrCat(native_id, "#", turn.index, "#", open_.size());
    for (id = FittingToolId(rule_, seed); used_.contains(id); id = FittingToolId(rule_, seed)) {
      seed += '#';
    }
    return id;
  }

  const ToolIdRule& rule_;
  std::set<std::string> used_;
  std::vector<Call> open_;
  // By native id: which of them have no answer yet, the first one first.
  std::map<std::string, std::deque<size_t>> waiting_;
};

// Encoders rely on it.
absl::Status CheckMessage(const v1::Message& message, int index) {
  const auto refuse = [index](std::string_view why) {
    return absl::UnimplementedError(absl::StrCat("/messages/", index, ToAbsl(why)));
  };
  const v1::MessageRole role = message.role();
  if (role == v1::MESSAGE_ROLE_UNSPECIFIED || !v1::MessageRole_IsValid(role)) {
    return refuse("/role: a role that no vendor knows");
  }
  if (role != v1::MESSAGE_ROLE_ASSISTANT && !message.tool_calls().empty()) {
    return refuse(": only an assistant message holds tool calls");
  }
  for (const v1::ToolCall& call : message.tool_calls()) {
    if (call.name().empty()) return refuse(": a tool call without the tool's name");
  }
  return absl::OkStatus();
}

// From one assistant turn to the next: tool results first, each group in its old order.
std::vector<Turn> Ordered(const v1::ModelRequest& request) {
  std::vector<Turn> turns;
  turns.reserve(request.messages_size());
  size_t run = 0;
  const auto sort_run = [&] {
    std::stable_partition(turns.begin() + run, turns.end(), [](const Turn& turn) {
      return turn.message->role() == v1::MESSAGE_ROLE_TOOL;
    });
  };
  for (int i = 0; i < request.messages_size(); ++i) {
    if (request.messages(i).role() == v1::MESSAGE_ROLE_ASSISTANT) {
      sort_run();
      turns.push_back({&request.messages(i), i, {}, {}});
      run = turns.size();
    } else {
      turns.push_back({&request.messages(i), i, {}, {}});
    }
  }
  sort_run();
  return turns;
}

}  // namespace

std::string MadeUpId(std::string_view prefix, std::string_view seed) {
  return absl::StrCat(ToAbsl(prefix), Fingerprint128(seed).substr(0, 24));
}

absl::StatusOr<std::vector<Turn>> ArrangeTurns(const v1::ModelRequest& request,
                                               const ToolIdRule& rule) {
  for (int i = 0; i < request.messages_size(); ++i) {
    RETURN_IF_ERROR(CheckMessage(request.messages(i), i));
  }
  std::vector<Turn> turns = Ordered(request);
  IdMap ids(rule);
  for (Turn& turn : turns) {
    if (turn.message->role() == v1::MESSAGE_ROLE_ASSISTANT) {
      RETURN_IF_ERROR(ids.OpenCalls(&turn));
    } else if (turn.message->role() == v1::MESSAGE_ROLE_TOOL) {
      RETURN_IF_ERROR(ids.Answer(&turn));
    }
  }
  if (!turns.empty() && turns.back().message->role() != v1::MESSAGE_ROLE_ASSISTANT) {
    RETURN_IF_ERROR(ids.CheckAnswered());
  }
  return turns;
}

}  // namespace warmpath
