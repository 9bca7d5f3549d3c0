#include "provider/capability/allowed.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/string_view.h"
#include "provider/dialect.h"

namespace warmpath {
namespace {

struct FieldName {
  std::string_view openai;
  std::string_view anthropic;
  std::string_view responses;
};

// Where the dialects put the same thing.
constexpr FieldName kNames[] = {
    {"max_tokens", "max_tokens", "max_output_tokens"},
    {"stop", "stop_sequences", "stop"},
    {"response_format", "output_config/format", "text/format"},
    {"parallel_tool_calls", "tool_choice/disable_parallel_tool_use", "parallel_tool_calls"},
};

bool IsForced(v1::ToolChoiceMode mode) {
  return mode == v1::TOOL_CHOICE_MODE_REQUIRED || mode == v1::TOOL_CHOICE_MODE_NAMED;
}

}  // namespace

Allowed::Allowed(const v1::ModelRequest& request, const PathTarget& target, FidelityNotes* notes)
    : request_(request), can_(target.capabilities), model_(target.model), notes_(*notes) {}

std::string Allowed::Pointer(std::string_view openai_name) const {
  for (const FieldName& name : kNames) {
    if (name.openai != openai_name) continue;
    if (request_.dialect() == "anthropic_messages") return absl::StrCat("/", ToAbsl(name.anthropic));
    if (request_.dialect() == "openai_responses") return absl::StrCat("/", ToAbsl(name.responses));
  }
  return absl::StrCat("/", ToAbsl(openai_name));
}

absl::Status Allowed::Check() const {
  if (can_.has_tools() && !can_.tools() && !request_.tools().empty()) {
    return absl::UnimplementedError(absl::StrCat("/tools: ", model_, " takes no tools"));
  }
  for (int i = 0; i < request_.messages_size(); ++i) {
    if (!can_.has_images() || can_.images()) break;
    const auto& parts = request_.messages(i).parts();
    if (std::any_of(parts.begin(), parts.end(), [](const v1::Part& p) { return p.has_image(); })) {
      return absl::UnimplementedError(
          absl::StrCat("/messages/", i, ": ", model_, " reads no images"));
    }
  }
  const int last = request_.messages_size() - 1;
  if (can_.has_prefill() && !can_.prefill() && last >= 0 &&
      request_.messages(last).role() == v1::MESSAGE_ROLE_ASSISTANT) {
    return absl::UnimplementedError(absl::StrCat(
        "/messages/", last, ": ", model_, " does not continue an answer that was begun (prefill)"));
  }
  return absl::OkStatus();
}

std::optional<int64_t> Allowed::MaxOutputTokens(std::optional<int64_t> fallback) {
  std::optional<int64_t> limit = fallback;
  if (request_.has_max_output_tokens()) limit = request_.max_output_tokens();
  if (!limit || !can_.has_max_output_tokens() || *limit <= can_.max_output_tokens()) return limit;
  Note(v1::LOSS_KIND_CLAMPED, Pointer("max_tokens"),
       absl::StrCat(model_, " gives at most ", can_.max_output_tokens(), " tokens"));
  return can_.max_output_tokens();
}

bool Allowed::Sampling(std::string_view pointer) {
  if (!can_.has_sampling_params() || can_.sampling_params()) return true;
  Note(v1::LOSS_KIND_DROPPED, pointer, absl::StrCat(model_, " refuses sampling parameters"));
  return false;
}

std::optional<double> Allowed::Temperature() {
  if (!request_.has_temperature() || !Sampling("/temperature")) return std::nullopt;
  const double wish = request_.temperature();
  if (!can_.has_max_temperature() || wish <= can_.max_temperature()) return wish;
  Note(v1::LOSS_KIND_CLAMPED, "/temperature",
       absl::StrCat(model_, " takes at most ", can_.max_temperature()));
  return can_.max_temperature();
}

std::optional<double> Allowed::TopP() {
  if (!request_.has_top_p() || !Sampling("/top_p")) return std::nullopt;
  return request_.top_p();
}

std::vector<std::string_view> Allowed::Stops(int usual_limit) {
  const int limit = can_.has_stop_limit() ? can_.stop_limit() : usual_limit;
  std::vector<std::string_view> stops(request_.stop().begin(), request_.stop().end());
  if (static_cast<int>(stops.size()) <= limit) return stops;
  stops.resize(limit);
  if (limit == 0) {
    Note(v1::LOSS_KIND_DROPPED, Pointer("stop"), absl::StrCat(model_, " takes no stop strings"));
  } else {
    Note(v1::LOSS_KIND_CLAMPED, Pointer("stop"),
         absl::StrCat(model_, " takes up to ", limit, " stop strings"));
  }
  return stops;
}

v1::ToolChoiceMode Allowed::ToolChoice(bool thinking) {
  const v1::ToolChoiceMode mode = request_.tool_choice().mode();
  if (!IsForced(mode)) return mode;
  const bool refused = can_.has_forced_tool_use() && !can_.forced_tool_use();
  if (!refused && !thinking) return mode;
  Note(v1::LOSS_KIND_DOWNGRADED, "/tool_choice",
       refused ? absl::StrCat(model_, " refuses forced tool use; auto was sent")
               : "forced tool use is refused while thinking is enabled; auto was sent");
  return v1::TOOL_CHOICE_MODE_AUTO;
}

std::optional<bool> Allowed::ParallelToolCalls() {
  if (!request_.has_parallel_tool_calls()) return std::nullopt;
  if (!can_.has_parallel_switch() || can_.parallel_switch()) return request_.parallel_tool_calls();
  if (!request_.parallel_tool_calls()) {
    Note(v1::LOSS_KIND_DROPPED, Pointer("parallel_tool_calls"),
         absl::StrCat(model_, " has no switch for parallel tool calls"));
  }
  return std::nullopt;
}

v1::OutputKind Allowed::OutputKind() {
  const v1::OutputKind kind = request_.output_format().kind();
  const bool any_json = !can_.has_json_object_output() || can_.json_object_output();
  if (kind == v1::OUTPUT_KIND_JSON_OBJECT && !any_json) {
    Note(v1::LOSS_KIND_DROPPED, Pointer("response_format"),
         absl::StrCat(model_, " has no JSON mode without a schema"));
    return v1::OUTPUT_KIND_UNSPECIFIED;
  }
  if (kind != v1::OUTPUT_KIND_JSON_SCHEMA || !can_.has_native_structured_output() ||
      can_.native_structured_output()) {
    return kind;
  }
  // Known to hold any JSON, not merely unknown: a guess would be refused.
  if (can_.json_object_output()) {
    Note(v1::LOSS_KIND_DOWNGRADED, Pointer("response_format"),
         absl::StrCat(model_, " has no structured output; any JSON object was asked for"));
    return v1::OUTPUT_KIND_JSON_OBJECT;
  }
  Note(v1::LOSS_KIND_DROPPED, Pointer("response_format"),
       absl::StrCat(model_, " has no structured output"));
  return v1::OUTPUT_KIND_UNSPECIFIED;
}

bool Allowed::StrictTool(int index) {
  if (!can_.has_strict_tools() || can_.strict_tools()) return true;
  if (request_.tools(index).strict()) {
    Note(v1::LOSS_KIND_DOWNGRADED, absl::StrCat("/tools/", index),
         absl::StrCat(model_, " does not constrain arguments to the tool's schema (strict)"));
  }
  return false;
}

bool Allowed::SystemInList() const { return !can_.has_system_in_list() || can_.system_in_list(); }

bool Allowed::Refuses(std::string_view field) const {
  const auto& refused = can_.refused_fields();
  return std::any_of(refused.begin(), refused.end(),
                     [&](const std::string& name) { return name == field; });
}

}  // namespace warmpath
