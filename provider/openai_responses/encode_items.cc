#include "provider/openai_responses/encode_items.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "provider/dialect.h"
#include "provider/wire/images.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

constexpr std::string_view kMessageMember = "message.";
// Types of parts of a message's content; whatever else is opaque is an item by itself.
constexpr std::string_view kPartTypes[] = {"input_image", "input_file", "input_audio"};

// What the decoder kept beside a call.
bool IsCallItem(std::string_view type) {
  return type == "function_call.item" || type == "custom_tool_call";
}

bool IsPartType(std::string_view type) {
  return std::find(std::begin(kPartTypes), std::end(kPartTypes), type) != std::end(kPartTypes);
}

std::string_view RoleName(v1::MessageRole role) {
  switch (role) {
    case v1::MESSAGE_ROLE_SYSTEM: return "system";
    case v1::MESSAGE_ROLE_ASSISTANT: return "assistant";
    default: return "user";
  }
}

// Writes the turns one after the other.
class InputWriter {
 public:
  InputWriter(FidelityNotes* notes, JsonWriter* w) : notes_(*notes), w_(*w) {}

  absl::Status Write(const Turn& turn) {
    turn_ = &turn;
    wrote_ = false;
    RETURN_IF_ERROR(CheckImages());
    if (turn.message->role() == v1::MESSAGE_ROLE_TOOL) {
      WriteResult();
      return absl::OkStatus();
    }
    for (const v1::Part& part : turn.message->parts()) TakePart(part);
    CloseMessage(/*last=*/true);
    for (int i = 0; i < turn.message->tool_calls_size(); ++i) WriteCall(i);
    return absl::OkStatus();
  }

 private:
  std::string Pointer() const { return absl::StrCat("/messages/", turn_->index); }

  absl::Status CheckImages() const {
    const v1::MessageRole role = turn_->message->role();
    if (role == v1::MESSAGE_ROLE_USER || role == v1::MESSAGE_ROLE_TOOL) return absl::OkStatus();
    for (const v1::Part& part : turn_->message->parts()) {
      if (!part.has_image()) continue;
      return absl::UnimplementedError(absl::StrCat(
          Pointer(), ": OpenAI takes images in user messages and tool results only"));
    }
    return absl::OkStatus();
  }

  // Whether a block is this dialect's. CrossBlocks has noted those of others.
  static bool Keep(const v1::Opaque& block) {
    return block.dialect() == DialectName(Dialect::kOpenAiResponses);
  }

  void TakePart(const v1::Part& part) {
    if (!part.has_opaque()) {
      content_.push_back(&part);
      return;
    }
    const v1::Opaque& block = part.opaque();
    const std::string_view type = block.type();
    // Items of calls are written where the calls are.
    if (!Keep(block) || IsCallItem(type)) return;
    if (type.starts_with(kMessageMember)) {
      // Members stand before the content that they belong to.
      if (!content_.empty()) CloseMessage(/*last=*/false);
      members_.push_back(&block);
    } else if (IsPartType(type)) {
      content_.push_back(&part);
    } else {
      CloseMessage(/*last=*/false);
      w_.Raw(block.json());
    }
  }

  // Writes the message item that the parts so far make up, if any. The refusal goes into the last.
  void CloseMessage(bool last) {
    const v1::Message& message = *turn_->message;
    const bool refused = last && !message.refusal().empty();
    // A user's turn stays one, even if nothing of it could be kept.
    const bool silent = last && !wrote_ && message.role() == v1::MESSAGE_ROLE_USER;
    if (content_.empty() && members_.empty() && !refused && !silent) return;
    wrote_ = true;
    w_.BeginObject().Key("type").String("message");
    w_.Key("role").String(RoleName(message.role())).Key("content");
    if (!refused && content_.size() <= 1 && (content_.empty() || content_[0]->has_text())) {
      w_.String(content_.empty() ? "" : content_[0]->text());
    } else {
      w_.BeginArray();
      for (const v1::Part* part : content_) WritePart(*part);
      if (refused) {
        w_.BeginObject().Key("type").String("refusal");
        w_.Key("refusal").String(message.refusal()).EndObject();
      }
      w_.EndArray();
    }
    for (const v1::Opaque* member : members_) {
      w_.Key(std::string_view(member->type()).substr(kMessageMember.size())).Raw(member->json());
    }
    w_.EndObject();
    content_.clear();
    members_.clear();
  }

  void WritePart(const v1::Part& part) {
    if (part.has_opaque()) {
      w_.Raw(part.opaque().json());
      return;
    }
    w_.BeginObject();
    if (part.has_image()) {
      w_.Key("type").String("input_image").Key("image_url").String(ImageUrl(part.image()));
      w_.Key("detail").String(part.image().detail().empty() ? "auto" : part.image().detail());
    } else {
      const bool own = turn_->message->role() == v1::MESSAGE_ROLE_ASSISTANT;
      w_.Key("type").String(own ? "output_text" : "input_text").Key("text").String(part.text());
    }
    w_.EndObject();
  }

  void WriteCall(int at) {
    const v1::ToolCall& call = turn_->message->tool_calls(at);
    const std::string& id = turn_->call_ids[at];
    if (const v1::Opaque* item = ItemOf(call.id())) {
      if (item->type() == "custom_tool_call") custom_.insert(id);
      WriteOwnItem(item->json(), id);
      return;
    }
    w_.BeginObject().Key("type").String("function_call").Key("call_id").String(id);
    w_.Key("name").String(call.name());
    w_.Key("arguments").String(call.arguments_json().empty() ? "{}" : call.arguments_json());
    w_.EndObject();
  }

  // The item that was kept beside the call, if any.
  const v1::Opaque* ItemOf(std::string_view id) const {
    for (const v1::Part& part : turn_->message->parts()) {
      const v1::Opaque& block = part.opaque();
      if (block.dialect() != DialectName(Dialect::kOpenAiResponses)) continue;
      if (!IsCallItem(block.type())) continue;
      const auto item = ParseJson(block.json());
      if (!item.ok() || !item->is_object()) continue;
      if (StringMember(item->get_object(), "call_id") == id) return &block;
    }
    return nullptr;
  }

  void WriteOwnItem(std::string_view text, const std::string& id) {
    auto item = ParseJson(text);
    if (!item.ok() || !item->is_object()) return;
    item->get_object()["call_id"] = id;
    w_.Raw(ToJson(*item));
  }

  void WriteResult() {
    const v1::Message& message = *turn_->message;
    const bool custom = custom_.contains(turn_->result_id);
    w_.BeginObject().Key("type").String(custom ? "custom_tool_call_output" : "function_call_output");
    w_.Key("call_id").String(turn_->result_id).Key("output");
    for (const v1::Part& part : message.parts()) {
      if (!part.has_opaque() || Keep(part.opaque())) content_.push_back(&part);
    }
    if (message.tool_error()) {
      WriteToolError();
    } else if (content_.empty()) {
      w_.String("");
    } else if (content_.size() == 1 && content_[0]->has_text()) {
      w_.String(content_[0]->text());
    } else {
      w_.BeginArray();
      for (const v1::Part* part : content_) WritePart(*part);
      w_.EndArray();
    }
    w_.EndObject();
    content_.clear();
  }

  // As in Chat there is no flag; without a word the model takes the text for a result.
  void WriteToolError() {
    std::string text;
    for (const v1::Part* part : content_) text += part->text();
    JsonWriter wrapped;
    wrapped.BeginObject().Key("error").String(text).EndObject();
    w_.String(wrapped.text());
    notes_.Add(v1::LOSS_KIND_DOWNGRADED, Pointer(),
               "OpenAI has no is_error: the result's text is wrapped as {\"error\": ...}");
  }

  FidelityNotes& notes_;
  JsonWriter& w_;
  const Turn* turn_ = nullptr;
  // Whether the turn has its message.
  bool wrote_ = false;
  std::vector<const v1::Part*> content_;
  std::vector<const v1::Opaque*> members_;
  // Ids of calls of custom tools: their results have a type of their own.
  std::set<std::string> custom_;
};

}  // namespace

std::string_view InstructionsOf(const std::vector<Turn>& turns) {
  if (turns.size() < 2 || turns[0].message->role() != v1::MESSAGE_ROLE_SYSTEM) return "";
  const v1::Message& first = *turns[0].message;
  return first.parts_size() == 1 && first.parts(0).has_text() ? first.parts(0).text()
                                                              : std::string_view();
}

absl::Status WriteResponsesInput(const std::vector<Turn>& turns, FidelityNotes* notes,
                                 JsonWriter* w) {
  InputWriter writer(notes, w);
  w->BeginArray();
  const size_t empty = w->text().size();
  for (size_t i = InstructionsOf(turns).empty() ? 0 : 1; i < turns.size(); ++i) {
    RETURN_IF_ERROR(writer.Write(turns[i]));
  }
  if (w->text().size() == empty) {
    return absl::UnimplementedError("/messages: OpenAI needs an input with something in it");
  }
  w->EndArray();
  return absl::OkStatus();
}

}  // namespace warmpath
