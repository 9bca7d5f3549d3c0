#include "provider/anthropic/thinking.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

// Source: the types of @anthropic-ai/sdk 1.12.0.
constexpr int64_t kLeastBudget = 1024;

// Whether the last turn of the model's calls tools, and began without a thinking block.
bool InRoundWithoutThinking(const v1::ModelRequest& request) {
  const int last = request.messages_size() - 1;
  if (last < 0 || request.messages(last).role() != v1::MESSAGE_ROLE_TOOL) return false;
  for (int i = last; i >= 0; --i) {
    const v1::Message& message = request.messages(i);
    if (message.role() != v1::MESSAGE_ROLE_ASSISTANT) continue;
    return message.parts().empty() ||
           !absl::StrContains(message.parts(0).opaque().type(), "thinking");
  }
  return false;
}

class Chooser {
 public:
  Chooser(const PathTarget& target, FidelityNotes* notes)
      : can_(target.capabilities), model_(target.model), notes_(*notes) {}

  std::string Choose(json::object thinking, int64_t max_tokens) {
    const std::string_view type = StringMember(thinking, "type");
    if (type == "enabled" && can_.has_budget_thinking() && !can_.budget_thinking()) {
      if (!can_.adaptive_thinking()) return Drop("has no thinking with a budget");
      Note(v1::LOSS_KIND_DOWNGRADED, "takes no budget for thinking; adaptive was sent");
      return R"({"type":"adaptive"})";
    }
    if (type == "adaptive" && can_.has_adaptive_thinking() && !can_.adaptive_thinking()) {
      return Drop("has no adaptive thinking");
    }
    if (type == "disabled" && can_.has_thinking_can_be_disabled() &&
        !can_.thinking_can_be_disabled()) {
      return Drop("cannot do without thinking");
    }
    if (type == "enabled" && IntMember(thinking, "budget_tokens") >= max_tokens) {
      if (max_tokens <= kLeastBudget) return Drop("has no room for thinking below max_tokens");
      thinking["budget_tokens"] = max_tokens - 1;
      notes_.Add(v1::LOSS_KIND_CLAMPED, "/thinking/budget_tokens", "must stay below max_tokens");
    }
    return ToJson(json::value(std::move(thinking)));
  }

 private:
  void Note(v1::LossKind kind, std::string_view why) {
    notes_.Add(kind, "/thinking", absl::StrCat(model_, " ", absl::string_view(why.data(), why.size())));
  }
  std::string Drop(std::string_view why) {
    Note(v1::LOSS_KIND_DROPPED, why);
    return "";
  }

  const v1::ModelCapabilities& can_;
  const std::string& model_;
  FidelityNotes& notes_;
};

}  // namespace

std::string AllowedThinking(const v1::ModelRequest& request, const PathTarget& target,
                            int64_t max_tokens, FidelityNotes* notes) {
  const auto field = request.extra_json().find("thinking");
  if (field == request.extra_json().end()) return "";
  const auto thinking = ParseJson(field->second);
  if (!thinking.ok() || !thinking->is_object()) return field->second;
  if (IsThinkingEnabled(field->second) && InRoundWithoutThinking(request)) {
    notes->Add(v1::LOSS_KIND_DROPPED, "/thinking",
               "this round of tool calls began without thinking, and cannot take it up");
    return "";
  }
  return Chooser(target, notes).Choose(thinking->get_object(), max_tokens);
}

bool IsThinkingEnabled(std::string_view thinking_json) {
  const auto thinking = ParseJson(thinking_json);
  return thinking.ok() && thinking->is_object() &&
         StringMember(thinking->get_object(), "type") == "enabled";
}

}  // namespace warmpath
