#include "scorer/next_move.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "base/json.h"
#include "re2/re2.h"
#include "scorer/json_schema/json_equal.h"
#include "scorer/stance.h"

namespace warmpath {
namespace {

constexpr size_t kMaxWords = 16 * 1024;
constexpr size_t kMaxLeakBytes = 64 * 1024;
constexpr int kMaxMessages = 400;

bool SameArguments(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto x = ParseJson(a), y = ParseJson(b);
  return x.ok() && y.ok() && JsonEqual(*x, *y);
}

// Actions that change something, as the stem that both their past tense and tool names hold.
constexpr std::array<std::string_view, 44> kActions = {
    "cancel",  "book",     "updat",   "modif",   "process",  "refund",   "return",   "exchang",
    "creat",   "delet",    "remov",   "add",     "send",     "sent",     "submit",   "schedul",
    "order",   "purchas",  "chang",   "reset",   "enabl",    "disabl",   "activat",  "initiat",
    "transfer", "appl",    "set",     "sav",     "charg",    "paid",     "pay",      "reserv",
    "complet", "confirm",  "plac",    "upgrad",  "issu",     "resum",    "suspend",  "install",
    "toggl",   "deploy",   "post",    "writ"};

// "has been cancelled", "I've successfully updated", "is now confirmed", "successfully booked".
const re2::RE2& ClaimPattern() {
  static const re2::RE2& pattern = *new re2::RE2(
      R"((?i)\b(?:(?:ha(?:s|ve) (?:now |already )?been (?:successfully |now )?|)"
      R"((?:i|we)(?:'ve| have) (?:now |just |also |gone ahead and )?(?:successfully )?|)"
      R"((?:is|are) now (?:successfully )?|(?:was|were) successfully |successfully ))"
      R"((\w{3,20}))\b)");
  return pattern;
}

const re2::RE2& ProblemPattern() {
  static const re2::RE2& pattern = *new re2::RE2(
      R"((?i)\b(?:unable|could ?n[o']t|can ?n[o']t|can not|can't|couldn't|error|fail\w*|issues?|problems?|)"
      R"(not (?:found|available|able|possible|been|be|go|complete|process\w*|support\w*|exist|valid|)"
      R"(enough|sufficient|allowed|recogni\w+)|did ?n[o']t|didn't|was ?n[o']t|wasn't|does ?n[o']t|)"
      R"(doesn't|isn't|is not|unfortunately|sorry|apolog\w+|invalid|missing|denied|rejected|)"
      R"(unavailable|unsuccessful|instead|trouble|difficult\w*|mismatch|incorrect|unexpected\w*|)"
      R"(try again|double-?check|no longer|without success|limitation|snag|only be|must be)\b)");
  return pattern;
}

std::string_view ActionOf(std::string_view verb) {
  for (const std::string_view action : kActions) {
    if (verb.substr(0, action.size()) == action) return action;
  }
  return "";
}

// Whether a tool that bears the action's name has worked before.
bool WorkedBefore(const v1::ModelRequest& request, const std::vector<ToolResult>& results,
                  std::string_view action) {
  absl::flat_hash_set<std::string> failed_ids;
  for (const ToolResult& result : results) {
    if (result.error) failed_ids.insert(result.message->tool_call_id());
  }
  const int first = std::max(0, request.messages_size() - kMaxMessages);
  for (int i = first; i < request.messages_size(); ++i) {
    for (const v1::ToolCall& call : request.messages(i).tool_calls()) {
      const std::string name = absl::AsciiStrToLower(call.name());
      if (!failed_ids.contains(call.id()) && name.find(action) != std::string::npos) return true;
    }
  }
  return false;
}

// A call that failed is made good by another of the same tool that worked in the same batch.
bool AnyUncovered(const std::vector<ToolResult>& results) {
  return std::any_of(results.begin(), results.end(), [&](const ToolResult& failed) {
    if (!failed.error) return false;
    return failed.call == nullptr ||
           std::none_of(results.begin(), results.end(), [&](const ToolResult& other) {
             return !other.error && other.call != nullptr &&
                    other.call->name() == failed.call->name();
           });
  });
}

}  // namespace

v1::NextMove ClassifyNextMove(const v1::ModelRequest& request,
                              const std::vector<ToolResult>& results,
                              const v1::Observation& answer) {
  const bool any_error = std::any_of(results.begin(), results.end(),
                                     [](const ToolResult& result) { return result.error; });
  if (!any_error) return v1::NEXT_MOVE_UNSPECIFIED;
  if (answer.outcome() == v1::OUTCOME_HANDOVER) return v1::NEXT_MOVE_ESCALATE;
  bool retried = false, same = false;
  for (const v1::ToolCall& call : answer.tool_calls()) {
    if (IsHandoverTool(call.name())) return v1::NEXT_MOVE_ESCALATE;
    for (const ToolResult& result : results) {
      if (!result.error || result.call == nullptr || result.call->name() != call.name()) continue;
      retried = true;
      same = same || SameArguments(result.call->arguments_json(), call.arguments_json());
    }
  }
  if (same) return v1::NEXT_MOVE_RETRY_SAME;
  if (retried) return v1::NEXT_MOVE_RETRY_CHANGED;
  if (answer.tool_calls_size() > 0) return v1::NEXT_MOVE_OTHER_TOOL;
  return ClaimsSuccess(request, results, answer.text()) ? v1::NEXT_MOVE_CLAIMS_SUCCESS
                                                        : v1::NEXT_MOVE_REPORT;
}

bool ClaimsSuccess(const v1::ModelRequest& request, const std::vector<ToolResult>& results,
                   std::string_view words) {
  if (!AnyUncovered(results)) return false;
  std::string text(words.substr(0, kMaxWords));
  re2::RE2::GlobalReplace(&text, "[\xe2\x80\x98\xe2\x80\x99]", "'");
  if (re2::RE2::PartialMatch(text, ProblemPattern())) return false;
  re2::StringPiece rest(text);
  std::string verb;
  while (re2::RE2::FindAndConsume(&rest, ClaimPattern(), &verb)) {
    const std::string lower = absl::AsciiStrToLower(verb);
    const std::string_view action = ActionOf(lower);
    if (!action.empty() && !WorkedBefore(request, results, action)) return true;
  }
  return false;
}

std::string_view LeakedInternals(std::string_view words) {
  struct Leak {
    std::string_view name;
    re2::RE2 pattern;
  };
  static const auto& leaks = *new std::array<Leak, 4>{{
      {"channel_tokens",
       re2::RE2(R"(<\|[a-z_]{2,24}\|>|\bassistant(?:commentary|analysis|final)\b|)"
                R"((?:commentary|analysis|assistant) to=(?:functions\.|\w+)|\bto=functions\.\w|)"
                R"(assistant(?:commentary|analysis|final)[^a-z]|^\s*(?:analysis|commentary)[A-Z])")},
      {"tool_syntax",
       re2::RE2(R"(</?(?:tool_call|tool_calls|function_call|function_calls|invoke|antml:invoke)\b|)"
                R"(<function=|\[TOOL_CALLS\]|<tool_sep>|<｜tool)")},
      {"reasoning", re2::RE2(R"(</?(?:think|thinking|reasoning|scratchpad)>)")},
      {"stack_trace",
       re2::RE2(R"(Traceback \(most recent call last\)|\bFile "[^"\n]{1,300}", line \d+|)"
                R"((?m:^\s+at [\w$.<>]+ ?\([^)\n]{1,300}:\d+(?::\d+)?\))|)"
                R"((?m:^goroutine \d+ \[)|panic: runtime error|)"
                R"(Exception in thread "[^"\n]{1,100}")")},
  }};
  words = words.substr(0, kMaxLeakBytes);
  const re2::StringPiece piece(words.data(), words.size());
  for (const Leak& leak : leaks) {
    if (re2::RE2::PartialMatch(piece, leak.pattern)) return leak.name;
  }
  return "";
}

}  // namespace warmpath
