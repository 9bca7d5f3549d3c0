// What a command takes, and reading what it was given.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace warmpath {

// One option. Written "--name VALUE" or "--name=VALUE"; a switch has no value.
struct OptionSpec {
  std::string name;        // "page-size"
  std::string value_name;  // "N"; empty: a switch
  std::string help;
};

// What `warmpath NAME` takes.
struct CommandSpec {
  std::string name;       // "status", "drill start"
  std::string arguments;  // "[WORKFLOW]", for the usage line
  size_t min_arguments = 0;
  size_t max_arguments = 0;
  std::string summary;   // one line
  std::string examples;  // lines, each beginning with "warmpath"
  std::vector<OptionSpec> options;
  // Lines at the end of the help page, such as what exit codes mean.
  std::string notes = "";
};

// What a command was given.
//
// Thread safety: immutable.
class CommandLine {
 public:
  // Reads the words after the command's name. "--" ends the options; '_' in an option's name reads
  // as
  // '-'. Errors: INVALID_ARGUMENT, with the closest option, for one that the command does not have,
  // a value that is missing or too much, and too few or too many arguments.
  static absl::StatusOr<CommandLine> Parse(const CommandSpec& spec,
                                           const std::vector<std::string>& words);

  bool Has(const std::string& option) const { return options_.count(option) > 0; }
  // "" if it was not given.
  std::string Get(const std::string& option) const;
  // INVALID_ARGUMENT, naming the option, if the value is none; the default if it was not given.
  absl::StatusOr<absl::Duration> GetDuration(const std::string& option, absl::Duration value) const;
  absl::StatusOr<int> GetCount(const std::string& option, int value) const;
  // A share above 0 and at most 1, also as a percentage: "0.05", "5%".
  absl::StatusOr<double> GetShare(const std::string& option, double value) const;
  // The same, and 0.
  absl::StatusOr<double> GetShareOrZero(const std::string& option, double value) const;

  const std::vector<std::string>& arguments() const { return arguments_; }
  // "" if there are fewer.
  std::string argument(size_t index) const {
    return index < arguments_.size() ? arguments_[index] : "";
  }

 private:
  std::map<std::string, std::string> options_;
  std::vector<std::string> arguments_;
};

// The page of `warmpath NAME --help`.
std::string HelpText(const CommandSpec& spec);

}  // namespace warmpath
