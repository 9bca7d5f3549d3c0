#include "provider/openai_responses/stream_encoder.h"

#include "base/http/sse.h"
#include "provider/openai/errors.h"

namespace warmpath {

template <typename Write>
void ResponsesStreamEncoder::Event(std::string_view type, std::string& out, Write write) {
  JsonWriter w;
  w.BeginObject().Key("type").String(type).Key("sequence_number").Int(sequence_++);
  write(w);
  w.EndObject();
  AppendSse(out, type, w.text());
}

template <typename Write>
void ResponsesStreamEncoder::ItemEvent(std::string_view type, size_t at, std::string& out,
                                       Write write) {
  Event(type, out, [&](JsonWriter& w) {
    w.Key("item_id").String(items_[at].id).Key("output_index").Int(static_cast<int64_t>(at));
    write(w);
  });
}

void ResponsesStreamEncoder::Lifecycle(std::string_view type, const ResponseHead& head,
                                       std::string& out) {
  Event(type, out, [&](JsonWriter& w) {
    w.Key("response");
    WriteResponse(head, {}, items_, &w);
  });
}

void ResponsesStreamEncoder::Begin(std::string& out) {
  if (begun_) return;
  begun_ = true;
  const ResponseHead head = Head({"in_progress", ""});
  Lifecycle("response.created", head, out);
  Lifecycle("response.in_progress", head, out);
}

size_t ResponsesStreamEncoder::AddItem(OutputItem item, std::string& out) {
  const size_t at = items_.size();
  items_.push_back(std::move(item));
  Event("response.output_item.added", out, [&](JsonWriter& w) {
    w.Key("output_index").Int(static_cast<int64_t>(at)).Key("item");
    WriteOutputItem(items_[at], &w);
  });
  return at;
}

void ResponsesStreamEncoder::FinishItem(size_t at, std::string_view status, std::string& out) {
  items_[at].status = status;
  Event("response.output_item.done", out, [&](JsonWriter& w) {
    w.Key("output_index").Int(static_cast<int64_t>(at)).Key("item");
    WriteOutputItem(items_[at], &w);
  });
}

void ResponsesStreamEncoder::OpenPart(bool refusal, std::string& out) {
  if (!message_) {
    CloseCompleteCalls(out);
    message_ = AddItem({.id = ItemId("msg_", id_, items_.size())}, out);
  } else if (items_[*message_].parts.back().refusal == refusal) {
    return;
  } else {
    ClosePart(out);
  }
  std::vector<OutputPart>& parts = items_[*message_].parts;
  parts.push_back({refusal, ""});
  ItemEvent("response.content_part.added", *message_, out, [&](JsonWriter& w) {
    w.Key("content_index").Int(static_cast<int64_t>(parts.size()) - 1).Key("part");
    WriteOutputPart(parts.back(), &w);
  });
}

void ResponsesStreamEncoder::ClosePart(std::string& out) {
  const std::vector<OutputPart>& parts = items_[*message_].parts;
  const OutputPart& part = parts.back();
  const int64_t index = static_cast<int64_t>(parts.size()) - 1;
  ItemEvent(part.refusal ? "response.refusal.done" : "response.output_text.done", *message_, out,
            [&](JsonWriter& w) {
              w.Key("content_index").Int(index);
              w.Key(part.refusal ? "refusal" : "text").String(part.text);
              if (!part.refusal) w.Key("logprobs").BeginArray().EndArray();
            });
  ItemEvent("response.content_part.done", *message_, out, [&](JsonWriter& w) {
    w.Key("content_index").Int(index).Key("part");
    WriteOutputPart(part, &w);
  });
}

void ResponsesStreamEncoder::CloseMessage(std::string_view status, std::string& out) {
  if (!message_) return;
  ClosePart(out);
  FinishItem(*message_, status, out);
  message_.reset();
}

// Other calls' pieces may still come, so a call ends where its arguments do and something else begins.
void ResponsesStreamEncoder::CloseCompleteCalls(std::string& out) {
  for (auto open = open_calls_.begin(); open != open_calls_.end();) {
    const size_t at = open->first;
    const bool complete = open->second.complete();
    ++open;
    if (complete) CloseCall(at, "completed", out);
  }
}

void ResponsesStreamEncoder::CloseCall(size_t at, std::string_view status, std::string& out) {
  // Clients parse the arguments of every call, so a call without any must say so.
  if (items_[at].arguments.empty()) WriteArguments(at, "{}", out);
  open_calls_.erase(at);
  ItemEvent("response.function_call_arguments.done", at, out, [&](JsonWriter& w) {
    w.Key("name").String(items_[at].name).Key("arguments").String(items_[at].arguments);
  });
  FinishItem(at, status, out);
}

void ResponsesStreamEncoder::WriteText(bool refusal, std::string_view text, std::string& out) {
  if (text.empty()) return;
  Begin(out);
  OpenPart(refusal, out);
  std::vector<OutputPart>& parts = items_[*message_].parts;
  parts.back().text.append(text);
  ItemEvent(refusal ? "response.refusal.delta" : "response.output_text.delta", *message_, out,
            [&](JsonWriter& w) {
              w.Key("content_index").Int(static_cast<int64_t>(parts.size()) - 1);
              w.Key("delta").String(text);
              if (!refusal) w.Key("logprobs").BeginArray().EndArray();
            });
}

void ResponsesStreamEncoder::WriteCall(const v1::ToolCallDelta& piece, std::string& out) {
  Begin(out);
  auto known = calls_.find(piece.index());
  if (known == calls_.end()) {
    CloseMessage("completed", out);
    CloseCompleteCalls(out);
    OutputItem item{.id = ItemId("fc_", id_, items_.size())};
    item.call_id = CallIdOf(piece.id(), id_, piece.index());
    item.name = piece.name();
    const size_t at = AddItem(std::move(item), out);
    known = calls_.emplace(piece.index(), at).first;
    open_calls_.emplace(at, ObjectEnd());
  }
  if (!piece.arguments_json().empty()) WriteArguments(known->second, piece.arguments_json(), out);
}

void ResponsesStreamEncoder::WriteArguments(size_t at, std::string_view text, std::string& out) {
  const auto open = open_calls_.find(at);
  // A call that is closed has all of its arguments.
  if (open == open_calls_.end()) return;
  open->second.Add(text);
  items_[at].arguments.append(text);
  ItemEvent("response.function_call_arguments.delta", at, out,
            [&](JsonWriter& w) { w.Key("delta").String(text); });
}

void ResponsesStreamEncoder::WriteRest(const v1::Observation& observation, std::string& out) {
  if (!has_text_) WriteText(false, observation.text(), out);
  if (!has_refusal_) WriteText(true, RefusalText(observation), out);
  for (int i = 0; i < observation.tool_calls_size(); ++i) {
    if (calls_.contains(i)) continue;
    const v1::ToolCall& call = observation.tool_calls(i);
    v1::ToolCallDelta piece;
    piece.set_index(i);
    piece.set_id(call.id());
    piece.set_name(call.name());
    piece.set_arguments_json(call.arguments_json());
    WriteCall(piece, out);
  }
}

void ResponsesStreamEncoder::End(const v1::Observation& observation, std::string& out) {
  Begin(out);
  const ResponseEnding ending = EndingOf(observation);
  if (items_.empty() && ending.status == "completed") OpenPart(false, out);
  CloseMessage(ending.status, out);
  while (!open_calls_.empty()) CloseCall(open_calls_.begin()->first, ending.status, out);
  ResponseHead head = Head(ending);
  if (observation.has_usage()) head.usage = &observation.usage();
  Lifecycle(ending.status == "completed" ? "response.completed" : "response.incomplete", head, out);
}

void ResponsesStreamEncoder::Encode(const v1::Delta& delta, std::string& out) {
  switch (delta.kind_case()) {
    case v1::Delta::kText:
      WriteText(false, delta.text(), out);
      has_text_ |= !delta.text().empty();
      return;
    case v1::Delta::kRefusal:
      WriteText(true, delta.refusal(), out);
      has_refusal_ |= !delta.refusal().empty();
      return;
    case v1::Delta::kToolCall: WriteCall(delta.tool_call(), out); return;
    case v1::Delta::kObservation: break;
    default: return;
  }
  const v1::Observation& observation = delta.observation();
  if (observation.outcome() == v1::OUTCOME_FAILED ||
      observation.outcome() == v1::OUTCOME_INTERRUPTED) {
    AppendResponsesError(observation.failure(), sequence_++, out);
    return;
  }
  WriteRest(observation, out);
  End(observation, out);
}

void AppendResponsesError(const v1::Failure& failure, int64_t sequence_number, std::string& out) {
  const std::string code = OpenAiErrorCode(failure);
  JsonWriter w;
  w.BeginObject().Key("type").String("error").Key("sequence_number").Int(sequence_number);
  w.Key("code").String(code.empty() ? OpenAiErrorType(failure) : code);
  w.Key("message").String(failure.message()).Key("param").Null();
  // OpenAI's form has no more than this; but older SDKs, and Python's, throw only at an "error" that
  // is an object. With it all do.
  w.Key("error");
  w.Raw(OpenAiErrorObject(failure));
  w.EndObject();
  AppendSse(out, "error", w.text());
}

}  // namespace warmpath
