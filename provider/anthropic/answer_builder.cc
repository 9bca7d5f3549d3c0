#include "provider/anthropic/answer_builder.h"

#include "base/json.h"
#include "provider/dialect.h"
#include "provider/wire/failures.h"
#include "provider/wire/json_fields.h"
#include "provider/wire/json_scan.h"

namespace warmpath {
namespace {

namespace json = boost::json;

v1::Outcome OutcomeOf(std::string_view reason) {
  if (reason == "end_turn") return v1::OUTCOME_END;
  if (reason == "max_tokens") return v1::OUTCOME_LENGTH;
  if (reason == "stop_sequence") return v1::OUTCOME_STOP_SEQUENCE;
  if (reason == "pause_turn") return v1::OUTCOME_PAUSED;
  if (reason == "refusal") return v1::OUTCOME_REFUSED;
  if (reason == "model_context_window_exceeded") return v1::OUTCOME_CONTEXT_WINDOW;
  return v1::OUTCOME_UNKNOWN;
}

// Adds the strings of a delta to those of its block: thinking, signature, and whatever comes next.
void JoinStrings(const json::object& delta, json::object* block) {
  for (const auto& member : delta) {
    const json::string* more = member.value().if_string();
    if (more == nullptr || member.key() == "type") continue;
    json::value& there = (*block)[member.key()];
    if (there.is_string()) {
      there.get_string().append(*more);
    } else {
      there = *more;
    }
  }
}

void AddOpaqueBlock(std::string_view type, std::string json, v1::Observation* observation) {
  v1::Opaque* block = observation->add_opaque();
  block->set_dialect(std::string(DialectName(Dialect::kAnthropicMessages)));
  block->set_type(std::string(type));
  block->set_json(std::move(json));
}

}  // namespace

void AnthropicAnswerBuilder::AddAnswer(const json::value& body, std::string_view text) {
  AnthropicError error;
  if (FindAnthropicError(body, &error)) {
    error_ = std::move(error);
    return;
  }
  const json::object* message = body.if_object();
  if (message == nullptr) return;
  std::vector<v1::Delta> ignored;
  AddMessage(*message, &ignored);
  AddStop(*message);
  KeepExactText(RawMember(text, "\"content\""));
}

void AnthropicAnswerBuilder::KeepExactText(std::string_view content) {
  RawElements elements(content);
  std::string_view raw;
  int64_t next = -1;
  for (Block& block : blocks_) {
    // Blocks of a whole message count backwards from -1; see AddMessage.
    for (; next >= block.index; --next) elements.Next(raw);
    if (block.call < 0) {
      block.exact_json = std::string(raw);
      continue;
    }
    const std::string_view input = RawMember(raw, "\"input\"");
    if (input.starts_with("{")) {
      partial_.mutable_tool_calls(block.call)->set_arguments_json(std::string(input));
    }
  }
}

void AnthropicAnswerBuilder::Restart() {
  const int http_status = partial_.http_status();
  restarted_ |= !partial_.text().empty() || !partial_.tool_calls().empty();
  partial_.Clear();
  partial_.set_http_status(http_status);
  blocks_.clear();
  input_tokens_ = cache_written_ = cache_read_ = 0;
}

void AnthropicAnswerBuilder::AddMessage(const json::object& message, std::vector<v1::Delta>* out) {
  const json::array* content = ArrayMember(message, "content");
  is_message_ = content != nullptr;
  partial_.set_upstream_request_id(std::string(StringMember(message, "id")));
  partial_.set_served_model(std::string(StringMember(message, "model")));
  if (const json::object* usage = ObjectMember(message, "usage")) AddUsage(*usage);
  if (content == nullptr) return;
  int64_t index = 0;
  for (const json::value& value : *content) {
    if (const json::object* block = value.if_object()) {
      StartBlock(index, *block, out);
      EndBlock(index, out);
    } else {
      malformed_ = true;
    }
    ++index;
  }
  // Events number their blocks themselves.
  for (Block& block : blocks_) block.index = -1 - block.index;
}

void AnthropicAnswerBuilder::AddEvent(std::string_view event, const json::value& value,
                                      std::vector<v1::Delta>* out) {
  const json::object* data = value.if_object();
  if (data == nullptr) {
    malformed_ = true;
    return;
  }
  if (error_) return;
  std::string_view type = StringMember(*data, "type");
  if (type.empty()) type = event;
  const int64_t index = IntMember(*data, "index");
  if (type == "message_start") {
    if (is_message_) Restart();
    if (const json::object* message = ObjectMember(*data, "message")) AddMessage(*message, out);
  } else if (type == "content_block_start") {
    const json::object* block = ObjectMember(*data, "content_block");
    block == nullptr ? SetMalformed() : StartBlock(index, *block, out);
  } else if (type == "content_block_delta") {
    const json::object* delta = ObjectMember(*data, "delta");
    delta == nullptr ? SetMalformed() : GrowBlock(index, *delta, out);
  } else if (type == "content_block_stop") {
    EndBlock(index, out);
  } else if (type == "message_delta") {
    if (const json::object* delta = ObjectMember(*data, "delta")) AddStop(*delta);
    if (const json::object* usage = ObjectMember(*data, "usage")) AddUsage(*usage);
  } else if (type == "message_stop") {
    stopped_ = true;
  } else if (type == "error" || event == "error") {
    FindAnthropicError(value, &error_.emplace());
  }
}

void AnthropicAnswerBuilder::AddUsage(const json::object& usage) {
  const auto keep = [&](std::string_view key, int64_t* field) {
    if (Member(usage, key) != nullptr) *field = IntMember(usage, key);
  };
  int64_t output = partial_.usage().output_tokens();
  keep("input_tokens", &input_tokens_);
  keep("cache_creation_input_tokens", &cache_written_);
  keep("cache_read_input_tokens", &cache_read_);
  keep("output_tokens", &output);
  v1::Usage* tokens = partial_.mutable_usage();
  tokens->set_input_tokens(input_tokens_ + cache_written_ + cache_read_);
  tokens->set_cached_input_tokens(cache_read_);
  tokens->set_output_tokens(output);
}

void AnthropicAnswerBuilder::AddStop(const json::object& holder) {
  const std::string_view reason = StringMember(holder, "stop_reason");
  if (reason.empty()) return;
  partial_.set_native_stop_reason(std::string(reason));
  partial_.set_stop_sequence(std::string(StringMember(holder, "stop_sequence")));
  partial_.set_native_stop_detail(JsonMember(holder, "stop_details"));
  if (const json::object* details = ObjectMember(holder, "stop_details")) {
    partial_.set_refusal(std::string(StringMember(*details, "explanation")));
  }
}

AnthropicAnswerBuilder::Block* AnthropicAnswerBuilder::FindBlock(int64_t index) {
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    if (block->index == index) return &*block;
  }
  return nullptr;
}

void AnthropicAnswerBuilder::StartBlock(int64_t index, const json::object& block,
                                        std::vector<v1::Delta>* out) {
  Block& state = blocks_.emplace_back();
  state.index = index;
  const std::string_view type = StringMember(block, "type");
  if (type == "text") {
    state.text = true;
    AddText(StringMember(block, "text"), out);
    if (const json::array* citations = ArrayMember(block, "citations")) state.citations = *citations;
  } else if (type == "tool_use") {
    StartCall(&state, block, out);
  } else {
    state.value = block;
    if (type != "fallback") return;
    // A server-side fallback answered: the block names who.
    const json::object* to = ObjectMember(block, "to");
    if (to != nullptr && !StringMember(*to, "model").empty()) {
      partial_.set_served_model(std::string(StringMember(*to, "model")));
    }
  }
}

void AnthropicAnswerBuilder::StartCall(Block* state, const json::object& block,
                                       std::vector<v1::Delta>* out) {
  state->call = partial_.tool_calls_size();
  v1::ToolCall* call = partial_.add_tool_calls();
  call->set_id(std::string(StringMember(block, "id")));
  call->set_name(std::string(StringMember(block, "name")));
  const json::value* input = Member(block, "input");
  if (input != nullptr && input->is_string()) {
    call->set_arguments_json(std::string(AsView(input->get_string())));
  } else if (input != nullptr && !(input->is_object() && input->get_object().empty())) {
    call->set_arguments_json(ToJson(*input));
  }
  v1::ToolCallDelta* piece = out->emplace_back().mutable_tool_call();
  piece->set_index(state->call);
  piece->set_id(call->id());
  piece->set_name(call->name());
  piece->set_arguments_json(call->arguments_json());
}

void AnthropicAnswerBuilder::GrowBlock(int64_t index, const json::object& delta,
                                       std::vector<v1::Delta>* out) {
  const std::string_view type = StringMember(delta, "type");
  Block* block = FindBlock(index);
  if (type == "text_delta") {
    AddText(StringMember(delta, "text"), out);
  } else if (block == nullptr) {
    malformed_ = true;
  } else if (type == "input_json_delta" && block->call >= 0) {
    GrowCall(block->call, StringMember(delta, "partial_json"), out);
  } else if (type == "input_json_delta") {
    block->input_json += StringMember(delta, "partial_json");
  } else if (const json::value* citation = Member(delta, "citation"); citation != nullptr) {
    block->citations.push_back(*citation);
  } else {
    JoinStrings(delta, &block->value);
  }
}

void AnthropicAnswerBuilder::GrowCall(int call, std::string_view json,
                                      std::vector<v1::Delta>* out) {
  if (json.empty()) return;
  partial_.mutable_tool_calls(call)->mutable_arguments_json()->append(json);
  v1::ToolCallDelta* piece = out->emplace_back().mutable_tool_call();
  piece->set_index(call);
  piece->set_arguments_json(std::string(json));
}

void AnthropicAnswerBuilder::EndBlock(int64_t index, std::vector<v1::Delta>* out) {
  const Block* block = FindBlock(index);
  // A call without arguments sends no piece of them.
  if (block != nullptr && block->call >= 0 &&
      partial_.tool_calls(block->call).arguments_json().empty()) {
    GrowCall(block->call, "{}", out);
  }
}

void AnthropicAnswerBuilder::AddText(std::string_view text, std::vector<v1::Delta>* out) {
  if (text.empty()) return;
  partial_.mutable_text()->append(text);
  out->emplace_back().set_text(std::string(text));
}

void AnthropicAnswerBuilder::SetOutcome(v1::Observation* observation) const {
  v1::Outcome outcome = OutcomeOf(observation->native_stop_reason());
  if (outcome == v1::OUTCOME_REFUSED) {
    // Calls of an answer that was stopped half-way are not the model's decision.
    observation->set_refusal_origin(v1::REFUSAL_ORIGIN_MODEL);
  } else if (!observation->tool_calls().empty()) {
    outcome = v1::OUTCOME_TOOL_CALLS;
  }
  observation->set_outcome(outcome);
}

v1::Observation AnthropicAnswerBuilder::Build(bool streamed) const {
  v1::Observation observation = partial_;
  for (const Block& block : blocks_) {
    if (block.text || block.call >= 0) {
      if (!block.citations.empty()) {
        AddOpaqueBlock("citations", ToJson(block.citations), &observation);
      }
      continue;
    }
    json::object whole = block.value;
    if (!block.input_json.empty()) {
      auto input = ParseJson(block.input_json);
      whole["input"] = input.ok() ? *std::move(input) : json::value(block.input_json);
    }
    AddOpaqueBlock(StringMember(whole, "type"),
                   block.exact_json.empty() ? ToJson(whole) : block.exact_json, &observation);
  }
  if (error_) {
    observation.set_native_stop_detail(error_->json);
    if (observation.upstream_request_id().empty()) {
      observation.set_upstream_request_id(error_->request_id);
    }
    SetFailed(ClassifyAnthropicError(observation.http_status(), *error_), &observation);
  } else if (malformed_ || (!streamed && !is_message_)) {
    SetFailed(MakeFailure(v1::FAILURE_CLASS_MALFORMED_ANSWER,
                          "the provider's answer is not an Anthropic message"),
              &observation);
  } else if (streamed && !stopped_) {
    SetInterrupted("the stream ended without message_stop", &observation);
  } else {
    SetOutcome(&observation);
    FailIfEmpty(&observation);
  }
  return observation;
}

}  // namespace warmpath
