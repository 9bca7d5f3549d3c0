// What the items of a Responses answer add up to.
#include <algorithm>
#include <boost/json/array.hpp>

#include "base/json.h"
#include "base/string_view.h"
#include "provider/dialect.h"
#include "provider/openai_responses/answer_builder.h"
#include "provider/wire/failures.h"
#include "provider/wire/json_fields.h"

namespace warmpath {
namespace {

namespace json = boost::json;

void AddBlock(std::string_view type, const json::value& value, v1::Observation* observation) {
  v1::Opaque* block = observation->add_opaque();
  block->set_dialect(std::string(DialectName(Dialect::kOpenAiResponses)));
  block->set_type(std::string(type));
  block->set_json(ToJson(value));
}

// Content parts other than text and refusals, and the annotations of text.
void AddParts(const json::object& message, json::array* annotations, v1::Observation* observation) {
  const json::array* content = ArrayMember(message, "content");
  if (content == nullptr) return;
  for (const json::value& value : *content) {
    const json::object* part = value.if_object();
    if (part == nullptr) continue;
    const std::string_view type = StringMember(*part, "type");
    if (const json::array* list = ArrayMember(*part, "annotations")) {
      annotations->insert(annotations->end(), list->begin(), list->end());
    }
    if (type != "output_text" && type != "text" && type != "refusal") {
      AddBlock(type, value, observation);
    }
  }
}

}  // namespace

void ResponsesAnswerBuilder::AddOpaque(v1::Observation* observation) const {
  json::array annotations;
  for (const Item& item : items_) {
    if (!item.whole || item.call) continue;
    if (item.type == "message") {
      AddParts(*item.whole, &annotations, observation);
    } else {
      AddBlock(item.type, *item.whole, observation);
    }
  }
  if (!annotations.empty()) AddBlock("message.annotations", annotations, observation);
}

void ResponsesAnswerBuilder::SetOutcome(v1::Observation* observation) const {
  // Of a call that the end of the answer cut off nothing may be run.
  const bool cut = std::any_of(items_.begin(), items_.end(), [](const Item& item) {
    return item.call && item.whole && StringMember(*item.whole, "status") == "incomplete";
  });
  v1::Outcome outcome = v1::OUTCOME_UNKNOWN;
  if (!calls_.empty() && !(status_ == "incomplete" && cut) &&
      (status_ == "completed" || status_ == "incomplete")) {
    outcome = v1::OUTCOME_TOOL_CALLS;
  } else if (!observation->refusal().empty()) {
    outcome = v1::OUTCOME_REFUSED;
    observation->set_refusal_origin(v1::REFUSAL_ORIGIN_MODEL);
  } else if (status_ == "completed") {
    outcome = v1::OUTCOME_END;
  } else if (status_ == "incomplete" && incomplete_reason_ == "max_output_tokens") {
    outcome = v1::OUTCOME_LENGTH;
  } else if (status_ == "incomplete" && incomplete_reason_ == "content_filter") {
    outcome = v1::OUTCOME_REFUSED;
    observation->set_refusal_origin(v1::REFUSAL_ORIGIN_FILTER);
  }
  observation->set_outcome(outcome);
}

v1::Observation ResponsesAnswerBuilder::Build(bool streamed) const {
  v1::Observation observation = partial_;
  for (const v1::ToolCall& call : calls_) *observation.add_tool_calls() = call;
  AddOpaque(&observation);
  if (error_) {
    SetOpenAiError(observation.http_status(), *error_, &observation);
  } else if (malformed_ || (!streamed && !has_output_)) {
    SetFailed(MakeFailure(v1::FAILURE_CLASS_MALFORMED_ANSWER,
                          "the provider's answer is not a Responses object"),
              &observation);
  } else if (!ended_) {
    SetInterrupted("the stream ended without response.completed", &observation);
  } else {
    SetOutcome(&observation);
    FailIfEmpty(&observation);
  }
  return observation;
}

}  // namespace warmpath
