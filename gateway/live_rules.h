// What a workflow's configuration says about its live answers.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "gateway/path_limit.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// One workflow's rules.
struct WorkflowRules {
  struct Path {
    std::string provider;
    // The provider's config holds credentials, so a caller's are never sent to it.
    bool has_own_key = false;
    // Null: no limit.
    std::unique_ptr<PathLimit> limit;
  };

  // Whether an answer is looked at before the caller gets it.
  bool checks() const {
    return inline_mode != v1::INLINE_MODE_OFF || on_refusal != v1::REFUSAL_POLICY_FINAL;
  }
  // Whether streams are held back until they are complete and checked.
  bool holds_streams() const { return until_valid && checks(); }
  // Null for a path that is not configured.
  const Path* FindPath(std::string_view name) const;

  v1::InlineMode inline_mode = v1::INLINE_MODE_OFF;
  bool until_valid = false;
  size_t max_buffer_bytes = 1 << 20;
  v1::RefusalPolicy on_refusal = v1::REFUSAL_POLICY_FINAL;
  v1::Contract contract;
  // Of the ladder's PRIMARY.
  std::string primary_provider;
  std::map<std::string, Path, std::less<>> paths;
};

// The rules of all workflows: one object for each config, shared by the live threads, which so keep
// one count of requests under way.
//
// Thread safety: immutable but for the limits, which may be used concurrently.
class LiveRules {
 public:
  // INVALID_ARGUMENT, naming the workflow, for a contract that cannot be checked.
  static absl::StatusOr<std::shared_ptr<const LiveRules>> Create(const v1::Config& config);

  // Null if there is no such workflow.
  const WorkflowRules* Find(std::string_view workflow) const;

 private:
  LiveRules() = default;
  std::map<std::string, WorkflowRules, std::less<>> workflows_;
};

}  // namespace warmpath
