#include "provider/openai/encode_message.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
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
// What the decoder keeps beside a call of a custom tool.
constexpr std::string_view kCustomCall = "custom_tool_call";
// Begins refused_fields of messages.
constexpr absl::string_view kMessages = "messages[].";

std::string_view RoleName(v1::MessageRole role) {
  switch (role) {
    case v1::MESSAGE_ROLE_SYSTEM: return "system";
    case v1::MESSAGE_ROLE_ASSISTANT: return "assistant";
    case v1::MESSAGE_ROLE_TOOL: return "tool";
    default: return "user";
  }
}

// Sorts the parts of a message into those that go into its content and the rest.
class MessageWriter {
 public:
  MessageWriter(const Turn& turn, const v1::ModelCapabilities& can, FidelityNotes* notes,
                JsonWriter* w)
      : turn_(turn), message_(*turn.message), can_(can), notes_(*notes), w_(*w) {}

  absl::Status Write() {
    RETURN_IF_ERROR(SortParts());
    w_.BeginObject().Key("role").String(RoleName(message_.role()));
    if (message_.role() == v1::MESSAGE_ROLE_TOOL) w_.Key("tool_call_id").String(turn_.result_id);
    w_.Key("content");
    WriteContent();
    if (!message_.refusal().empty() && !Refuses("refusal")) {
      w_.Key("refusal").String(message_.refusal());
    }
    WriteCalls();
    for (const v1::Opaque* member : members_) {
      w_.Key(ToStd(member->type()).substr(kMessageMember.size())).Raw(member->json());
    }
    w_.EndObject();
    return absl::OkStatus();
  }

 private:
  static std::string_view ToStd(const std::string& text) { return text; }

  std::string Pointer() const { return absl::StrCat("/messages/", turn_.index); }

  absl::Status SortParts() {
    for (const v1::Part& part : message_.parts()) {
      if (part.has_image() && message_.role() != v1::MESSAGE_ROLE_USER) {
        return absl::UnimplementedError(
            absl::StrCat(Pointer(), ": OpenAI takes images in user messages only"));
      }
      if (!part.has_opaque()) {
        content_.push_back(&part);
        continue;
      }
      const v1::Opaque& block = part.opaque();
      // CrossBlocks has noted those of other dialects.
      if (block.dialect() != DialectName(Dialect::kOpenAiChat)) continue;
      if (ToStd(block.type()).starts_with(kMessageMember)) {
        KeepMember(block);
      } else if (ToStd(block.type()) == kCustomCall) {
        custom_.push_back(&block);
      } else {
        content_.push_back(&part);
      }
    }
    return absl::OkStatus();
  }

  // Whether the server refuses a member of messages.
  bool Refuses(std::string_view member) const {
    const auto& fields = can_.refused_fields();
    return std::any_of(fields.begin(), fields.end(), [&](const std::string& field) {
      return absl::StartsWith(field, kMessages) && ToStd(field).substr(kMessages.size()) == member;
    });
  }

  void KeepMember(const v1::Opaque& member) {
    const std::string_view name = ToStd(member.type()).substr(kMessageMember.size());
    if (!Refuses(name)) {
      members_.push_back(&member);
      return;
    }
    notes_.Add(v1::LOSS_KIND_DROPPED, absl::StrCat(Pointer(), "/", ToAbsl(name)),
               "the server refuses this field");
  }

  void WriteContent() {
    if (message_.tool_error()) return WriteToolError();
    // What was refused in words stays in the conversation as words.
    if (content_.empty() && !message_.refusal().empty() && Refuses("refusal")) {
      w_.String(message_.refusal());
      return;
    }
    if (content_.empty()) {
      const bool says_otherwise = !message_.tool_calls().empty() || !message_.refusal().empty();
      says_otherwise ? w_.Null() : w_.String("");
    } else if (content_.size() == 1 && content_[0]->kind_case() == v1::Part::kText) {
      w_.String(content_[0]->text());
    } else {
      w_.BeginArray();
      for (const v1::Part* part : content_) WritePart(*part);
      w_.EndArray();
    }
  }

  // OpenAI has no flag for a tool's failure; without a word the model takes the text for a result.
  void WriteToolError() {
    std::string text;
    for (const v1::Part* part : content_) text += part->text();
    JsonWriter wrapped;
    wrapped.BeginObject().Key("error").String(text).EndObject();
    w_.String(wrapped.text());
    notes_.Add(v1::LOSS_KIND_DOWNGRADED, Pointer(),
               "OpenAI has no is_error: the result's text is wrapped as {\"error\": ...}");
  }

  void WritePart(const v1::Part& part) {
    if (part.has_opaque()) {
      w_.Raw(part.opaque().json());
      return;
    }
    w_.BeginObject();
    if (part.has_image()) {
      w_.Key("type").String("image_url").Key("image_url").BeginObject();
      w_.Key("url").String(ImageUrl(part.image()));
      if (!part.image().detail().empty()) w_.Key("detail").String(part.image().detail());
      w_.EndObject();
    } else {
      w_.Key("type").String("text").Key("text").String(part.text());
    }
    w_.EndObject();
  }

  void WriteCalls() {
    if (message_.tool_calls().empty()) return;
    w_.Key("tool_calls").BeginArray();
    for (int i = 0; i < message_.tool_calls_size(); ++i) {
      const v1::ToolCall& call = message_.tool_calls(i);
      if (WriteCustomCall(call, turn_.call_ids[i])) continue;
      w_.BeginObject().Key("id").String(turn_.call_ids[i]).Key("type").String("function");
      w_.Key("function").BeginObject().Key("name").String(call.name());
      w_.Key("arguments").String(call.arguments_json().empty() ? "{}" : call.arguments_json());
      w_.EndObject().EndObject();
    }
    w_.EndArray();
  }

  // Writes the call as it was, if it is one of a custom tool; else false.
  bool WriteCustomCall(const v1::ToolCall& call, const std::string& id) {
    for (const v1::Opaque* block : custom_) {
      auto item = ParseJson(block->json());
      if (!item.ok() || !item->is_object()) continue;
      if (StringMember(item->get_object(), "id") != call.id()) continue;
      item->get_object()["id"] = id;
      w_.Raw(ToJson(*item));
      return true;
    }
    return false;
  }

  const Turn& turn_;
  const v1::Message& message_;
  const v1::ModelCapabilities& can_;
  FidelityNotes& notes_;
  JsonWriter& w_;
  std::vector<const v1::Part*> content_;
  std::vector<const v1::Opaque*> members_;
  std::vector<const v1::Opaque*> custom_;
};

}  // namespace

absl::Status WriteOpenAiMessage(const Turn& turn, const v1::ModelCapabilities& can,
                                FidelityNotes* notes, JsonWriter* w) {
  return MessageWriter(turn, can, notes, w).Write();
}

}  // namespace warmpath
