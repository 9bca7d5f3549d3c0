#include "provider/openai/answer_builder.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/dialect.h"
#include "provider/wire/failures.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr std::string_view kReasoningFields[] = {"reasoning", "reasoning_content"};
constexpr std::string_view kListFields[] = {"reasoning_details", "annotations"};

// Whether a piece with this id and name begins another call, though it came where `last` grew. Some
// servers repeat the name, some send a new id with every piece, some give all calls one index.
bool BeginsAnother(const v1::ToolCall& last, std::string_view id, std::string_view name,
                   bool has_index) {
  if (name.empty() || last.name().empty() || (!id.empty() && id == last.id())) return false;
  if (id.empty() && has_index) return false;
  return last.arguments_json().empty() || ParseJson(last.arguments_json()).ok();
}

v1::ToolCallDelta* AddPiece(size_t at, std::vector<v1::Delta>* out) {
  v1::ToolCallDelta* piece = out->emplace_back().mutable_tool_call();
  piece->set_index(static_cast<int>(at));
  return piece;
}

v1::Outcome OutcomeOf(std::string_view finish) {
  if (finish == "stop") return v1::OUTCOME_END;
  if (finish == "length") return v1::OUTCOME_LENGTH;
  if (finish == "content_filter") return v1::OUTCOME_REFUSED;
  return v1::OUTCOME_UNKNOWN;
}

void AddOpaqueBlock(std::string_view type, std::string json, v1::Observation* observation) {
  v1::Opaque* block = observation->add_opaque();
  block->set_dialect(std::string(DialectName(Dialect::kOpenAiChat)));
  block->set_type(std::string(type));
  block->set_json(std::move(json));
}

}  // namespace

std::string ArgumentsText(const json::object& function, std::string_view key) {
  const json::value* value = Member(function, key);
  if (value == nullptr) return "";
  return value->is_string() ? std::string(AsView(value->get_string())) : ToJson(*value);
}

void OpenAiAnswerBuilder::AddAnswer(const json::value& body) {
  OpenAiError error;
  if (FindOpenAiError(body, &error)) error_ = std::move(error);
  if (!body.is_object()) {
    malformed_ = true;
    return;
  }
  std::vector<v1::Delta> ignored;
  AddTop(body.get_object());
  AddChoices(body.get_object(), /*whole=*/true, &ignored);
}

void OpenAiAnswerBuilder::AddChunk(const json::value& body, std::vector<v1::Delta>* out) {
  if (error_) return;
  OpenAiError error;
  if (FindOpenAiError(body, &error)) {
    error_ = std::move(error);
    return;
  }
  if (!body.is_object()) {
    malformed_ = true;
    return;
  }
  AddTop(body.get_object());
  AddChoices(body.get_object(), /*whole=*/false, out);
}

void OpenAiAnswerBuilder::AddTop(const json::object& body) {
  const auto keep = [&](std::string_view key, std::string* field) {
    const std::string_view text = StringMember(body, key);
    if (!text.empty()) field->assign(text);
  };
  keep("id", partial_.mutable_upstream_request_id());
  keep("model", partial_.mutable_served_model());
  keep("system_fingerprint", partial_.mutable_served_build());
  if (const json::object* usage = ObjectMember(body, "usage")) {
    AddUsage(*usage);
  } else if (const json::object* groq = ObjectMember(body, "x_groq")) {
    if (const json::object* inner = ObjectMember(*groq, "usage")) AddUsage(*inner);
  }
}

void OpenAiAnswerBuilder::AddUsage(const json::object& usage) {
  if (!usage.contains("prompt_tokens") && !usage.contains("completion_tokens")) return;
  v1::Usage* tokens = partial_.mutable_usage();
  tokens->set_input_tokens(IntMember(usage, "prompt_tokens"));
  tokens->set_output_tokens(IntMember(usage, "completion_tokens"));
  const json::object* details = ObjectMember(usage, "prompt_tokens_details");
  tokens->set_cached_input_tokens(details != nullptr ? IntMember(*details, "cached_tokens")
                                                     : IntMember(usage, "prompt_cache_hit_tokens"));
}

void OpenAiAnswerBuilder::AddChoices(const json::object& body, bool whole,
                                     std::vector<v1::Delta>* out) {
  const json::array* choices = ArrayMember(body, "choices");
  has_choices_ |= choices != nullptr;
  if (choices == nullptr) return;
  for (const json::value& value : *choices) {
    const json::object* choice = value.if_object();
    if (choice == nullptr) {
      malformed_ = true;
      continue;
    }
    if (IntMember(*choice, "index") != 0) continue;
    const json::object* message = ObjectMember(*choice, whole ? "message" : "delta");
    if (message != nullptr) AddMessage(*message, whole, out);
    AddFinish(*choice);
    if (whole) return;
  }
}

void OpenAiAnswerBuilder::AddFinish(const json::object& choice) {
  const std::string_view finish = StringMember(choice, "finish_reason");
  if (finish.empty()) return;
  partial_.set_native_stop_reason(std::string(finish));
  if (finish == "content_filter") {
    partial_.set_native_stop_detail(JsonMember(choice, "content_filter_results"));
  }
  // vLLM says here which stop string it was.
  partial_.set_stop_sequence(std::string(StringMember(choice, "stop_reason")));
}

void OpenAiAnswerBuilder::AddMessage(const json::object& message, bool whole,
                                     std::vector<v1::Delta>* out) {
  if (const json::value* content = Member(message, "content")) AddContent(*content, out);
  AddRefusal(StringMember(message, "refusal"), out);
  AddCalls(message, whole, out);
  AddOpaque(message);
}

void OpenAiAnswerBuilder::AddContent(const json::value& content, std::vector<v1::Delta>* out) {
  if (content.is_string()) {
    AddText(AsView(content.get_string()), out);
    return;
  }
  if (!content.is_array()) {
    malformed_ = true;
    return;
  }
  for (const json::value& value : content.get_array()) {
    const json::object* part = value.if_object();
    const std::string_view type = part == nullptr ? "" : StringMember(*part, "type");
    if (type == "text") {
      AddText(StringMember(*part, "text"), out);
    } else if (type == "refusal") {
      AddRefusal(StringMember(*part, "refusal"), out);
    } else {
      lists_[std::string(type)].push_back(value);
    }
  }
}

void OpenAiAnswerBuilder::AddText(std::string_view text, std::vector<v1::Delta>* out) {
  if (text.empty()) return;
  partial_.mutable_text()->append(text);
  out->emplace_back().set_text(std::string(text));
}

void OpenAiAnswerBuilder::AddRefusal(std::string_view text, std::vector<v1::Delta>* out) {
  if (text.empty()) return;
  partial_.mutable_refusal()->append(text);
  out->emplace_back().set_refusal(std::string(text));
}

void OpenAiAnswerBuilder::AddCalls(const json::object& message, bool whole,
                                   std::vector<v1::Delta>* out) {
  if (const json::array* pieces = ArrayMember(message, "tool_calls")) {
    for (const json::value& value : *pieces) {
      if (const json::object* piece = value.if_object()) {
        AddCallPiece(*piece, whole, out);
      } else {
        malformed_ = true;
      }
    }
  }
  const json::object* legacy = ObjectMember(message, "function_call");
  if (legacy == nullptr) return;
  const std::string_view name = StringMember(*legacy, "name");
  // Some servers send it with nothing in it beside tool_calls.
  if (name.empty() && (calls_.empty() || StringMember(*legacy, "arguments").empty())) return;
  AddFunction(FindCall(std::nullopt, "", name), "", *legacy, out);
}

void OpenAiAnswerBuilder::AddCallPiece(const json::object& piece, bool whole,
                                       std::vector<v1::Delta>* out) {
  static const json::object kNothing;
  const json::object* function = ObjectMember(piece, "function");
  const json::object* custom = ObjectMember(piece, "custom");
  if (custom != nullptr && StringMember(*custom, "name").empty() && function != nullptr) {
    custom = nullptr;
  }
  const json::object& body = custom != nullptr ? *custom : function != nullptr ? *function : kNothing;
  const std::string_view id = StringMember(piece, "id");
  std::optional<int64_t> index;
  if (Member(piece, "index") != nullptr) index = IntMember(piece, "index");
  const size_t at =
      whole ? NewCall(index) : FindCall(index, id, StringMember(body, "name"));
  AddFunction(at, id, body, out);
}

size_t OpenAiAnswerBuilder::FindCall(std::optional<int64_t> index, std::string_view id,
                                     std::string_view name) {
  const auto latest = [&](const auto& matches) -> std::optional<size_t> {
    for (size_t i = calls_.size(); i-- > 0;) {
      if (matches(calls_[i])) return i;
    }
    return std::nullopt;
  };
  std::optional<size_t> at;
  if (index) {
    at = latest([&](const Call& call) { return call.index == index; });
  } else {
    if (!id.empty()) at = latest([&](const Call& call) { return call.call.id() == id; });
    if (!at) at = latest([](const Call&) { return true; });
  }
  if (!at || BeginsAnother(calls_[*at].call, id, name, index.has_value())) return NewCall(index);
  return *at;
}

size_t OpenAiAnswerBuilder::NewCall(std::optional<int64_t> index) {
  calls_.emplace_back().index = index;
  return calls_.size() - 1;
}

void OpenAiAnswerBuilder::AddFunction(size_t at, std::string_view id, const json::object& function,
                                      std::vector<v1::Delta>* out) {
  v1::ToolCall& call = calls_[at].call;
  v1::ToolCallDelta* piece = AddPiece(at, out);
  if (call.id().empty() && !id.empty()) {
    call.set_id(std::string(id));
    piece->set_id(call.id());
  }
  const std::string_view name = StringMember(function, "name");
  if (call.name().empty() && !name.empty()) {
    call.set_name(std::string(name));
    piece->set_name(call.name());
  }
  const char* key = function.contains("input") && !function.contains("arguments") ? "input"
                                                                                   : "arguments";
  piece->set_arguments_json(ArgumentsText(function, key));
  call.mutable_arguments_json()->append(piece->arguments_json());
}

void OpenAiAnswerBuilder::AddOpaque(const json::object& message) {
  for (std::string_view field : kReasoningFields) {
    const std::string_view text = StringMember(message, field);
    if (!text.empty()) strings_[absl::StrCat("message.", ToAbsl(field))].append(text);
  }
  for (std::string_view field : kListFields) {
    const json::array* list = ArrayMember(message, field);
    if (list == nullptr || list->empty()) continue;
    json::array& all = lists_[absl::StrCat("message.", ToAbsl(field))];
    all.insert(all.end(), list->begin(), list->end());
  }
  const json::object* audio = ObjectMember(message, "audio");
  if (audio != nullptr && !StringMember(*audio, "id").empty()) {
    lists_["message.audio"].push_back(*audio);
  }
}

void OpenAiAnswerBuilder::SetOutcome(v1::Observation* observation) const {
  v1::Outcome outcome = OutcomeOf(observation->native_stop_reason());
  // By content first: reasons are wrong too often (vLLM #25054, LiteLLM #35663).
  if (!calls_.empty()) {
    outcome = v1::OUTCOME_TOOL_CALLS;
  } else if (!observation->refusal().empty()) {
    outcome = v1::OUTCOME_REFUSED;
    observation->set_refusal_origin(v1::REFUSAL_ORIGIN_MODEL);
  } else if (outcome == v1::OUTCOME_REFUSED) {
    observation->set_refusal_origin(v1::REFUSAL_ORIGIN_FILTER);
  } else if (outcome == v1::OUTCOME_END && !observation->stop_sequence().empty()) {
    outcome = v1::OUTCOME_STOP_SEQUENCE;
  }
  observation->set_outcome(outcome);
}

v1::Observation OpenAiAnswerBuilder::Build(bool streamed) const {
  v1::Observation observation = partial_;
  for (const Call& call : calls_) *observation.add_tool_calls() = call.call;
  for (const auto& [type, text] : strings_) {
    AddOpaqueBlock(type, ToJson(json::value(json::string(text))), &observation);
  }
  for (const auto& [type, list] : lists_) {
    const bool single = list.size() == 1 && !type.starts_with("message.reasoning") &&
                        !type.starts_with("message.annotations");
    AddOpaqueBlock(type, ToJson(single ? list[0] : json::value(list)), &observation);
  }
  if (error_) {
    SetOpenAiError(observation.http_status(), *error_, &observation);
  } else if (malformed_ || (!streamed && !has_choices_)) {
    SetFailed(MakeFailure(v1::FAILURE_CLASS_MALFORMED_ANSWER,
                          "the provider's answer is not a chat completion"),
              &observation);
  } else if (streamed && observation.native_stop_reason().empty()) {
    SetInterrupted("the stream ended without a finish_reason", &observation);
  } else {
    SetOutcome(&observation);
    FailIfEmpty(&observation);
  }
  return observation;
}

}  // namespace warmpath
