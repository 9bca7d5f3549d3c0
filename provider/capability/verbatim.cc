#include "provider/capability/verbatim.h"

#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/string_view.h"
#include "provider/wire/json_scan.h"
#include "provider/wire/tool_ids.h"

namespace warmpath {
namespace {

// Where dialects keep what the table speaks of.
struct FieldNames {
  std::string_view limits[2];
  std::string_view stop;
  std::string_view id_of_result;
  std::string_view messages;
  std::string_view images[2];
};

constexpr FieldNames kChat = {{"\"max_tokens\"", "\"max_completion_tokens\""}, "\"stop\"",
                              "\"tool_call_id\"", "\"messages\"", {"\"image_url\"", "\"image_url\""}};
constexpr FieldNames kAnthropic = {{"\"max_tokens\"", "\"max_tokens\""}, "\"stop_sequences\"",
                                   "\"tool_use_id\"", "\"messages\"", {"\"image\"", "\"image\""}};
constexpr FieldNames kResponses = {{"\"max_output_tokens\"", "\"max_output_tokens\""}, "\"stop\"",
                                   "\"call_id\"", "\"input\"", {"\"input_image\"", "\"image_url\""}};

bool IsOff(bool is_set, bool value) { return is_set && !value; }

std::string_view Unquoted(std::string_view quoted) { return quoted.substr(1, quoted.size() - 2); }

bool NumberAbove(std::string_view text, double limit) {
  double number = 0;
  return absl::SimpleAtod(ToAbsl(text), &number) && number > limit;
}

// Elements of an array, or 1 for anything else that is there.
int Count(std::string_view value) {
  if (value.empty() || value == "null") return 0;
  if (value[0] != '[') return 1;
  int count = 0;
  RawElements elements(value);
  for (std::string_view ignored; elements.Next(ignored);) ++count;
  return count;
}

class Search {
 public:
  Search(const v1::ModelCapabilities& can, Dialect dialect, std::string_view body)
      : can_(can),
        body_(body),
        anthropic_(dialect == Dialect::kAnthropicMessages),
        names_(anthropic_                             ? kAnthropic
               : dialect == Dialect::kOpenAiResponses ? kResponses
                                                      : kChat) {}

  std::string Run() {
    if (Sampling() || Limits() || Tools() || Format() || Thinking() || Messages() || Refused()) {
      return std::string(hit_);
    }
    return "";
  }

 private:
  bool Hit(std::string_view name) {
    hit_ = name;
    return true;
  }

  // Where `quoted` stands from `from` on; npos if nowhere.
  size_t Find(std::string_view quoted, size_t from = 0) const {
    if (from >= body_.size()) return std::string_view::npos;
    const void* found =
        memmem(body_.data() + from, body_.size() - from, quoted.data(), quoted.size());
    return found == nullptr ? std::string_view::npos
                            : static_cast<size_t>(static_cast<const char*>(found) - body_.data());
  }
  bool Has(std::string_view quoted) const { return Find(quoted) != std::string_view::npos; }

  // The value at the top level; "" where there is none or null.
  std::string_view Top(std::string_view quoted) const {
    if (!Has(quoted)) return {};
    const std::string_view value = RawMember(body_, quoted);
    return value == "null" ? std::string_view() : value;
  }

  bool Sampling() {
    const bool refused = IsOff(can_.has_sampling_params(), can_.sampling_params());
    if (!refused && !can_.has_max_temperature()) return false;
    const std::string_view temperature = Top("\"temperature\"");
    if (can_.has_max_temperature() && NumberAbove(temperature, can_.max_temperature())) {
      return Hit("temperature");
    }
    if (!refused) return false;
    // OpenAI's models that refuse sampling take the default.
    const auto counts = [&](std::string_view value) {
      return !value.empty() && (anthropic_ || value != "1");
    };
    if (counts(temperature)) return Hit("temperature");
    if (counts(Top("\"top_p\""))) return Hit("top_p");
    if (anthropic_ && counts(Top("\"top_k\""))) return Hit("top_k");
    return false;
  }

  bool Limits() {
    if (can_.has_max_completion_tokens() && !anthropic_) {
      const std::string_view wrong =
          can_.max_completion_tokens() ? "\"max_tokens\"" : "\"max_completion_tokens\"";
      if (!Top(wrong).empty()) return Hit(Unquoted(wrong));
    }
    if (can_.has_max_output_tokens()) {
      for (std::string_view name : names_.limits) {
        // Nearly every request has a limit: the text alone tells most of them.
        if (MayBeAbove(name) && NumberAbove(Top(name), can_.max_output_tokens())) {
          return Hit(Unquoted(name));
        }
      }
    }
    if (can_.has_stop_limit() && Count(Top(names_.stop)) > can_.stop_limit()) {
      return Hit(Unquoted(names_.stop));
    }
    return IsOff(can_.has_stream_usage(), can_.stream_usage()) && !Top("\"stream_options\"").empty() &&
           Hit("stream_options");
  }

  // Whether any member of this name has a value above the limit, at whatever depth.
  bool MayBeAbove(std::string_view quoted) const {
    for (size_t at = Find(quoted); at != std::string_view::npos; at = Find(quoted, at + 1)) {
      const std::string_view rest = After(at + quoted.size());
      const std::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789.eE+-"));
      if (NumberAbove(digits, can_.max_output_tokens())) return true;
    }
    return false;
  }

  // What follows a key's colon; "" if there is no colon.
  std::string_view After(size_t at) const {
    constexpr std::string_view kBlank = " \t\r\n";
    at = body_.find_first_not_of(kBlank, at);
    if (at == std::string_view::npos || body_[at] != ':') return {};
    at = body_.find_first_not_of(kBlank, at + 1);
    return at == std::string_view::npos ? std::string_view() : body_.substr(at);
  }

  bool Tools() {
    if (IsOff(can_.has_tools(), can_.tools()) && Count(Top("\"tools\"")) > 0) return Hit("tools");
    if (can_.has_forced_tool_use() && ForcesTool() &&
        (!can_.forced_tool_use() || (anthropic_ && ThinkingType() == "\"enabled\""))) {
      return Hit("tool_choice");
    }
    if (IsOff(can_.has_parallel_switch(), can_.parallel_switch())) {
      if (!Top("\"parallel_tool_calls\"").empty()) return Hit("parallel_tool_calls");
      if (anthropic_ && HasFilledMember(Top("\"tool_choice\""), "\"disable_parallel_tool_use\"")) {
        return Hit("tool_choice");
      }
    }
    return IsOff(can_.has_strict_tools(), can_.strict_tools()) && Has("\"strict\"") &&
           HasFilledMember(Top("\"tools\""), "\"strict\"") && Hit("strict");
  }

  bool ForcesTool() const {
    const std::string_view choice = Top("\"tool_choice\"");
    if (choice.empty()) return false;
    const std::string_view mode = choice[0] == '{' && anthropic_ ? RawMember(choice, "\"type\"") : choice;
    return mode != "\"auto\"" && mode != "\"none\"";
  }

  bool Format() {
    const bool no_schema =
        IsOff(can_.has_native_structured_output(), can_.native_structured_output());
    const bool no_json = IsOff(can_.has_json_object_output(), can_.json_object_output());
    if (!no_schema && (!no_json || anthropic_)) return false;
    const std::string_view name = anthropic_                ? "\"output_config\""
                                  : &names_ == &kResponses ? "\"text\""
                                                            : "\"response_format\"";
    const std::string_view format = Top(name);
    const bool asks_schema = format.find("\"json_schema\"") != std::string_view::npos;
    const bool asks_json = format.find("\"json_object\"") != std::string_view::npos;
    return ((no_schema && asks_schema) || (no_json && asks_json)) && Hit(Unquoted(name));
  }

  std::string_view ThinkingType() const { return RawMember(Top("\"thinking\""), "\"type\""); }

  bool Thinking() {
    if (!anthropic_ || (!can_.has_budget_thinking() && !can_.has_adaptive_thinking() &&
                        !can_.has_thinking_can_be_disabled())) {
      return false;
    }
    const std::string_view type = ThinkingType();
    const bool refused =
        (type == "\"enabled\"" && IsOff(can_.has_budget_thinking(), can_.budget_thinking())) ||
        (type == "\"adaptive\"" && IsOff(can_.has_adaptive_thinking(), can_.adaptive_thinking())) ||
        (type == "\"disabled\"" &&
         IsOff(can_.has_thinking_can_be_disabled(), can_.thinking_can_be_disabled()));
    return refused && Hit("thinking");
  }

  bool Messages() {
    if (IsOff(can_.has_images(), can_.images())) {
      for (std::string_view image : names_.images) {
        if (Has(image)) return Hit(Unquoted(image));
      }
    }
    return Roles() || Ids();
  }

  // Looks at the roles in their order, wherever they stand.
  bool Roles() {
    const bool no_prefill = IsOff(can_.has_prefill(), can_.prefill());
    const bool no_middle = IsOff(can_.has_system_in_list(), can_.system_in_list());
    const bool no_developer = IsOff(can_.has_developer_role(), can_.developer_role());
    if (no_prefill && !no_middle && !no_developer) return LastRole() == "assistant" && Hit("prefill");
    if (!no_prefill && !no_middle && !no_developer) return false;
    constexpr std::string_view kRole = "\"role\"";
    bool talked = anthropic_;
    std::string_view last;
    for (size_t at = Find(kRole); at != std::string_view::npos; at = Find(kRole, at + 1)) {
      const std::string_view role = RoleAt(at);
      if (role.empty()) continue;
      last = role;
      if (no_developer && role == "developer") return Hit("developer");
      const bool system = role == "system" || role == "developer";
      if (system && talked && no_middle) return Hit("system");
      talked |= !system;
    }
    return no_prefill && last == "assistant" && Hit("prefill");
  }

  std::string_view LastRole() const {
    constexpr std::string_view kRole = "\"role\"";
    for (size_t at = body_.rfind(kRole); at != std::string_view::npos;
         at = at == 0 ? std::string_view::npos : body_.rfind(kRole, at - 1)) {
      if (const std::string_view role = RoleAt(at); !role.empty()) return role;
    }
    return {};
  }

  // The role that the key at `at` gives; "" if it gives none, as inside a tool's schema.
  std::string_view RoleAt(size_t at) const {
    const std::string_view value = After(at + std::string_view("\"role\"").size());
    if (value.empty() || value[0] != '"') return {};
    const std::string_view role = value.substr(1, value.find('"', 1) - 1);
    for (std::string_view known : {"user", "assistant", "system", "developer", "tool", "function"}) {
      if (role == known) return role;
    }
    return {};
  }

  bool Ids() {
    if (!can_.has_tool_id_max_length() && !can_.has_tool_id_min_length() &&
        can_.tool_id_charset() == v1::TOOL_ID_CHARSET_UNSPECIFIED) {
      return false;
    }
    const ToolIdRule rule =
        ToolIdRuleOf(can_, {.prefix = "", .max_length = body_.size(), .plain = false});
    const std::string_view key = names_.id_of_result;
    for (size_t at = Find(key); at != std::string_view::npos; at = Find(key, at + 1)) {
      const std::string_view value = After(at + key.size());
      if (value.empty() || value[0] != '"') continue;
      const std::string_view id = value.substr(1, value.find('"', 1) - 1);
      // An escape is not read here, so it does not fit.
      if (id.find('\\') != std::string_view::npos || !FitsToolIdRule(id, rule)) {
        return Hit(Unquoted(key));
      }
    }
    return false;
  }

  bool Refused() {
    for (const std::string& field : can_.refused_fields()) {
      absl::string_view name = field;
      const bool in_messages = absl::ConsumePrefix(&name, "messages[].");
      const std::string quoted = absl::StrCat("\"", name, "\"");
      const bool there = in_messages ? Has(quoted) && AnyElementHas(Top(names_.messages), quoted)
                                     : !Top(quoted).empty();
      if (there) return Hit(field);
    }
    return false;
  }

  const v1::ModelCapabilities& can_;
  const std::string_view body_;
  const bool anthropic_;
  const FieldNames& names_;
  std::string_view hit_;
};

}  // namespace

std::string WhyNotVerbatim(const v1::ModelCapabilities& can, Dialect dialect,
                           std::string_view body) {
  if (dialect == Dialect::kCanonical) return "";
  return Search(can, dialect, body).Run();
}

}  // namespace warmpath
