#include "cli/command_line.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/duration.h"
#include "base/suggest.h"

namespace warmpath {
namespace {

absl::Status Bad(const CommandSpec& spec, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(what, "; see warmpath ", spec.name, " --help"));
}

const OptionSpec* FindOption(const CommandSpec& spec, const std::string& name) {
  for (const OptionSpec& option : spec.options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

absl::Status UnknownOption(const CommandSpec& spec, const std::string& name) {
  std::vector<std::string> names;
  for (const OptionSpec& option : spec.options) names.push_back(option.name);
  const std::string closest = ClosestMatch(name, names);
  return Bad(
      spec, absl::StrCat("unknown option '--", name, "'",
                         closest.empty() ? "" : absl::StrCat("; did you mean '--", closest, "'?")));
}

std::string UsageLine(const CommandSpec& spec) {
  return absl::StrCat("warmpath ", spec.name, spec.arguments.empty() ? "" : " ", spec.arguments);
}

absl::Status CheckArguments(const CommandSpec& spec, const std::vector<std::string>& arguments) {
  if (arguments.size() < spec.min_arguments) {
    return Bad(spec, absl::StrCat("an argument is missing: ", UsageLine(spec)));
  }
  if (arguments.size() > spec.max_arguments) {
    return Bad(spec, absl::StrCat("unexpected argument '", arguments[spec.max_arguments],
                                  "': ", UsageLine(spec)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CommandLine> CommandLine::Parse(const CommandSpec& spec,
                                               const std::vector<std::string>& words) {
  CommandLine line;
  bool only_arguments = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--" && !only_arguments) {
      only_arguments = true;
      continue;
    }
    if (only_arguments || !absl::StartsWith(word, "-") || word == "-") {
      line.arguments_.push_back(word);
      continue;
    }
    const size_t equals = word.find('=');
    const std::string name = absl::StrReplaceAll(
        absl::StripPrefix(absl::StripPrefix(word.substr(0, equals), "-"), "-"), {{"_", "-"}});
    const OptionSpec* option = FindOption(spec, name);
    if (option == nullptr) return UnknownOption(spec, name);
    if (option->value_name.empty()) {
      if (equals != std::string::npos)
        return Bad(spec, absl::StrCat("--", name, " takes no value"));
      line.options_[name] = "";
    } else if (equals != std::string::npos) {
      line.options_[name] = word.substr(equals + 1);
    } else if (i + 1 < words.size()) {
      line.options_[name] = words[++i];
    } else {
      return Bad(spec,
                 absl::StrCat("--", name, " needs a value: --", name, " ", option->value_name));
    }
  }
  if (absl::Status status = CheckArguments(spec, line.arguments_); !status.ok()) return status;
  return line;
}

std::string CommandLine::Get(const std::string& option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? "" : found->second;
}

absl::StatusOr<absl::Duration> CommandLine::GetDuration(const std::string& option,
                                                        absl::Duration value) const {
  if (!Has(option)) return value;
  absl::StatusOr<absl::Duration> duration = ParseHumanDuration(Get(option));
  if (duration.ok()) return duration;
  return absl::InvalidArgumentError(absl::StrCat("--", option, ": ", duration.status().message()));
}

absl::StatusOr<int> CommandLine::GetCount(const std::string& option, int value) const {
  if (!Has(option)) return value;
  int count = 0;
  if (absl::SimpleAtoi(Get(option), &count) && count > 0) return count;
  return absl::InvalidArgumentError(
      absl::StrCat("--", option, " must be a whole number above 0, not '", Get(option), "'"));
}

absl::StatusOr<double> CommandLine::GetShare(const std::string& option, double value) const {
  if (!Has(option)) return value;
  const std::string text = Get(option);
  const bool percent = absl::EndsWith(text, "%");
  double share = 0;
  if (absl::SimpleAtod(absl::StripSuffix(text, "%"), &share)) {
    if (percent) share /= 100;
    if (share > 0 && share <= 1) return share;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--", option,
                   " must be a share above 0 and at most 1, such as 0.05 or 5%, not '", text, "'"));
}

absl::StatusOr<double> CommandLine::GetShareOrZero(const std::string& option,
                                                   double value) const {
  const std::string text = Get(option);
  double share = -1;
  const bool is_number = absl::SimpleAtod(absl::StripSuffix(text, "%"), &share);
  return Has(option) && is_number && share == 0 ? 0.0 : GetShare(option, value);
}

std::string HelpText(const CommandSpec& spec) {
  std::string text = absl::StrCat(spec.summary, "\n\nUsage: ", UsageLine(spec),
                                  spec.options.empty() ? "" : " [options]", "\n");
  if (!spec.examples.empty()) absl::StrAppend(&text, "\nExamples:\n");
  size_t start = 0;
  while (start < spec.examples.size()) {
    const size_t end = std::min(spec.examples.find('\n', start), spec.examples.size());
    absl::StrAppend(&text, "  ", spec.examples.substr(start, end - start), "\n");
    start = end + 1;
  }
  if (!spec.options.empty()) absl::StrAppend(&text, "\nOptions:\n");
  size_t width = 0;
  for (const OptionSpec& option : spec.options) {
    width = std::max(width, option.name.size() + 1 + option.value_name.size());
  }
  for (const OptionSpec& option : spec.options) {
    const std::string head =
        absl::StrCat(option.name, option.value_name.empty() ? "" : " ", option.value_name);
    absl::StrAppend(&text, "  --", head, std::string(width - head.size() + 2, ' '), option.help,
                    "\n");
  }
  if (!spec.notes.empty()) absl::StrAppend(&text, "\n", spec.notes, "\n");
  return text;
}

}  // namespace warmpath
