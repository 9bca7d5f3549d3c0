#include "provider/gemini/answer_builder.h"

#include <boost/json/array.hpp>

#include "base/json.h"
#include "provider/dialect.h"
#include "provider/gemini/finish_reasons.h"
#include "provider/wire/failures.h"
#include "provider/wire/json_fields.h"
#include "provider/wire/json_scan.h"
#include "provider/wire/json_writer.h"

namespace warmpath {
namespace {

namespace json = boost::json;

constexpr std::string_view kTopMembers[] = {"candidates", "promptFeedback", "usageMetadata",
                                            "modelVersion", "responseId"};

void AddOpaqueBlock(std::string_view type, std::string json, v1::Observation* observation) {
  v1::Opaque* block = observation->add_opaque();
  block->set_dialect(std::string(DialectName(Dialect::kGemini)));
  block->set_type(std::string(type));
  block->set_json(std::move(json));
}

// The candidate that counts: number 0, which may go without saying.
const json::object* FirstCandidate(const json::object& body, size_t* position) {
  const json::array* candidates = ArrayMember(body, "candidates");
  if (candidates == nullptr) return nullptr;
  for (*position = 0; *position < candidates->size(); ++*position) {
    const json::object* candidate = (*candidates)[*position].if_object();
    if (candidate != nullptr && IntMember(*candidate, "index") == 0) return candidate;
  }
  return nullptr;
}

// The key that says what a part is: the first that is not a mark on it.
std::string_view KindOf(const json::object& part) {
  for (const auto& member : part) {
    const std::string_view key(member.key().data(), member.key().size());
    if (key != "thoughtSignature" && key != "thought" && key != "videoMetadata" &&
        key != "mediaResolution" && key != "partMetadata") {
      return key;
    }
  }
  return {};
}

}  // namespace

void GeminiAnswerBuilder::Add(const json::value& body, std::string_view text,
                              std::vector<v1::Delta>* out) {
  if (error_) return;
  GeminiError error;
  if (FindGeminiError(body, &error)) {
    error_ = std::move(error);
  } else if (body.is_object()) {
    AddResponse(body.get_object(), text, out);
  } else if (body.is_array()) {
    // What a stream is without alt=sse.
    RawElements raw_chunks(text);
    std::string_view raw;
    for (const json::value& chunk : body.get_array()) {
      if (error_ || !raw_chunks.Next(raw)) break;
      if (chunk.is_array()) {
        malformed_ = true;
      } else {
        Add(chunk, raw, out);
      }
    }
  } else {
    malformed_ = true;
  }
}

void GeminiAnswerBuilder::AddResponse(const json::object& body, std::string_view text,
                                      std::vector<v1::Delta>* out) {
  AddTop(body);
  size_t position = 0;
  const json::object* candidate = FirstCandidate(body, &position);
  if (candidate == nullptr) return;
  AddFinish(*candidate);
  const json::object* content = ObjectMember(*candidate, "content");
  const json::array* parts = content == nullptr ? nullptr : ArrayMember(*content, "parts");
  if (parts == nullptr) return;
  const std::string_view raw_candidate =
      RawElement(RawMember(text, "\"candidates\""), position);
  RawElements raw_parts(RawMember(RawMember(raw_candidate, "\"content\""), "\"parts\""));
  for (const json::value& value : *parts) {
    std::string_view raw;
    raw_parts.Next(raw);
    if (const json::object* part = value.if_object()) {
      AddPart(*part, raw, out);
    } else {
      malformed_ = true;
    }
  }
}

void GeminiAnswerBuilder::AddTop(const json::object& body) {
  for (std::string_view key : kTopMembers) is_response_ |= body.contains(key);
  const auto keep = [&](std::string_view key, std::string* field) {
    const std::string_view text = StringMember(body, key);
    if (!text.empty()) field->assign(text);
  };
  keep("responseId", partial_.mutable_upstream_request_id());
  keep("modelVersion", partial_.mutable_served_model());
  if (const json::object* usage = ObjectMember(body, "usageMetadata")) AddUsage(*usage);
  if (const json::object* feedback = ObjectMember(body, "promptFeedback")) {
    const std::string_view reason = StringMember(*feedback, "blockReason");
    if (reason.empty()) return;
    block_reason_ = std::string(reason);
    prompt_feedback_ = ToJson(*feedback);
  }
}

void GeminiAnswerBuilder::AddUsage(const json::object& usage) {
  const auto keep = [&](std::string_view key, int64_t* field) {
    if (Member(usage, key) != nullptr) *field = IntMember(usage, key);
  };
  int64_t cached = partial_.usage().cached_input_tokens();
  keep("promptTokenCount", &prompt_tokens_);
  keep("toolUsePromptTokenCount", &tool_prompt_tokens_);
  keep("candidatesTokenCount", &candidate_tokens_);
  keep("thoughtsTokenCount", &thought_tokens_);
  keep("cachedContentTokenCount", &cached);
  v1::Usage* tokens = partial_.mutable_usage();
  tokens->set_input_tokens(prompt_tokens_ + tool_prompt_tokens_);
  tokens->set_output_tokens(candidate_tokens_ + thought_tokens_);
  tokens->set_cached_input_tokens(cached);
}

void GeminiAnswerBuilder::AddFinish(const json::object& candidate) {
  const std::string_view reason = StringMember(candidate, "finishReason");
  if (reason.empty()) return;
  partial_.set_native_stop_reason(std::string(reason));
  JsonWriter w;
  w.BeginObject();
  bool any = false;
  for (std::string_view key : {"finishMessage", "safetyRatings", "continuationToken"}) {
    const std::string detail = JsonMember(candidate, key);
    if (detail.empty()) continue;
    any = true;
    w.Key(key).Raw(detail);
  }
  w.EndObject();
  if (any) partial_.set_native_stop_detail(w.Take());
}

void GeminiAnswerBuilder::AddPart(const json::object& part, std::string_view text,
                                  std::vector<v1::Delta>* out) {
  const json::value* thought = Member(part, "thought");
  if (thought != nullptr && thought->is_bool() && thought->get_bool()) return AddThought(part);
  if (const json::object* call = ObjectMember(part, "functionCall")) {
    return AddCall(part, *call, text, out);
  }
  const std::string_view kind = KindOf(part);
  const std::string_view words = StringMember(part, "text");
  if (!words.empty()) {
    partial_.mutable_text()->append(words);
    out->emplace_back().set_text(std::string(words));
  }
  if (kind != "text" && !kind.empty()) {
    AddOpaqueBlock(kind, ToJson(part), &partial_);
    return;
  }
  const std::string_view signature = StringMember(part, "thoughtSignature");
  if (!signature.empty()) signature_ = std::string(signature);
}

void GeminiAnswerBuilder::AddThought(const json::object& part) {
  thoughts_.append(StringMember(part, "text"));
  const std::string_view signature = StringMember(part, "thoughtSignature");
  if (!signature.empty()) signature_ = std::string(signature);
}

void GeminiAnswerBuilder::AddCall(const json::object& part, const json::object& call,
                                  std::string_view text, std::vector<v1::Delta>* out) {
  // Arguments in pieces come only to who asks for them, which warmpath never does.
  if (call.contains("partialArgs") || call.contains("willContinue")) malformed_ = true;
  v1::ToolCallDelta* piece = out->emplace_back().mutable_tool_call();
  piece->set_index(partial_.tool_calls_size());
  piece->set_id(std::string(StringMember(call, "id")));
  piece->set_name(std::string(StringMember(call, "name")));
  const std::string_view exact = RawMember(RawMember(text, "\"functionCall\""), "\"args\"");
  if (exact.empty() || exact == "null") {
    piece->set_arguments_json("{}");
  } else {
    piece->set_arguments_json(std::string(exact));
  }
  const std::string_view signature = StringMember(part, "thoughtSignature");
  if (!signature.empty()) {
    JsonWriter w;
    w.BeginObject().Key("index").Int(partial_.tool_calls_size());
    w.Key("thoughtSignature").String(signature).EndObject();
    AddOpaqueBlock("functionCall.members", w.Take(), &partial_);
  }
  v1::ToolCall* whole = partial_.add_tool_calls();
  whole->set_id(piece->id());
  whole->set_name(piece->name());
  whole->set_arguments_json(piece->arguments_json());
}

void GeminiAnswerBuilder::SetOutcome(v1::Observation* observation) const {
  v1::Outcome outcome = GeminiOutcomeOf(observation->native_stop_reason());
  if (outcome == v1::OUTCOME_REFUSED) {
    observation->set_refusal_origin(v1::REFUSAL_ORIGIN_FILTER);
  } else if (!observation->tool_calls().empty() &&
             (outcome == v1::OUTCOME_END || outcome == v1::OUTCOME_LENGTH)) {
    outcome = v1::OUTCOME_TOOL_CALLS;
  }
  observation->set_outcome(outcome);
}

v1::Observation GeminiAnswerBuilder::Build(bool streamed) const {
  v1::Observation observation = partial_;
  if (!thoughts_.empty() || !signature_.empty()) {
    JsonWriter w;
    w.BeginObject().Key("text").String(thoughts_).Key("thought").Bool(true);
    if (!signature_.empty()) w.Key("thoughtSignature").String(signature_);
    w.EndObject();
    AddOpaqueBlock("thinking", w.Take(), &observation);
  }
  const bool begun = !observation.text().empty() || !observation.tool_calls().empty();
  if (error_) {
    observation.set_native_stop_detail(error_->json);
    SetFailed(ClassifyGeminiError(observation.http_status(), *error_), &observation);
  } else if (malformed_ || (!streamed && !is_response_)) {
    SetFailed(MakeFailure(v1::FAILURE_CLASS_MALFORMED_ANSWER,
                          "the provider's answer is not a generateContent response"),
              &observation);
  } else if (!block_reason_.empty() && !begun && observation.native_stop_reason().empty()) {
    observation.set_outcome(v1::OUTCOME_REFUSED);
    observation.set_refusal_origin(v1::REFUSAL_ORIGIN_PROMPT_BLOCK);
    observation.set_native_stop_reason(block_reason_);
    observation.set_native_stop_detail(prompt_feedback_);
  } else if (observation.native_stop_reason().empty() && (streamed || begun)) {
    SetInterrupted("the answer ended without a finishReason", &observation);
  } else {
    SetOutcome(&observation);
    FailIfEmpty(&observation);
  }
  return observation;
}

}  // namespace warmpath
