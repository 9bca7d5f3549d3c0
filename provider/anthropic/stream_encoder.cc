#include "provider/anthropic/stream_encoder.h"

#include "absl/strings/ascii.h"
#include "base/http/sse.h"
#include "base/string_view.h"
#include "provider/anthropic/encode_answer.h"
#include "provider/anthropic/errors.h"
#include "provider/wire/failures.h"
#include "provider/wire/json_writer.h"

namespace warmpath {
namespace {

// Begins an event's data: {"type": <event>, … the caller goes on.
JsonWriter Event(std::string_view event) {
  JsonWriter w;
  w.BeginObject().Key("type").String(event);
  return w;
}

void Append(std::string_view event, JsonWriter w, std::string& out) {
  w.EndObject();
  AppendSse(out, event, w.text());
}

}  // namespace

void AnthropicStreamEncoder::Begin(std::string& out) {
  if (begun_) return;
  begun_ = true;
  JsonWriter w = Event("message_start");
  w.Key("message").BeginObject().Key("id").String(id_).Key("type").String("message");
  w.Key("role").String("assistant").Key("model").String(model_);
  w.Key("content").BeginArray().EndArray();
  w.Key("stop_reason").Null().Key("stop_sequence").Null().Key("usage");
  WriteAnthropicUsage(v1::Usage(), &w);
  w.EndObject();
  Append("message_start", std::move(w), out);
}

AnthropicStreamEncoder::Block& AnthropicStreamEncoder::NewBlock(int call) {
  Block& block = blocks_.emplace_back();
  block.call = call;
  return block;
}

void AnthropicStreamEncoder::AddText(std::string_view text, std::string& out) {
  if (text.empty()) return;
  has_text_ = true;
  const bool goes_on = !blocks_.empty() && blocks_.back().call < 0;
  Block& block = goes_on ? blocks_.back() : NewBlock(-1);
  block.waiting += text;
  Advance(false, out);
}

void AnthropicStreamEncoder::AddCall(const v1::ToolCallDelta& piece, std::string& out) {
  const auto [at, added] = calls_.try_emplace(piece.index(), blocks_.size());
  if (added) NewBlock(piece.index());
  Block& block = blocks_[at->second];
  if (!piece.id().empty()) block.id = piece.id();
  if (!piece.name().empty()) block.name = piece.name();
  if (at->second < current_) {
    broken_ |= !absl::StripAsciiWhitespace(piece.arguments_json()).empty();
    return;
  }
  block.waiting += piece.arguments_json();
  Advance(false, out);
}

void AnthropicStreamEncoder::Advance(bool at_end, std::string& out) {
  Begin(out);
  while (current_ < blocks_.size()) {
    Block& block = blocks_[current_];
    // A call cannot be announced before its name is known.
    if (!open_ && block.call >= 0 && block.name.empty() && !at_end) return;
    if (!open_) OpenBlock(block, out);
    WriteWaiting(block, out);
    const bool last = current_ + 1 == blocks_.size();
    if (!at_end && (last || (block.call >= 0 && !block.end.complete()))) return;
    CloseBlock(out);
  }
}

void AnthropicStreamEncoder::OpenBlock(const Block& block, std::string& out) {
  open_ = true;
  JsonWriter w = Event("content_block_start");
  w.Key("index").Int(static_cast<int64_t>(current_)).Key("content_block").BeginObject();
  if (block.call < 0) {
    w.Key("type").String("text").Key("text").String("");
  } else {
    w.Key("type").String("tool_use");
    w.Key("id").String(AnthropicCallId(block.id, id_, block.call));
    w.Key("name").String(block.name).Key("input").BeginObject().EndObject();
  }
  w.EndObject();
  Append("content_block_start", std::move(w), out);
}

void AnthropicStreamEncoder::WriteWaiting(Block& block, std::string& out) {
  if (block.waiting.empty()) return;
  JsonWriter w = Event("content_block_delta");
  w.Key("index").Int(static_cast<int64_t>(current_)).Key("delta").BeginObject();
  if (block.call < 0) {
    w.Key("type").String("text_delta").Key("text").String(block.waiting);
  } else {
    w.Key("type").String("input_json_delta").Key("partial_json").String(block.waiting);
    block.end.Add(block.waiting);
  }
  w.EndObject();
  Append("content_block_delta", std::move(w), out);
  block.waiting.clear();
}

void AnthropicStreamEncoder::CloseBlock(std::string& out) {
  JsonWriter w = Event("content_block_stop");
  w.Key("index").Int(static_cast<int64_t>(current_));
  Append("content_block_stop", std::move(w), out);
  open_ = false;
  ++current_;
}

void AnthropicStreamEncoder::AddRest(const v1::Observation& observation, std::string& out) {
  if (!has_text_) AddText(observation.text(), out);
  for (int i = 0; i < observation.tool_calls_size(); ++i) {
    if (calls_.contains(i)) continue;
    const v1::ToolCall& call = observation.tool_calls(i);
    v1::ToolCallDelta piece;
    piece.set_index(i);
    piece.set_id(call.id());
    piece.set_name(call.name());
    piece.set_arguments_json(call.arguments_json());
    AddCall(piece, out);
  }
}

void AnthropicStreamEncoder::End(const v1::Observation& observation, std::string& out) {
  Advance(true, out);
  JsonWriter w = Event("message_delta");
  w.Key("delta").BeginObject();
  WriteAnthropicStop(observation, &w);
  w.EndObject().Key("usage");
  WriteAnthropicUsage(observation.usage(), &w);
  Append("message_delta", std::move(w), out);
  Append("message_stop", Event("message_stop"), out);
}

void AnthropicStreamEncoder::Encode(const v1::Delta& delta, std::string& out) {
  switch (delta.kind_case()) {
    case v1::Delta::kText: AddText(delta.text(), out); return;
    case v1::Delta::kToolCall: AddCall(delta.tool_call(), out); return;
    case v1::Delta::kObservation: break;
    default: return;
  }
  const v1::Observation& observation = delta.observation();
  if (observation.outcome() == v1::OUTCOME_FAILED ||
      observation.outcome() == v1::OUTCOME_INTERRUPTED) {
    AppendSse(out, "error", AnthropicErrorBody(observation.failure(), id_));
    return;
  }
  AddRest(observation, out);
  if (broken_) {
    const v1::Failure failure =
        MakeFailure(v1::FAILURE_CLASS_MALFORMED_ANSWER,
                    "the path went on with a tool call after its arguments were complete");
    AppendSse(out, "error", AnthropicErrorBody(failure, id_));
    return;
  }
  End(observation, out);
}

}  // namespace warmpath
