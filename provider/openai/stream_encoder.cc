#include "provider/openai/stream_encoder.h"

#include "absl/strings/str_cat.h"
#include "provider/openai/encode_answer.h"
#include "provider/openai/errors.h"

namespace warmpath {
namespace {

void AppendData(const std::string& json, std::string& out) {
  absl::StrAppend(&out, "data: ", json, "\n\n");
}

}  // namespace

void OpenAiStreamEncoder::BeginChunk(JsonWriter* w) const {
  w->BeginObject().Key("id").String(id_).Key("object").String("chat.completion.chunk");
  w->Key("created").Int(created_).Key("model").String(model_).Key("choices").BeginArray();
}

template <typename Write>
void OpenAiStreamEncoder::Chunk(std::string& out, std::string_view finish, Write write) const {
  JsonWriter w;
  BeginChunk(&w);
  w.BeginObject().Key("index").Int(0).Key("delta").BeginObject();
  write(w);
  w.EndObject().Key("logprobs").Null().Key("finish_reason");
  if (finish.empty()) {
    w.Null();
  } else {
    w.String(finish);
  }
  w.EndObject().EndArray();
  if (include_usage_) w.Key("usage").Null();
  w.EndObject();
  AppendData(w.text(), out);
}

void OpenAiStreamEncoder::WriteUsage(const v1::Usage& usage, std::string& out) const {
  JsonWriter w;
  BeginChunk(&w);
  w.EndArray().Key("usage");
  WriteOpenAiUsage(usage, &w);
  w.EndObject();
  AppendData(w.text(), out);
}

void OpenAiStreamEncoder::Begin(bool with_text, std::string& out) {
  if (begun_) return;
  begun_ = true;
  Chunk(out, "", [&](JsonWriter& w) {
    w.Key("role").String("assistant").Key("content");
    if (with_text) {
      w.String("");
    } else {
      w.Null();
    }
    w.Key("refusal").Null();
  });
}

void OpenAiStreamEncoder::WriteText(std::string_view key, std::string_view text,
                                    std::string& out) {
  if (text.empty()) return;
  Begin(key == "content", out);
  Chunk(out, "", [&](JsonWriter& w) { w.Key(key).String(text); });
}

void OpenAiStreamEncoder::WriteCall(const v1::ToolCallDelta& piece, std::string& out) {
  Begin(false, out);
  const bool first = calls_.insert(piece.index()).second;
  Chunk(out, "", [&](JsonWriter& w) {
    w.Key("tool_calls").BeginArray().BeginObject().Key("index").Int(piece.index());
    if (first) {
      w.Key("id").String(OpenAiCallId(piece.id(), id_, piece.index()));
      w.Key("type").String("function");
    }
    w.Key("function").BeginObject();
    if (!piece.name().empty()) w.Key("name").String(piece.name());
    w.Key("arguments").String(piece.arguments_json());
    w.EndObject().EndObject().EndArray();
  });
}

void OpenAiStreamEncoder::WriteRest(const v1::Observation& observation, std::string& out) {
  if (!has_text_) WriteText("content", observation.text(), out);
  if (!has_refusal_) WriteText("refusal", OpenAiRefusal(observation), out);
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

void OpenAiStreamEncoder::End(const v1::Observation& observation, std::string& out) {
  Begin(true, out);
  // Clients parse the arguments of every call, so a call without any must say so.
  for (int i : calls_) {
    if (i >= observation.tool_calls_size() || !observation.tool_calls(i).arguments_json().empty()) {
      continue;
    }
    v1::ToolCallDelta none;
    none.set_index(i);
    none.set_arguments_json("{}");
    WriteCall(none, out);
  }
  Chunk(out, OpenAiFinishReason(observation), [](JsonWriter&) {});
  if (include_usage_ && observation.has_usage()) WriteUsage(observation.usage(), out);
  AppendData("[DONE]", out);
}

void OpenAiStreamEncoder::Encode(const v1::Delta& delta, std::string& out) {
  switch (delta.kind_case()) {
    case v1::Delta::kText:
      WriteText("content", delta.text(), out);
      has_text_ |= !delta.text().empty();
      return;
    case v1::Delta::kRefusal:
      WriteText("refusal", delta.refusal(), out);
      has_refusal_ |= !delta.refusal().empty();
      return;
    case v1::Delta::kToolCall: WriteCall(delta.tool_call(), out); return;
    case v1::Delta::kObservation: break;
    default: return;
  }
  const v1::Observation& observation = delta.observation();
  if (observation.outcome() == v1::OUTCOME_FAILED ||
      observation.outcome() == v1::OUTCOME_INTERRUPTED) {
    AppendData(OpenAiErrorBody(observation.failure()), out);
    return;
  }
  WriteRest(observation, out);
  End(observation, out);
}

}  // namespace warmpath
