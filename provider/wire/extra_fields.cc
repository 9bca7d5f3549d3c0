#include "provider/wire/extra_fields.h"

#include <algorithm>
#include <span>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/string_view.h"
#include "provider/wire/sibling_fields.h"

namespace warmpath {
namespace {

enum class Fate { kIgnore, kDrop, kRefuse };

struct FieldRule {
  std::string_view name;
  Fate fate;
  // The value, as compact JSON, that says nothing; "" for none.
  std::string_view neutral = "";
};

// Sources: the vendors' request types. A field that is not listed is dropped with a loss.
constexpr FieldRule kOpenAiFields[] = {
    {"stream_options", Fate::kIgnore},
    {"max_tokens", Fate::kIgnore},  // max_output_tokens carries it
    {"n", Fate::kRefuse, "1"},
    {"modalities", Fate::kRefuse, "[\"text\"]"},
    {"web_search_options", Fate::kRefuse},
    {"tool_choice", Fate::kRefuse},
    {"function_call", Fate::kRefuse},
    {"response_format", Fate::kRefuse},
    {"frequency_penalty", Fate::kDrop, "0"},
    {"presence_penalty", Fate::kDrop, "0"},
    {"logit_bias", Fate::kDrop, "{}"},
    {"logprobs", Fate::kDrop, "false"},
    {"top_logprobs", Fate::kDrop, "0"},
    {"store", Fate::kDrop, "false"},
    {"metadata", Fate::kDrop, "{}"},
    {"service_tier", Fate::kDrop, "\"auto\""},
};

constexpr FieldRule kAnthropicFields[] = {
    {"thinking", Fate::kDrop, "{\"type\":\"disabled\"}"},
    {"container", Fate::kRefuse},
    {"mcp_servers", Fate::kRefuse, "[]"},
    {"inference_geo", Fate::kRefuse},
    {"metadata", Fate::kDrop, "{}"},
    {"service_tier", Fate::kDrop, "\"auto\""},
    {"speed", Fate::kDrop, "\"standard\""},
};

constexpr FieldRule kResponsesFields[] = {
    {"stream_options", Fate::kIgnore},
    {"background", Fate::kIgnore},      // only false gets this far
    {"max_tool_calls", Fate::kIgnore},  // bounds tools that the vendor runs, and there are none
    {"include", Fate::kDrop, "[\"reasoning.encrypted_content\"]"},
    {"context_management", Fate::kRefuse, "[]"},
    {"tool_choice", Fate::kRefuse},
    {"reasoning", Fate::kDrop, "{}"},
    {"text", Fate::kDrop, "{\"verbosity\":\"medium\"}"},
    {"truncation", Fate::kDrop, "\"disabled\""},
    {"top_logprobs", Fate::kDrop, "0"},
    {"store", Fate::kDrop, "false"},
    {"metadata", Fate::kDrop, "{}"},
    {"service_tier", Fate::kDrop, "\"auto\""},
};

constexpr FieldRule kGeminiFields[] = {
    {"toolConfig", Fate::kRefuse},
    {"cachedContent", Fate::kRefuse},
    {"generationConfig", Fate::kDrop, "{}"},
    {"candidateCount", Fate::kRefuse, "1"},
    {"safetySettings", Fate::kDrop, "[]"},
    {"labels", Fate::kDrop, "{}"},
};

// What generationConfig has, too.
constexpr std::string_view kIntoGemini[] = {"seed", "frequency_penalty", "presence_penalty", "top_k"};

FieldRule RuleFor(std::span<const FieldRule> rules, std::string_view name) {
  const auto rule = std::find_if(rules.begin(), rules.end(),
                                 [&](const FieldRule& entry) { return entry.name == name; });
  return rule == rules.end() ? FieldRule{name, Fate::kDrop} : *rule;
}

std::span<const FieldRule> RulesOf(const v1::ModelRequest& request) {
  if (request.dialect() == DialectName(Dialect::kOpenAiChat)) return kOpenAiFields;
  if (request.dialect() == DialectName(Dialect::kAnthropicMessages)) return kAnthropicFields;
  if (request.dialect() == DialectName(Dialect::kOpenAiResponses)) return kResponsesFields;
  if (request.dialect() == DialectName(Dialect::kGemini)) return kGeminiFields;
  return {};
}

bool IsNeutral(std::string_view value, std::string_view neutral) {
  if (neutral.empty()) return false;
  // Whatever a list is of, an empty one asks for nothing.
  if (neutral.front() == '[' && value == "[]") return true;
  const auto parsed = ParseJson(value);
  return parsed.ok() && CanonicalJson(*parsed) == neutral;
}

}  // namespace

bool IsNative(const v1::ModelRequest& request, Dialect dialect) {
  return request.dialect() == DialectName(dialect);
}

bool CrossesInto(const v1::ModelRequest& request, Dialect target, std::string_view name) {
  // A canonical request's fields belong to no dialect, so nobody knows what they mean.
  if (target != Dialect::kGemini || request.dialect().empty()) return false;
  if (std::find(std::begin(kIntoGemini), std::end(kIntoGemini), name) == std::end(kIntoGemini)) {
    return false;
  }
  const auto field = request.extra_json().find(std::string(name));
  return field != request.extra_json().end() &&
         !IsNeutral(field->second, RuleFor(RulesOf(request), name).neutral);
}

absl::Status CrossExtraFields(const v1::ModelRequest& request, Dialect target,
                              FidelityNotes* notes) {
  if (IsNative(request, target)) return absl::OkStatus();
  const std::span<const FieldRule> rules = RulesOf(request);
  for (const auto& [name, value] : request.extra_json()) {
    const FieldRule rule = RuleFor(rules, name);
    if (rule.fate == Fate::kIgnore || IsNeutral(value, rule.neutral)) continue;
    if (CrossesInto(request, target, name)) continue;
    const SiblingField sibling = FindSiblingField(request.dialect(), target, name, value);
    if (!sibling.name.empty() && sibling.whole) continue;
    const std::string pointer = PointerAppend("", name);
    const absl::string_view dialect = ToAbsl(DialectName(target));
    if (name == "tool_choice" && absl::StrContains(value, "\"allowed_tools\"")) {
      notes->Add(v1::LOSS_KIND_DOWNGRADED, pointer, "only the tools that are allowed are declared");
      continue;
    }
    if (rule.fate == Fate::kRefuse) {
      return absl::UnimplementedError(absl::StrCat(pointer, " cannot be expressed in ", dialect));
    }
    notes->Add(v1::LOSS_KIND_DROPPED, pointer, absl::StrCat(dialect, " has no such field"));
  }
  return absl::OkStatus();
}

absl::Status LeaveOutField(const v1::ModelRequest& request, std::string_view name,
                           std::string_view model, FidelityNotes* notes) {
  const auto field = request.extra_json().find(std::string(name));
  if (field == request.extra_json().end()) return absl::OkStatus();
  const FieldRule rule = RuleFor(RulesOf(request), name);
  if (rule.fate == Fate::kIgnore || IsNeutral(field->second, rule.neutral)) return absl::OkStatus();
  const std::string pointer = PointerAppend("", name);
  if (rule.fate == Fate::kRefuse) {
    return absl::UnimplementedError(absl::StrCat(pointer, " is refused by ", ToAbsl(model)));
  }
  notes->Add(v1::LOSS_KIND_DROPPED, pointer, absl::StrCat(ToAbsl(model), " refuses this field"));
  return absl::OkStatus();
}

}  // namespace warmpath
