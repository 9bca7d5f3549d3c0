#include "provider/openai_responses/answer_builder.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/json.h"
#include "base/string_view.h"
#include "provider/openai/answer_builder.h"
#include "provider/wire/failures.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr std::string_view kResponse = "response.";

bool IsCall(std::string_view type) { return type == "function_call" || type == "custom_tool_call"; }

// What `whole` has beyond `so_far`; "" if it is no longer form of the same.
std::string_view Rest(std::string_view whole, std::string_view so_far) {
  return whole.starts_with(so_far) ? whole.substr(so_far.size()) : std::string_view();
}

}  // namespace

void ResponsesAnswerBuilder::AddAnswer(const json::value& body) {
  OpenAiError error;
  if (FindOpenAiError(body, &error)) error_ = std::move(error);
  if (!body.is_object()) {
    malformed_ = true;
    return;
  }
  std::vector<v1::Delta> ignored;
  End(body.get_object(), "", &ignored);
}

void ResponsesAnswerBuilder::AddEvent(std::string_view type, const json::value& body,
                                      std::vector<v1::Delta>* out) {
  // Nothing belongs to an answer after its end.
  if (error_ || ended_) return;
  const json::object* event = body.if_object();
  if (event == nullptr) {
    malformed_ = true;
    return;
  }
  if (type == "error" || (!type.starts_with(kResponse) && event->contains("error"))) {
    return AddError(body);
  }
  if (!type.starts_with(kResponse)) return;
  type.remove_prefix(kResponse.size());
  static const json::object kNothing;
  const json::object* response = ObjectMember(*event, "response");
  if (response == nullptr) response = &kNothing;
  if (type == "created" || type == "in_progress" || type == "queued") return AddTop(*response);
  if (type == "completed" || type == "incomplete") return End(*response, type, out);
  if (type == "failed") return AddError(*response);
  if (type == "output_item.added") return AddItemEvent(*event, /*done=*/false, out);
  if (type == "output_item.done") return AddItemEvent(*event, /*done=*/true, out);
  if (type.starts_with("content_part.") || type.starts_with("output_text.") ||
      type.starts_with("refusal.")) {
    return AddPartEvent(type, *event, out);
  }
  if (type.starts_with("function_call_arguments.") || type.starts_with("custom_tool_call_input.")) {
    AddCallEvent(type, *event, out);
  }
}

void ResponsesAnswerBuilder::AddTop(const json::object& response) {
  const auto keep = [&](std::string_view key, std::string* field) {
    const std::string_view text = StringMember(response, key);
    if (!text.empty()) field->assign(text);
  };
  keep("id", partial_.mutable_upstream_request_id());
  keep("model", partial_.mutable_served_model());
  const json::object* usage = ObjectMember(response, "usage");
  if (usage == nullptr) return;
  v1::Usage* tokens = partial_.mutable_usage();
  tokens->set_input_tokens(IntMember(*usage, "input_tokens"));
  tokens->set_output_tokens(IntMember(*usage, "output_tokens"));
  const json::object* details = ObjectMember(*usage, "input_tokens_details");
  if (details != nullptr) tokens->set_cached_input_tokens(IntMember(*details, "cached_tokens"));
}

void ResponsesAnswerBuilder::AddError(const json::value& body) {
  OpenAiError error;
  FindOpenAiError(body, &error);
  // The event's own type says nothing.
  if (error.type == "error") error.type.clear();
  error_ = std::move(error);
  if (body.is_object()) AddTop(body.get_object());
}

void ResponsesAnswerBuilder::End(const json::object& response, std::string_view default_status,
                                 std::vector<v1::Delta>* out) {
  AddTop(response);
  ended_ = true;
  const std::string_view status = StringMember(response, "status");
  status_ = std::string(status.empty() ? default_status : status);
  if (status_ == "failed" && !error_) AddError(response);
  if (const json::object* details = ObjectMember(response, "incomplete_details")) {
    incomplete_reason_ = std::string(StringMember(*details, "reason"));
    partial_.set_native_stop_detail(ToJson(*details));
  }
  const bool told = status_ == "incomplete" && !incomplete_reason_.empty();
  partial_.set_native_stop_reason(told ? incomplete_reason_ : status_);
  const json::array* output = ArrayMember(response, "output");
  if (output == nullptr) return;
  has_output_ = true;
  const bool said_anything = SaidAnything();
  for (size_t i = 0; i < output->size(); ++i) {
    const json::object* whole = (*output)[i].if_object();
    if (whole == nullptr) {
      malformed_ = true;
      continue;
    }
    Item* item = Known(*whole, static_cast<int64_t>(i));
    // Servers number items differently here: text that came already must not come twice.
    if (item == nullptr && said_anything && StringMember(*whole, "type") == "message") continue;
    if (item == nullptr) item = &items_.emplace_back();
    TakeItem(*item, *whole, /*done=*/true, out);
  }
}

bool ResponsesAnswerBuilder::SaidAnything() const {
  return !partial_.text().empty() || !partial_.refusal().empty();
}

ResponsesAnswerBuilder::Item* ResponsesAnswerBuilder::Known(const json::object& whole,
                                                            int64_t index) {
  const std::string_view type = StringMember(whole, "type");
  const std::string_view id = StringMember(whole, "id");
  const std::string_view call_id = StringMember(whole, "call_id");
  const auto find = [&](const auto& matches) -> Item* {
    const auto found = std::find_if(items_.begin(), items_.end(), [&](const Item& item) {
      return item.type == type && matches(item);
    });
    return found == items_.end() ? nullptr : &*found;
  };
  if (Item* item = id.empty() ? nullptr : find([&](const Item& i) { return i.id == id; })) {
    return item;
  }
  if (!call_id.empty()) {
    Item* const item =
        find([&](const Item& i) { return i.call && calls_[*i.call].id() == call_id; });
    if (item != nullptr) return item;
  }
  // Without an id on either side, or with ids that change, only the place is left to go by.
  return find([&](const Item& i) {
    return i.index == index && (!i.call || call_id.empty() || calls_[*i.call].id().empty());
  });
}

void ResponsesAnswerBuilder::AddItemEvent(const json::object& event, bool done,
                                          std::vector<v1::Delta>* out) {
  const json::object* whole = ObjectMember(event, "item");
  if (whole == nullptr) {
    malformed_ = true;
    return;
  }
  const std::string_view id = StringMember(*whole, "id");
  const int64_t index = event.contains("output_index") ? IntMember(event, "output_index") : -1;
  Item* item = nullptr;
  for (Item& known : items_) {
    const bool same_id = !id.empty() && known.id == id;
    const bool same_place = index >= 0 && known.index == index && !known.whole &&
                            (known.type.empty() || known.type == StringMember(*whole, "type"));
    // An item is added once, so the place alone tells only what ends.
    if (same_id || (same_place && (done || known.type.empty()))) item = &known;
  }
  if (item == nullptr) item = &items_.emplace_back();
  item->index = index;
  if (!id.empty()) item->id = std::string(id);
  TakeItem(*item, *whole, done, out);
}

ResponsesAnswerBuilder::Item& ResponsesAnswerBuilder::ItemOf(const json::object& event,
                                                             std::string_view type) {
  const std::string_view id = StringMember(event, "item_id");
  const int64_t index = event.contains("output_index") ? IntMember(event, "output_index") : -1;
  const auto latest = [&](const auto& matches) -> Item* {
    for (size_t i = items_.size(); i-- > 0;) {
      if ((items_[i].type == type || items_[i].type.empty()) && matches(items_[i])) return &items_[i];
    }
    return nullptr;
  };
  const auto same_id = [&](const Item& item) { return !id.empty() && item.id == id; };
  const auto same_index = [&](const Item& item) { return index >= 0 && item.index == index; };
  Item* item = latest([&](const Item& i) { return same_id(i) && same_index(i); });
  if (item == nullptr) item = latest(same_id);
  if (item == nullptr) item = latest(same_index);
  if (item == nullptr && id.empty() && index < 0) item = latest([](const Item&) { return true; });
  if (item != nullptr) return *item;
  Item& added = items_.emplace_back();
  added.index = index;
  added.id = std::string(id);
  added.type = std::string(type);
  return added;
}

void ResponsesAnswerBuilder::TakeItem(Item& item, const json::object& whole, bool done,
                                      std::vector<v1::Delta>* out) {
  item.type = std::string(StringMember(whole, "type"));
  if (done) item.whole = whole;
  if (IsCall(item.type)) {
    std::string_view id = StringMember(whole, "call_id");
    // It has two ids. call_id is the one to answer with; the other is a last resort.
    if (id.empty() && done) id = StringMember(whole, "id");
    AddCallHead(item, id, StringMember(whole, "name"), out);
    const char* key = item.type == "custom_tool_call" ? "input" : "arguments";
    AddArguments(item, Rest(ArgumentsText(whole, key), CallOf(item).arguments_json()), out);
    return;
  }
  const json::array* content = item.type == "message" ? ArrayMember(whole, "content") : nullptr;
  if (content == nullptr) return;
  for (size_t i = 0; i < content->size(); ++i) {
    const json::object* part = (*content)[i].if_object();
    if (part != nullptr) TakePart(item, static_cast<int64_t>(i), *part, out);
  }
}

void ResponsesAnswerBuilder::TakePart(Item& item, int64_t at, const json::object& part,
                                      std::vector<v1::Delta>* out) {
  const std::string_view type = StringMember(part, "type");
  const bool refusal = type == "refusal";
  if (!refusal && type != "output_text" && type != "text") return;
  const std::string_view text = StringMember(part, refusal ? "refusal" : "text");
  AddText(item, at, refusal, Rest(text, item.parts[at]), out);
}

void ResponsesAnswerBuilder::AddPartEvent(std::string_view type, const json::object& event,
                                          std::vector<v1::Delta>* out) {
  if (type == "output_text.annotation.added") return;
  const int64_t at = IntMember(event, "content_index");
  if (type.starts_with("content_part.")) {
    const json::object* part = ObjectMember(event, "part");
    const std::string_view kind = part == nullptr ? "" : StringMember(*part, "type");
    // Reasoning has parts, too.
    if (kind == "output_text" || kind == "refusal") TakePart(ItemOf(event, "message"), at, *part, out);
    return;
  }
  Item& item = ItemOf(event, "message");
  const bool refusal = type.starts_with("refusal.");
  if (type.ends_with(".delta")) {
    AddText(item, at, refusal, StringMember(event, "delta"), out);
  } else if (type.ends_with(".done")) {
    const std::string_view text = StringMember(event, refusal ? "refusal" : "text");
    AddText(item, at, refusal, Rest(text, item.parts[at]), out);
  }
}

void ResponsesAnswerBuilder::AddText(Item& item, int64_t at, bool refusal, std::string_view text,
                                     std::vector<v1::Delta>* out) {
  if (text.empty()) return;
  item.parts[at].append(text);
  if (refusal) {
    partial_.mutable_refusal()->append(text);
    out->emplace_back().set_refusal(std::string(text));
  } else {
    partial_.mutable_text()->append(text);
    out->emplace_back().set_text(std::string(text));
  }
}

void ResponsesAnswerBuilder::AddCallEvent(std::string_view type, const json::object& event,
                                          std::vector<v1::Delta>* out) {
  const bool custom = type.starts_with("custom_tool_call_input.");
  Item& item = ItemOf(event, custom ? "custom_tool_call" : "function_call");
  AddCallHead(item, StringMember(event, "call_id"), StringMember(event, "name"), out);
  if (type.ends_with(".delta")) {
    AddArguments(item, StringMember(event, "delta"), out);
  } else if (type.ends_with(".done")) {
    const std::string whole = ArgumentsText(event, custom ? "input" : "arguments");
    AddArguments(item, Rest(whole, CallOf(item).arguments_json()), out);
  }
}

v1::ToolCall& ResponsesAnswerBuilder::CallOf(Item& item) {
  if (!item.call) {
    item.call = calls_.size();
    calls_.emplace_back();
  }
  return calls_[*item.call];
}

void ResponsesAnswerBuilder::AddCallHead(Item& item, std::string_view id, std::string_view name,
                                         std::vector<v1::Delta>* out) {
  const bool first = !item.call.has_value();
  v1::ToolCall& call = CallOf(item);
  const bool new_id = call.id().empty() && !id.empty();
  const bool new_name = call.name().empty() && !name.empty();
  if (!first && !new_id && !new_name) return;
  v1::ToolCallDelta* piece = out->emplace_back().mutable_tool_call();
  piece->set_index(static_cast<int>(*item.call));
  if (new_id) {
    call.set_id(std::string(id));
    piece->set_id(call.id());
  }
  if (new_name) {
    call.set_name(std::string(name));
    piece->set_name(call.name());
  }
}

void ResponsesAnswerBuilder::AddArguments(Item& item, std::string_view text,
                                          std::vector<v1::Delta>* out) {
  if (text.empty()) return;
  CallOf(item).mutable_arguments_json()->append(text);
  v1::ToolCallDelta* piece = out->emplace_back().mutable_tool_call();
  piece->set_index(static_cast<int>(*item.call));
  piece->set_arguments_json(std::string(text));
}

}  // namespace warmpath
