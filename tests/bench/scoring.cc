// What one scorecard costs, beside what parsing the JSON alone costs.
//
//   bazel run //tests/bench:scoring
#include <string>

#include "base/json.h"
#include "benchmark/benchmark.h"
#include "scorer/scorer.h"

namespace warmpath {
namespace {

constexpr char kToolSchema[] = R"({"type": "object", "required": ["order_id", "reason"],
  "properties": {"order_id": {"type": "string", "pattern": "^#W[0-9]{7}$"},
  "reason": {"type": "string", "enum": ["no longer needed", "ordered by mistake"]},
  "items": {"type": "array", "items": {"type": "object", "required": ["id", "count"],
    "properties": {"id": {"type": "string"}, "count": {"type": "integer", "minimum": 1}}}},
  "notify": {"type": "boolean", "default": true}}})";

constexpr char kAnswerSchema[] = R"({"type": "object", "required": ["summary", "tickets"],
  "properties": {"summary": {"type": "string", "minLength": 1}, "tickets": {"type": "array",
  "items": {"type": "object", "required": ["id", "status", "text"], "properties": {
    "id": {"type": "integer"}, "status": {"enum": ["open", "closed"]},
    "text": {"type": "string"}, "score": {"type": "number"}}}}}})";

// About `bytes` of tickets.
std::string JsonAnswer(size_t bytes) {
  std::string text = R"({"summary": "Tickets of the day", "tickets": [)";
  for (int i = 0; text.size() < bytes; ++i) {
    if (i > 0) text += ", ";
    text += R"({"id": )" + std::to_string(i) +
            R"(, "status": "open", "text": "The customer asks when the parcel arrives.", "score": 0.5})";
  }
  return text + "]}";
}

// About `bytes` of arguments.
std::string Arguments(size_t bytes) {
  std::string text = R"({"order_id": "#W1234567", "reason": "no longer needed", "items": [)";
  for (int i = 0; text.size() < bytes; ++i) {
    if (i > 0) text += ", ";
    text += R"({"id": "item_)" + std::to_string(i) + R"(", "count": 2})";
  }
  return text + "]}";
}

std::string Prose(size_t bytes) {
  std::string text;
  while (text.size() < bytes) {
    text += "Your parcel left the warehouse on Monday and should arrive within three days. ";
  }
  return text;
}

v1::ModelRequest Request() {
  v1::ModelRequest request;
  v1::Message& user = *request.add_messages();
  user.set_role(v1::MESSAGE_ROLE_USER);
  user.add_parts()->set_text("Cancel my order, please.");
  for (const char* name : {"cancel_order", "find_order", "list_orders", "refund_order"}) {
    v1::Tool& tool = *request.add_tools();
    tool.set_name(name);
    tool.set_parameters_json(kToolSchema);
  }
  return request;
}

v1::Observation Said(const std::string& text) {
  v1::Observation answer;
  answer.set_outcome(v1::OUTCOME_END);
  answer.set_text(text);
  return answer;
}

v1::Observation Called(const std::string& arguments) {
  v1::Observation answer;
  answer.set_outcome(v1::OUTCOME_TOOL_CALLS);
  v1::ToolCall& call = *answer.add_tool_calls();
  call.set_name("cancel_order");
  call.set_arguments_json(arguments);
  return answer;
}

void Score(benchmark::State& state, const v1::Observation& answer, const v1::Contract& rules) {
  const v1::ModelRequest request = Request();
  const v1::Contract contract = EffectiveContract(request, rules);
  const v1::Observation control = answer;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ScoreAll({request, contract, &control, answer}));
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_ParseBothAnswers(benchmark::State& state) {
  const std::string text = JsonAnswer(4096);
  for (auto _ : state) {
    benchmark::DoNotOptimize(ParseJson(text));
    benchmark::DoNotOptimize(ParseJson(text));
  }
}
BENCHMARK(BM_ParseBothAnswers);

void BM_ScoreJsonAnswer(benchmark::State& state) {
  v1::Contract rules;
  rules.set_output_schema_json(kAnswerSchema);
  Score(state, Said(JsonAnswer(4096)), rules);
}
BENCHMARK(BM_ScoreJsonAnswer);

void BM_ScoreToolCall(benchmark::State& state) { Score(state, Called(Arguments(4096)), {}); }
BENCHMARK(BM_ScoreToolCall);

void BM_ScoreProse(benchmark::State& state) { Score(state, Said(Prose(4096)), {}); }
BENCHMARK(BM_ScoreProse);

}  // namespace
}  // namespace warmpath

BENCHMARK_MAIN();
