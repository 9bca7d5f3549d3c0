// Short words for tests of OpenAI Responses: items, answers and events as JSON text.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "provider/codec.h"
#include "tests/provider/wire/wire_builders.h"

namespace warmpath::testing {

inline std::string Quoted(const std::string& text) { return ToJson(boost::json::string(text)); }

inline std::string TextPart(const std::string& text) {
  return absl::StrCat(R"({"type":"output_text","text":)", Quoted(text), R"(,"annotations":[]})");
}
inline std::string RefusalPart(const std::string& text) {
  return absl::StrCat(R"({"type":"refusal","refusal":)", Quoted(text), "}");
}
// A message item with these parts.
inline std::string MessageItem(const std::string& parts, const std::string& id = "msg_1") {
  return absl::StrCat(R"({"type":"message","id":")", id, R"(","role":"assistant","content":[)", parts,
                      "]}");
}
inline std::string CallItem(const std::string& call_id, const std::string& name,
                            const std::string& arguments, const std::string& id = "fc_1",
                            const std::string& status = "completed") {
  return absl::StrCat(R"({"type":"function_call","id":")", id, R"(","call_id":")", call_id,
                      R"(","name":")", name, R"(","status":")", status, R"(","arguments":)",
                      Quoted(arguments), "}");
}

// A whole answer; `details` is incomplete_details.
inline std::string Response(const std::string& items, const std::string& status = "completed",
                            const std::string& details = "null") {
  return absl::StrCat(R"({"id":"resp_1","object":"response","model":"m-1","error":null,"status":")",
                      status, R"(","incomplete_details":)", details, R"(,"output":[)", items, "]}");
}
inline std::string Incomplete(const std::string& items, const std::string& reason) {
  return Response(items, "incomplete", absl::StrCat(R"({"reason":")", reason, "\"}"));
}

// Events.
inline std::string Created() {
  return R"({"type":"response.created","response":{"id":"resp_1","model":"m-1","status":"in_progress","output":[]}})";
}
inline std::string Added(int index, const std::string& item) {
  return absl::StrCat(R"({"type":"response.output_item.added","output_index":)", index, R"(,"item":)",
                      item, "}");
}
inline std::string Done(int index, const std::string& item) {
  return absl::StrCat(R"({"type":"response.output_item.done","output_index":)", index, R"(,"item":)",
                      item, "}");
}
inline std::string TextDelta(int index, const std::string& text, const std::string& id = "msg_1") {
  return absl::StrCat(R"({"type":"response.output_text.delta","content_index":0,"item_id":")", id,
                      R"(","output_index":)", index, R"(,"delta":)", Quoted(text), "}");
}
inline std::string ArgumentsDelta(int index, const std::string& text,
                                  const std::string& id = "fc_1") {
  return absl::StrCat(R"({"type":"response.function_call_arguments.delta","item_id":")", id,
                      R"(","output_index":)", index, R"(,"delta":)", Quoted(text), "}");
}
inline std::string Ended(const std::string& response, const std::string& how = "completed") {
  return absl::StrCat(R"({"type":"response.)", how, R"(","response":)", response, "}");
}

// "name(arguments)#id" for each call.
inline std::vector<std::string> Calls(const v1::Observation& observation) {
  std::vector<std::string> calls;
  for (const v1::ToolCall& call : observation.tool_calls()) {
    calls.push_back(absl::StrCat(call.name(), "(", call.arguments_json(), ")#", call.id()));
  }
  return calls;
}

// What the pieces add up to: must be what the Observation says.
inline v1::Observation Joined(const std::vector<v1::Delta>& pieces) {
  v1::Observation joined;
  for (const v1::Delta& delta : pieces) {
    joined.mutable_text()->append(delta.text());
    joined.mutable_refusal()->append(delta.refusal());
    if (!delta.has_tool_call()) continue;
    const v1::ToolCallDelta& piece = delta.tool_call();
    while (joined.tool_calls_size() <= piece.index()) joined.add_tool_calls();
    v1::ToolCall* call = joined.mutable_tool_calls(piece.index());
    if (!piece.id().empty()) call->set_id(piece.id());
    if (!piece.name().empty()) call->set_name(piece.name());
    call->mutable_arguments_json()->append(piece.arguments_json());
  }
  return joined;
}

}  // namespace warmpath::testing
