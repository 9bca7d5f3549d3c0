// Moves after a failed tool, and the words about it.
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "scorer/contract.h"
#include "scorer/scorer.h"
#include "scorer/tool_outcome.h"
#include "tests/bench/agreement_data.h"
#include "tests/bench/agreement_table.h"

namespace warmpath::bench {
namespace {

namespace json = boost::json;

struct Episode {
  v1::ModelRequest request;
  v1::Observation answer;
  std::string kind;
  std::string error_text;
};

void AddCall(v1::Message& turn, const std::string& name, const std::string& arguments) {
  v1::ToolCall& call = *turn.add_tool_calls();
  call.set_id(absl::StrCat("call_", turn.tool_calls_size()));
  call.set_name(name);
  call.set_arguments_json(arguments);
}

// The turn that failed: the call itself, the other calls of its batch, and their results.
void AddFailedTurn(const json::object& row, v1::ModelRequest& request) {
  v1::Message turn;
  turn.set_role(v1::MESSAGE_ROLE_ASSISTANT);
  const json::object& call = row.at("call").get_object();
  AddCall(turn, Text(call, "name"), call.contains("args") ? ToJson(call.at("args")) : "{}");
  bool own_seen = false;
  std::vector<bool> ok = {false};
  const json::value* batch = row.if_contains("batch");
  if (batch != nullptr && batch->is_array()) {
    for (const json::value& other : batch->get_array()) {
      const json::object& entry = other.get_object();
      const bool is_own = !own_seen && Text(entry, "name") == Text(call, "name") &&
                          !Flag(entry, "ok", false);
      own_seen = own_seen || is_own;
      if (is_own) continue;
      AddCall(turn, Text(entry, "name"), "{\"not\":\"recorded\"}");
      ok.push_back(Flag(entry, "ok", true));
    }
  }
  *request.add_messages() = turn;
  for (int i = 0; i < turn.tool_calls_size(); ++i) {
    v1::Message& result = *request.add_messages();
    result.set_role(v1::MESSAGE_ROLE_TOOL);
    result.set_tool_call_id(turn.tool_calls(i).id());
    result.add_parts()->set_text(i == 0 ? Text(row, "error_text") : ok[i] ? "{}" : "Error: failed");
  }
}

void AddContext(const json::object& row, v1::ModelRequest& request) {
  const json::value* context = row.if_contains("context");
  if (context == nullptr || !context->is_array()) return;
  for (const json::value& entry : context->get_array()) {
    const json::object& message = entry.get_object();
    const json::value* calls = message.if_contains("tool_calls");
    // The last turn is the one that failed, and is built from `call` and `batch`.
    if (calls != nullptr && &entry == &context->get_array().back()) continue;
    v1::Message& turn = *request.add_messages();
    const std::string role = Text(message, "role");
    turn.set_role(role == "user"   ? v1::MESSAGE_ROLE_USER
                  : role == "tool" ? v1::MESSAGE_ROLE_TOOL
                                   : v1::MESSAGE_ROLE_ASSISTANT);
    turn.add_parts()->set_text(Text(message, "content"));
    if (calls == nullptr || !calls->is_array()) continue;
    for (const json::value& call : calls->get_array()) {
      const json::object& fields = call.get_object();
      v1::ToolCall& made = *turn.add_tool_calls();
      made.set_id("earlier");
      made.set_name(Text(fields, "name"));
      made.set_arguments_json(fields.contains("args") ? ToJson(fields.at("args")) : "{}");
    }
  }
}

Episode EpisodeOf(const json::object& row) {
  Episode episode;
  AddContext(row, episode.request);
  AddFailedTurn(row, episode.request);
  const json::value* next = row.if_contains("next");
  if (next != nullptr && next->is_object()) episode.answer = AnswerOf(next->get_object());
  episode.kind = Text(row, "next_kind");
  episode.error_text = Text(row, "error_text");
  return episode;
}

std::string KindOf(v1::NextMove move) {
  switch (move) {
    case v1::NEXT_MOVE_RETRY_SAME: return "retry_same";
    case v1::NEXT_MOVE_RETRY_CHANGED: return "retry_changed";
    case v1::NEXT_MOVE_OTHER_TOOL: return "other_tool";
    case v1::NEXT_MOVE_ESCALATE: return "escalate";
    case v1::NEXT_MOVE_UNSPECIFIED: return "no error seen";
    default: return "message";
  }
}

ScoreResult ScoreEpisode(const Episode& episode) {
  const v1::Contract contract = EffectiveContract(episode.request, {});
  return ScoreAll({episode.request, contract, nullptr, episode.answer});
}

bool Has(const ScoreResult& result, v1::FindingKind kind) {
  for (const v1::Finding& finding : result.findings) {
    if (finding.kind() == kind) return true;
  }
  return false;
}

}  // namespace

void MeasureToolErrors(const std::string& directory, Report& report) {
  absl::flat_hash_map<std::string, Episode> episodes;
  int64_t equal = 0, seen = 0;
  const bool found = ForEachRow(directory, "errors_episodes", [&](const json::object& row) {
    Episode episode = EpisodeOf(row);
    const ScoreResult result = ScoreEpisode(episode);
    const std::string read = KindOf(result.next_move);
    equal += read == episode.kind;
    seen += !ErrorInWords(episode.error_text).empty();
    if (read != episode.kind) {
      report.Disagrees("errors", episode.kind + " read as " + read,
                       absl::StrCat(episode.error_text.substr(0, 120), " | ",
                                    episode.answer.text().substr(0, 300)));
    }
    episodes[Text(row, "id")] = std::move(episode);
  });
  if (!found) return report.Skip("tool errors");
  const int64_t total = static_cast<int64_t>(episodes.size());
  report.Share("tool errors", "error seen in the tool's words alone", seen, total, "");
  report.Share("tool errors", "next move equal", equal, total, ">= 99 %");

  int64_t harmless = 0, false_claims = 0, leaks = 0, leaks_found = 0, false_leaks = 0;
  int64_t invented = 0, invented_found = 0, labelled = 0;
  ForEachRow(directory, "errors_read_labels", [&](const json::object& row) {
    const auto episode = episodes.find(Text(row, "id"));
    if (episode == episodes.end()) return;
    const ScoreResult result = ScoreEpisode(episode->second);
    const std::string label = Text(row, "label");
    const bool claims = Has(result, v1::FINDING_KIND_CLAIMS_SUCCESS);
    const bool leak = Has(result, v1::FINDING_KIND_LEAKED_INTERNALS);
    ++labelled;
    if (label == "reports" || label == "covered") {
      ++harmless;
      false_claims += claims;
      if (claims) report.Disagrees("read labels", "false claim", episode->second.answer.text());
    }
    if (label == "leak") {
      ++leaks;
      leaks_found += leak;
      if (!leak) report.Disagrees("read labels", "leak missed", episode->second.answer.text());
    } else {
      false_leaks += leak;
    }
    if (label == "invents") {
      ++invented;
      invented_found += claims;
      if (!claims) report.Disagrees("read labels", "claim missed", episode->second.answer.text());
    }
  });
  report.Share("read labels", "CLAIMS_SUCCESS on harmless answers", false_claims, harmless,
               "<= 5 %");
  report.Share("read labels", "leaks found", leaks_found, leaks, ">= 90 %");
  report.Share("read labels", "leaks reported where there is none", false_leaks,
               labelled - leaks, "");
  report.Share("read labels", "invented successes found", invented_found, invented, "");
}

}  // namespace warmpath::bench
