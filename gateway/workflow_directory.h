// Which workflow a caller means.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// What a front door needs to know of a workflow.
struct WorkflowEntry {
  std::string name;
  // Longest time for a live request, over all paths that are tried.
  absl::Duration deadline;
};

// Finds workflows by the model name that a caller asks for: a workflow's own name or an alias.
//
// Thread safety: immutable.
class WorkflowDirectory {
 public:
  explicit WorkflowDirectory(const v1::Config& config);

  // Null if no workflow has this name.
  const WorkflowEntry* Find(std::string_view model) const;
  // Workflow names in alphabetical order, without aliases.
  const std::vector<std::string>& names() const { return names_; }
  // For errors: "unknown workflow 'x'; ask for one of: a, b".
  std::string UnknownMessage(std::string_view model) const;

 private:
  absl::flat_hash_map<std::string, WorkflowEntry> by_model_;
  std::vector<std::string> names_;
};

}  // namespace warmpath
