#include "provider/gemini/encode_content.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
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

constexpr std::string_view kCallMembers = "functionCall.members";
constexpr std::string_view kTextSignature = "thinking.signature";
constexpr std::string_view kWholeResponse = "functionResponse.response";
// Google: "Thought signatures", the value for calls that Gemini did not make.
constexpr std::string_view kStandIn = "skip_thought_signature_validator";

struct ImageType {
  std::string_view ending;
  std::string_view type;
};
constexpr ImageType kImageTypes[] = {
    {".png", "image/png"},   {".jpg", "image/jpeg"},  {".jpeg", "image/jpeg"},
    {".webp", "image/webp"}, {".heic", "image/heic"}, {".gif", "image/gif"},
};

// The type of a block of this dialect; "" for anything else.
std::string_view OwnType(const v1::Part& part) {
  const bool own = part.opaque().dialect() == DialectName(Dialect::kGemini);
  return own ? std::string_view(part.opaque().type()) : std::string_view();
}

std::string Pointer(const Turn& turn) { return absl::StrCat("/messages/", turn.index); }

// The signature that belongs to call `i` of a message; "" for none.
std::string SignatureOf(const v1::Message& message, int i) {
  for (const v1::Part& part : message.parts()) {
    if (OwnType(part) != kCallMembers) continue;
    const auto members = ParseJson(part.opaque().json());
    if (!members.ok() || !members->is_object()) continue;
    if (IntMember(members->get_object(), "index") != i) continue;
    return std::string(StringMember(members->get_object(), "thoughtSignature"));
  }
  return "";
}

// Contents in the making: neighbours of one role become one.
class ContentList {
 public:
  explicit ContentList(JsonWriter* w) : w_(*w) { w_.Key("contents").BeginArray(); }

  // Where the next part of `role` goes.
  JsonWriter& Part(std::string_view role) {
    ++parts_;
    if (role != role_) {
      Close();
      role_ = role;
      w_.BeginObject().Key("role").String(role).Key("parts").BeginArray();
    }
    return w_;
  }
  void End() {
    Close();
    w_.EndArray();
  }
  int parts() const { return parts_; }

 private:
  void Close() {
    if (!role_.empty()) w_.EndArray().EndObject();
    role_ = {};
  }
  JsonWriter& w_;
  std::string_view role_;
  int parts_ = 0;
};

class ConversationWriter {
 public:
  ConversationWriter(const std::vector<Turn>& turns, FidelityNotes* notes, JsonWriter* w)
      : turns_(turns), notes_(*notes), w_(*w) {}

  absl::Status Write() {
    WriteSystem();
    const size_t current = CurrentTurn();
    ContentList contents(&w_);
    for (size_t i = 0; i < turns_.size();) {
      switch (turns_[i].message->role()) {
        case v1::MESSAGE_ROLE_SYSTEM: ++i; break;
        case v1::MESSAGE_ROLE_ASSISTANT:
          RETURN_IF_ERROR(WriteModel(turns_[i], i >= current, &contents));
          last_model_ = &turns_[i++];
          break;
        case v1::MESSAGE_ROLE_TOOL: RETURN_IF_ERROR(WriteResults(&i, &contents)); break;
        default: {
          const int before = contents.parts();
          RETURN_IF_ERROR(WriteParts(turns_[i++], "user", &contents));
          has_user_ |= contents.parts() > before;
        }
      }
    }
    contents.End();
    if (has_user_) return absl::OkStatus();
    return absl::UnimplementedError("/messages: Gemini needs a user message with something in it");
  }

 private:
  // Where the current turn begins: behind the last message of a user's.
  size_t CurrentTurn() const {
    size_t at = turns_.size();
    while (at > 0 && turns_[at - 1].message->role() != v1::MESSAGE_ROLE_USER) --at;
    return at;
  }

  void WriteSystem() {
    bool talked = false;
    bool open = false;
    for (const Turn& turn : turns_) {
      if (turn.message->role() != v1::MESSAGE_ROLE_SYSTEM) {
        talked = true;
        continue;
      }
      if (talked) {
        notes_.Add(v1::LOSS_KIND_DOWNGRADED, Pointer(turn),
                   "a system message within the conversation was moved to its beginning");
      }
      for (const v1::Part& part : turn.message->parts()) {
        if (part.text().empty()) continue;
        if (!open) w_.Key("systemInstruction").BeginObject().Key("parts").BeginArray();
        open = true;
        w_.BeginObject().Key("text").String(part.text()).EndObject();
      }
    }
    if (open) w_.EndArray().EndObject();
  }

  absl::Status WriteModel(const Turn& turn, bool current, ContentList* contents) {
    const v1::Message& message = *turn.message;
    RETURN_IF_ERROR(WriteParts(turn, "model", contents));
    if (!message.refusal().empty()) {
      contents->Part("model").BeginObject().Key("text").String(message.refusal()).EndObject();
    }
    for (int i = 0; i < message.tool_calls_size(); ++i) {
      RETURN_IF_ERROR(WriteCall(turn, i, current, contents));
    }
    return absl::OkStatus();
  }

  absl::Status WriteCall(const Turn& turn, int i, bool current, ContentList* contents) {
    const v1::ToolCall& call = turn.message->tool_calls(i);
    const std::string& arguments = call.arguments_json();
    if (!arguments.empty()) {
      const auto args = ParseJson(arguments);
      if (!args.ok() || !args->is_object()) {
        return absl::UnimplementedError(
            absl::StrCat(Pointer(turn), "/tool_calls/", i,
                         ": Gemini takes only JSON objects as arguments of a call"));
      }
    }
    std::string signature = SignatureOf(*turn.message, i);
    if (signature.empty() && current && i == 0) {
      signature = std::string(kStandIn);
      notes_.Add(v1::LOSS_KIND_DEFAULTED, Pointer(turn),
                 "this call has no signature of Gemini's; the documented stand-in was sent");
    }
    JsonWriter& w = contents->Part("model").BeginObject().Key("functionCall").BeginObject();
    w.Key("id").String(turn.call_ids[i]).Key("name").String(call.name());
    w.Key("args").Raw(arguments.empty() ? "{}" : arguments).EndObject();
    if (!signature.empty()) w.Key("thoughtSignature").String(signature);
    w.EndObject();
    return absl::OkStatus();
  }

  // The results of the last model turn's calls, from `*at` on, in the order of the calls.
  absl::Status WriteResults(size_t* at, ContentList* contents) {
    const auto first = turns_.begin() + static_cast<ptrdiff_t>(*at);
    const auto last = std::find_if(first, turns_.end(), [](const Turn& turn) {
      return turn.message->role() != v1::MESSAGE_ROLE_TOOL;
    });
    *at += static_cast<size_t>(last - first);
    std::vector<const Turn*> rest;
    for (size_t call = 0; last_model_ != nullptr && call < last_model_->call_ids.size(); ++call) {
      const std::string& id = last_model_->call_ids[call];
      const auto result =
          std::find_if(first, last, [&](const Turn& turn) { return turn.result_id == id; });
      if (result == last) continue;  // ArrangeTurns saw to it that there is one
      WriteResult(*result, last_model_->message->tool_calls(static_cast<int>(call)).name(),
                  contents);
      rest.push_back(&*result);
    }
    for (const Turn* turn : rest) RETURN_IF_ERROR(WriteResultImages(*turn, contents));
    return absl::OkStatus();
  }

  void WriteResult(const Turn& turn, const std::string& name, ContentList* contents) {
    std::string text;
    const v1::Opaque* whole = nullptr;
    for (const v1::Part& part : turn.message->parts()) {
      if (part.has_text()) absl::StrAppend(&text, part.text());
      if (OwnType(part) == kWholeResponse) whole = &part.opaque();
    }
    JsonWriter& w = contents->Part("user").BeginObject().Key("functionResponse").BeginObject();
    w.Key("id").String(turn.result_id).Key("name").String(name).Key("response");
    if (whole != nullptr) {
      w.Raw(whole->json());
    } else {
      w.BeginObject().Key(turn.message->tool_error() ? "error" : "output").String(text).EndObject();
    }
    w.EndObject().EndObject();
  }

  absl::Status WriteResultImages(const Turn& turn, ContentList* contents) {
    for (const v1::Part& part : turn.message->parts()) {
      if (!part.has_image()) continue;
      notes_.Add(v1::LOSS_KIND_DOWNGRADED, Pointer(turn),
                 "an image in a tool's result was put behind the results");
      RETURN_IF_ERROR(WriteImage(turn, part.image(), "user", contents));
    }
    return absl::OkStatus();
  }

  absl::Status WriteParts(const Turn& turn, std::string_view role, ContentList* contents) {
    const auto& parts = turn.message->parts();
    for (int i = 0; i < parts.size(); ++i) {
      const v1::Part& part = parts[i];
      if (part.has_image()) {
        RETURN_IF_ERROR(WriteImage(turn, part.image(), role, contents));
      } else if (part.has_text()) {
        const bool is_signed = i + 1 < parts.size() && OwnType(parts[i + 1]) == kTextSignature;
        if (part.text().empty() && !is_signed) continue;  // Gemini refuses an empty part
        JsonWriter& w = contents->Part(role).BeginObject().Key("text").String(part.text());
        if (is_signed) w.Key("thoughtSignature").Raw(parts[i + 1].opaque().json());
        w.EndObject();
      } else if (const std::string_view type = OwnType(part);
                 !type.empty() && type != kCallMembers && type != kTextSignature &&
                 type != kWholeResponse) {
        contents->Part(role).Raw(part.opaque().json());
      }
    }
    return absl::OkStatus();
  }

  absl::Status WriteImage(const Turn& turn, const v1::Image& original, std::string_view role,
                          ContentList* contents) {
    v1::Image image = original;
    if (image.data_base64().empty()) {
      image.clear_url();
      SetImageUrl(original.url(), &image);
    }
    if (!image.detail().empty() && image.detail() != "auto") {
      notes_.Add(v1::LOSS_KIND_DROPPED, Pointer(turn), "Gemini has no image detail");
    }
    if (!image.data_base64().empty()) return WriteInline(turn, image, role, contents);
    if (!absl::StartsWithIgnoreCase(image.url(), "https://")) {
      return absl::UnimplementedError(
          absl::StrCat(Pointer(turn), ": Gemini takes images as base64 data or by an https URL"));
    }
    JsonWriter& w = contents->Part(role).BeginObject().Key("fileData").BeginObject();
    const std::string type = image.media_type().empty() ? TypeOfUrl(image.url()) : image.media_type();
    if (!type.empty()) w.Key("mimeType").String(type);
    w.Key("fileUri").String(image.url()).EndObject().EndObject();
    return absl::OkStatus();
  }

  static absl::Status WriteInline(const Turn& turn, const v1::Image& image, std::string_view role,
                                  ContentList* contents) {
    if (image.media_type().empty()) {
      return absl::UnimplementedError(
          absl::StrCat(Pointer(turn), ": Gemini needs the media type of an image"));
    }
    JsonWriter& w = contents->Part(role).BeginObject().Key("inlineData").BeginObject();
    w.Key("mimeType").String(image.media_type()).Key("data").String(image.data_base64());
    w.EndObject().EndObject();
    return absl::OkStatus();
  }

  static std::string TypeOfUrl(std::string_view url) {
    const std::string path = absl::AsciiStrToLower(ToAbsl(url.substr(0, url.find_first_of("?#"))));
    for (const ImageType& known : kImageTypes) {
      if (std::string_view(path).ends_with(known.ending)) return std::string(known.type);
    }
    return "";
  }

  const std::vector<Turn>& turns_;
  FidelityNotes& notes_;
  JsonWriter& w_;
  const Turn* last_model_ = nullptr;
  bool has_user_ = false;
};

}  // namespace

absl::Status WriteGeminiConversation(const std::vector<Turn>& turns, FidelityNotes* notes,
                                     JsonWriter* w) {
  return ConversationWriter(turns, notes, w).Write();
}

}  // namespace warmpath
