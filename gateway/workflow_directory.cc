#include "gateway/workflow_directory.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/proto_time.h"
#include "base/string_view.h"

namespace warmpath {

WorkflowDirectory::WorkflowDirectory(const v1::Config& config) {
  for (const auto& [name, workflow] : config.workflows()) {
    const WorkflowEntry entry{name, FromProto(workflow.deadline())};
    by_model_[name] = entry;
    for (const std::string& alias : workflow.aliases()) by_model_[alias] = entry;
    names_.push_back(name);
  }
  std::sort(names_.begin(), names_.end());
}

const WorkflowEntry* WorkflowDirectory::Find(std::string_view model) const {
  auto it = by_model_.find(ToAbsl(model));
  return it == by_model_.end() ? nullptr : &it->second;
}

std::string WorkflowDirectory::UnknownMessage(std::string_view model) const {
  constexpr size_t kShown = 100;
  return absl::StrCat("unknown workflow '", ToAbsl(model.substr(0, kShown)),
                      "': the model names a workflow; ask for one of: ",
                      absl::StrJoin(names_, ", "));
}

}  // namespace warmpath
