#include "provider/sim/misbehave.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "boost/json.hpp"

namespace warmpath {
namespace {

// The 99th percentile of the standard normal distribution.
constexpr double kZ99 = 2.3263478740408408;

// A standard normal draw (Box and Muller).
double Normal(SimDraw& draw) {
  const double u = 1 - draw.Next();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * draw.Next());
}

void CallOtherTool(const v1::ModelRequest& request, SimDraw& draw, v1::Observation& answer) {
  if (request.tools().empty()) return;
  const std::string before =
      answer.tool_calls().empty() ? std::string() : answer.tool_calls(0).name();
  int index = static_cast<int>(draw.Next() * request.tools_size());
  if (request.tools(index).name() == before) index = (index + 1) % request.tools_size();
  if (request.tools(index).name() == before) return;
  if (answer.tool_calls().empty()) {
    v1::ToolCall& call = *answer.add_tool_calls();
    call.set_id("call_other");
    call.set_arguments_json("{}");
    answer.clear_text();
    answer.set_outcome(v1::OUTCOME_TOOL_CALLS);
  }
  answer.mutable_tool_calls(0)->set_name(request.tools(index).name());
}

void DropMember(std::string& text) {
  auto value = ParseJson(text);
  if (!value.ok() || !value->is_object() || value->get_object().empty()) return;
  value->get_object().erase(value->get_object().begin());
  text = ToJson(*value);
}

}  // namespace

double SimDraw::Next() {
  // SplitMix64 (Steele, Lea, Flood 2014).
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return UnitInterval(z ^ (z >> 31));
}

SimFate DrawFate(const v1::SimBehavior& behavior, SimDraw& draw) {
  if (draw.Chance(behavior.reset_rate())) return SimFate::kReset;
  if (draw.Chance(behavior.hang_rate())) return SimFate::kHang;
  if (draw.Chance(behavior.error_rate())) return SimFate::kError;
  if (draw.Chance(behavior.garbage_rate())) return SimFate::kGarbage;
  if (draw.Chance(behavior.empty_rate())) return SimFate::kEmpty;
  if (draw.Chance(behavior.truncate_rate())) return SimFate::kTruncate;
  return SimFate::kAnswer;
}

absl::Duration DrawLatency(const v1::SimBehavior& behavior, SimDraw& draw) {
  const double p50 = absl::ToDoubleSeconds(FromProto(behavior.latency_p50()));
  const double p99 = absl::ToDoubleSeconds(FromProto(behavior.latency_p99()));
  if (p50 <= 0) return absl::ZeroDuration();
  if (p99 <= p50) return absl::Seconds(p50);
  const double sigma = std::log(p99 / p50) / kZ99;
  return absl::Seconds(p50 * std::exp(sigma * Normal(draw)));
}

void Misbehave(const v1::SimBehavior& behavior, const v1::ModelRequest& request, SimDraw& draw,
               v1::Observation& answer) {
  if (draw.Chance(behavior.refuse_rate())) {
    answer = v1::Observation();
    answer.set_refusal("I'm sorry, but I can't help with that.");
    answer.set_refusal_origin(v1::REFUSAL_ORIGIN_MODEL);
    answer.set_outcome(v1::OUTCOME_REFUSED);
    return;
  }
  if (draw.Chance(behavior.other_tool_rate())) CallOtherTool(request, draw, answer);
  if (!answer.tool_calls().empty() && draw.Chance(behavior.no_tool_rate())) {
    answer.set_text(absl::StrCat("I would use ", answer.tool_calls(0).name(), " for this."));
    answer.clear_tool_calls();
    answer.set_outcome(v1::OUTCOME_END);
  }
  if (answer.text().empty()) return;
  if (draw.Chance(behavior.missing_member_rate())) DropMember(*answer.mutable_text());
  if (draw.Chance(behavior.wrapped_json_rate())) {
    answer.set_text(absl::StrCat("Here is the result:\n```json\n", answer.text(), "\n```\n"));
  }
  if (draw.Chance(behavior.broken_json_rate())) {
    answer.mutable_text()->resize(answer.text().size() * 2 / 3);
  }
}

}  // namespace warmpath
