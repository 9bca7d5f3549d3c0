#include "provider/anthropic/encode_message.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "provider/dialect.h"
#include "provider/wire/images.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

constexpr std::string_view kBlockMember = "block.";
constexpr std::string_view kResultMember = "tool_result.";
constexpr std::string_view kMessageMember = "message.";
constexpr std::string_view kCallMembers = "tool_use.members";

bool IsBlank(const std::string& text) { return absl::StripAsciiWhitespace(text).empty(); }

// A list of blocks; each is an object left open until the next, so that marks can be added to it.
class BlockList {
 public:
  BlockList() { w_.BeginArray(); }
  JsonWriter& Begin(std::string_view type) {
    Close();
    open_ = true;
    empty_ = false;
    return w_.BeginObject().Key("type").String(type);
  }
  void Raw(const std::string& json) {
    Close();
    empty_ = false;
    w_.Raw(json);
  }
  void Member(std::string_view key, std::string_view json) {
    if (open_) w_.Key(key).Raw(json);
  }
  bool empty() const { return empty_; }
  std::string Take() {
    Close();
    return w_.EndArray().Take();
  }

 private:
  void Close() {
    if (open_) w_.EndObject();
    open_ = false;
  }
  JsonWriter w_;
  bool open_ = false;
  bool empty_ = true;
};

class ConversationWriter {
 public:
  ConversationWriter(const std::vector<Turn>& turns, bool system_in_list, FidelityNotes* notes,
                     JsonWriter* w)
      : turns_(turns), system_in_list_(system_in_list), notes_(*notes), w_(*w) {
    while (first_talk_ < turns.size() &&
           turns[first_talk_].message->role() == v1::MESSAGE_ROLE_SYSTEM) {
      ++first_talk_;
    }
  }

  absl::Status Write() {
    WriteSystem();
    w_.Key("messages").BeginArray();
    for (size_t i = 0; i < turns_.size();) {
      const v1::MessageRole role = turns_[i].message->role();
      if (role == v1::MESSAGE_ROLE_SYSTEM) {
        if (InPlace(i)) WriteSystemTurn(turns_[i]);
        ++i;
      } else if (role == v1::MESSAGE_ROLE_ASSISTANT) {
        RETURN_IF_ERROR(WriteAssistant(turns_[i++]));
      } else {
        i = WriteUser(i);
      }
    }
    w_.EndArray();
    if (has_user_) return absl::OkStatus();
    return absl::UnimplementedError("/messages: Anthropic needs a user message with content");
  }

 private:
  // Whether a system message stays within the conversation.
  bool InPlace(size_t i) const { return system_in_list_ && i > first_talk_; }

  void WriteSystem() {
    std::vector<const Turn*> hoisted;
    bool talked = false;
    for (size_t i = 0; i < turns_.size(); ++i) {
      const bool system = turns_[i].message->role() == v1::MESSAGE_ROLE_SYSTEM;
      talked |= !system;
      if (!system || InPlace(i)) continue;
      hoisted.push_back(&turns_[i]);
      if (talked) {
        notes_.Add(v1::LOSS_KIND_DOWNGRADED, Pointer(turns_[i]),
                   "a system message within the conversation was moved to its beginning");
      }
    }
    if (hoisted.size() == 1 && IsOneText(*hoisted[0]->message)) {
      w_.Key("system").String(hoisted[0]->message->parts(0).text());
      return;
    }
    BlockList blocks;
    for (const Turn* turn : hoisted) WriteParts(*turn, &blocks);
    if (!blocks.empty()) w_.Key("system").Raw(blocks.Take());
  }

  void WriteMessage(std::string_view role, const v1::Message& message, BlockList* blocks) {
    w_.BeginObject().Key("role").String(role).Key("content");
    if (IsOneText(message)) {
      w_.String(message.parts(0).text());
    } else {
      w_.Raw(blocks->Take());
    }
    for (const v1::Part& part : message.parts()) {
      const std::string_view type = OwnType(part);
      if (!type.starts_with(kMessageMember)) continue;
      w_.Key(type.substr(kMessageMember.size())).Raw(part.opaque().json());
    }
    w_.EndObject();
  }

  void WriteSystemTurn(const Turn& turn) {
    BlockList blocks;
    WriteParts(turn, &blocks);
    if (!blocks.empty()) WriteMessage("system", *turn.message, &blocks);
  }

  absl::Status WriteAssistant(const Turn& turn) {
    const v1::Message& message = *turn.message;
    BlockList blocks;
    WriteParts(turn, &blocks);
    if (!IsBlank(message.refusal())) blocks.Begin("text").Key("text").String(message.refusal());
    for (int i = 0; i < message.tool_calls_size(); ++i) {
      RETURN_IF_ERROR(WriteCall(turn, i, &blocks));
    }
    if (!blocks.empty()) WriteMessage("assistant", message, &blocks);
    return absl::OkStatus();
  }

  absl::Status WriteCall(const Turn& turn, int i, BlockList* blocks) {
    const v1::ToolCall& call = turn.message->tool_calls(i);
    JsonWriter& w = blocks->Begin("tool_use");
    w.Key("id").String(turn.call_ids[i]).Key("name").String(call.name()).Key("input");
    if (call.arguments_json().empty()) {
      w.BeginObject().EndObject();
    } else {
      const auto input = ParseJson(call.arguments_json());
      if (!input.ok() || !input->is_object()) {
        return absl::UnimplementedError(
            absl::StrCat(Pointer(turn), "/tool_calls/", i,
                         ": Anthropic takes only JSON objects as arguments of a call"));
      }
      w.Raw(call.arguments_json());
    }
    WriteCallMembers(*turn.message, call.id(), blocks);
    return absl::OkStatus();
  }

  void WriteCallMembers(const v1::Message& message, const std::string& id, BlockList* blocks) {
    for (const v1::Part& part : message.parts()) {
      if (OwnType(part) != kCallMembers) continue;
      const auto members = ParseJson(part.opaque().json());
      if (!members.ok() || !members->is_object()) continue;
      if (StringMember(members->get_object(), "id") != id) continue;
      for (const auto& member : members->get_object()) {
        const std::string_view key(member.key().data(), member.key().size());
        if (key != "id") blocks->Member(key, ToJson(member.value()));
      }
    }
  }

  // One user message: the tool results from `i` on, and the user message behind them. Returns the
  // turn after it.
  size_t WriteUser(size_t i) {
    BlockList blocks;
    const size_t first = i;
    for (; i < turns_.size() && turns_[i].message->role() == v1::MESSAGE_ROLE_TOOL; ++i) {
      WriteResult(turns_[i], &blocks);
    }
    const bool with_results = i > first;
    const v1::Message* user = &v1::Message::default_instance();
    if (i < turns_.size() && turns_[i].message->role() == v1::MESSAGE_ROLE_USER) {
      if (!with_results) user = turns_[i].message;
      WriteParts(turns_[i], &blocks);
      ++i;
    }
    if (blocks.empty()) return i;
    has_user_ = true;
    WriteMessage("user", *user, &blocks);
    return i;
  }

  void WriteResult(const Turn& turn, BlockList* blocks) {
    BlockList content;
    WriteParts(turn, &content);
    JsonWriter& w = blocks->Begin("tool_result");
    w.Key("tool_use_id").String(turn.result_id);
    if (IsOneText(*turn.message)) {
      w.Key("content").String(turn.message->parts(0).text());
    } else if (!content.empty()) {
      w.Key("content").Raw(content.Take());
    }
    if (turn.message->tool_error()) w.Key("is_error").Bool(true);
    for (const v1::Part& part : turn.message->parts()) {
      const std::string_view type = OwnType(part);
      if (!type.starts_with(kResultMember)) continue;
      blocks->Member(type.substr(kResultMember.size()), part.opaque().json());
    }
  }

  // Whether a string says the same as a list of blocks would.
  static bool IsOneText(const v1::Message& message) {
    return message.parts_size() == 1 && message.parts(0).has_text() &&
           !IsBlank(message.parts(0).text()) && message.tool_calls().empty() &&
           message.refusal().empty();
  }

  // The type of a block of this dialect; "" for anything else.
  static std::string_view OwnType(const v1::Part& part) {
    const bool own = part.opaque().dialect() == DialectName(Dialect::kAnthropicMessages);
    return own ? std::string_view(part.opaque().type()) : std::string_view();
  }

  static std::string Pointer(const Turn& turn) { return absl::StrCat("/messages/", turn.index); }

  void WriteParts(const Turn& turn, BlockList* blocks) {
    // A mark belongs to the part before it, so it goes where that part went.
    bool kept = false;
    for (const v1::Part& part : turn.message->parts()) {
      if (part.has_text()) {
        kept = !IsBlank(part.text());
        if (kept) blocks->Begin("text").Key("text").String(part.text());
      } else if (part.has_image()) {
        kept = true;
        WriteImage(turn, part.image(), blocks);
      } else if (part.has_opaque()) {
        WriteOpaque(part.opaque(), kept, blocks);
      }
    }
  }

  void WriteImage(const Turn& turn, const v1::Image& original, BlockList* blocks) {
    v1::Image image = original;
    if (image.data_base64().empty()) {
      image.clear_url();
      SetImageUrl(original.url(), &image);
    }
    JsonWriter& w = blocks->Begin("image").Key("source").BeginObject();
    if (image.data_base64().empty()) {
      w.Key("type").String("url").Key("url").String(image.url());
    } else {
      w.Key("type").String("base64").Key("media_type").String(image.media_type());
      w.Key("data").String(image.data_base64());
    }
    w.EndObject();
    if (!image.detail().empty() && image.detail() != "auto") {
      notes_.Add(v1::LOSS_KIND_DROPPED, Pointer(turn), "Anthropic has no image detail");
    }
  }

  void WriteOpaque(const v1::Opaque& block, bool kept, BlockList* blocks) {
    const std::string_view type = block.type();
    if (block.dialect() != DialectName(Dialect::kAnthropicMessages)) return;
    if (type.starts_with(kBlockMember)) {
      if (kept) blocks->Member(type.substr(kBlockMember.size()), block.json());
    } else if (!type.starts_with(kResultMember) && !type.starts_with(kMessageMember) &&
               type != kCallMembers) {
      blocks->Raw(block.json());
    }
  }

  const std::vector<Turn>& turns_;
  const bool system_in_list_;
  FidelityNotes& notes_;
  JsonWriter& w_;
  // The first message that is no instruction.
  size_t first_talk_ = 0;
  bool has_user_ = false;
};

}  // namespace

absl::Status WriteAnthropicConversation(const std::vector<Turn>& turns, bool system_in_list,
                                        FidelityNotes* notes, JsonWriter* w) {
  return ConversationWriter(turns, system_in_list, notes, w).Write();
}

}  // namespace warmpath
