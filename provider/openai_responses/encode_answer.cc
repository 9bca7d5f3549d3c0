#include "provider/openai/errors.h"
#include "provider/openai_responses/codec.h"
#include "provider/openai_responses/response_writer.h"

namespace warmpath {
namespace {

std::vector<OutputItem> ItemsOf(const v1::Observation& observation, std::string_view id) {
  const ResponseEnding ending = EndingOf(observation);
  const bool cut = ending.status == "incomplete";
  std::vector<OutputItem> items;
  OutputItem message{.id = ItemId("msg_", id, 0)};
  const std::string refusal = RefusalText(observation);
  const bool empty = observation.tool_calls().empty() && refusal.empty() && !cut;
  if (!observation.text().empty() || empty) message.parts.push_back({false, observation.text()});
  if (!refusal.empty()) message.parts.push_back({true, refusal});
  message.status = cut && observation.tool_calls().empty() ? "incomplete" : "completed";
  if (!message.parts.empty()) items.push_back(std::move(message));
  for (int i = 0; i < observation.tool_calls_size(); ++i) {
    const v1::ToolCall& call = observation.tool_calls(i);
    OutputItem item{.id = ItemId("fc_", id, items.size())};
    item.status = cut ? "incomplete" : "completed";
    item.call_id = CallIdOf(call.id(), id, i);
    item.name = call.name();
    item.arguments = call.arguments_json().empty() ? "{}" : call.arguments_json();
    items.push_back(std::move(item));
  }
  return items;
}

// Items of this dialect's own, such as reasoning, which a caller must echo.
std::vector<std::string_view> OwnItems(const v1::Observation& observation) {
  std::vector<std::string_view> items;
  for (const v1::Opaque& block : observation.opaque()) {
    const bool own = block.dialect() == DialectName(Dialect::kOpenAiResponses);
    if (own && std::string_view(block.type()) == "reasoning") items.push_back(block.json());
  }
  return items;
}

}  // namespace

std::string OpenAiResponsesCodec::EncodeAnswer(const v1::Observation& observation,
                                               const ReplyOptions& options) const {
  if (observation.outcome() == v1::OUTCOME_FAILED ||
      observation.outcome() == v1::OUTCOME_INTERRUPTED) {
    return OpenAiErrorBody(observation.failure());
  }
  ResponseHead head{.id = options.id, .model = options.model, .created = options.created};
  if (!observation.upstream_request_id().empty()) head.id = observation.upstream_request_id();
  if (!observation.served_model().empty()) head.model = observation.served_model();
  head.ending = EndingOf(observation);
  if (observation.has_usage()) head.usage = &observation.usage();
  JsonWriter w;
  WriteResponse(head, OwnItems(observation), ItemsOf(observation, head.id), &w);
  return w.Take();
}

}  // namespace warmpath
