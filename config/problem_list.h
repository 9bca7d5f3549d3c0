// The list that checks of the config add to, with the checks that many of them share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/config_problem.h"
#include "base/proto_time.h"
#include "base/secret.h"
#include "re2/re2.h"

namespace warmpath {

// Each method looks at the value that stands at `at`, and adds a problem with its line if it is wrong.
//
// Thread safety: thread-compatible. Ownership: borrows both.
class ProblemList {
 public:
  ProblemList(const SourceMap& sources, std::vector<ConfigProblem>& problems)
      : sources_(sources), problems_(problems) {}

  void Problem(const std::string& at, std::string message) {
    problems_.push_back(sources_.ProblemAt(at, std::move(message)));
  }

  void Positive(const std::string& at, const google::protobuf::Duration& duration) {
    if (FromProto(duration) <= absl::ZeroDuration()) Problem(at, "must be longer than 0s");
  }

  void Share(const std::string& at, double value, bool zero_allowed) {
    if (!(value <= 1) || !(value >= 0) || (value == 0 && !zero_allowed)) {
      Problem(at, absl::StrCat("is ", value, "; must be ", zero_allowed ? "from 0" : "above 0",
                               " to 1"));
    }
  }

  void Secret(const std::string& at, const std::string& reference) {
    if (reference.empty()) return;
    if (absl::Status status = CheckSecretReference(reference); !status.ok()) {
      Problem(at, std::string(status.message()));
    }
  }

  void Pattern(const std::string& at, const std::string& pattern) {
    const re2::RE2 regex(pattern, re2::RE2::Quiet);
    if (!regex.ok()) Problem(at, absl::StrCat("is not an RE2 pattern: ", regex.error()));
  }

 protected:
  const SourceMap& sources_;
  std::vector<ConfigProblem>& problems_;
};

}  // namespace warmpath
