// Hints: somebody says that a path may have changed. Never evidence; they only speed up suspicion.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "failover/controller_core.h"

namespace warmpath {
namespace {

// Siblings that fall one after the other hint at a path once.
constexpr absl::Duration kSiblingInterval = absl::Minutes(30);

}  // namespace

absl::StatusOr<v1::HintResponse> FailoverController::Core::Hint(const v1::HintRequest& request,
                                                                const std::string& actor) {
  absl::MutexLock lock(&mutex_);
  if (request.reason().empty()) return absl::InvalidArgumentError("a reason is required");
  if (auto answer = answers_.Recall<v1::HintResponse>("hint", request.request_id())) return *answer;
  ASSIGN_OR_RETURN(WorkflowState* const workflow, Find(request.workflow()));
  PathState* const path = workflow->FindPath(request.path());
  if (path == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("workflow ", request.workflow(), " has no path ", request.path()));
  }
  const absl::Time now = clock_.Now();
  PathJudge hinted = path->judge;  // only taken over once it is audited
  if (!hinted.Hint(absl::ToUnixMicros(now))) {
    return absl::FailedPreconditionError(
        absl::StrCat(request.path(), " has no evidence yet that a hint could speak against"));
  }
  v1::HintResponse response;
  if (!request.validate_only()) {
    RETURN_IF_ERROR(Audit(actor, "hint", request.workflow(), request.reason(), request.path(),
                          request.request_id()));
    TakeHint(*path, now);
    if (const absl::Status status = WriteCheckpoints(Checkpoints::kDue); !status.ok()) {
      LogWarning("checkpoint failed", {{"error", status.ToString()}});
    }
    Refresh(*workflow, now, !store_writable_);
    Publish(now);
    *response.mutable_verdict() = workflow->VerdictOf(*path, now);
    answers_.Keep("hint", request.request_id(), response);
    return response;
  }
  *response.mutable_verdict() = hinted.VerdictAt(absl::ToUnixMicros(now), !store_writable_);
  response.mutable_verdict()->set_path(request.path());
  return response;
}

bool FailoverController::Core::TakeHint(PathState& path, absl::Time now) {
  if (!path.judge.Hint(absl::ToUnixMicros(now))) return false;
  path.hinted = now;
  path.dirty = path.due = true;  // cards alone would not tell of it after a restart
  return true;
}

void FailoverController::Core::HintSiblings(absl::Time now) {
  for (auto& [name, workflow] : workflows_) {
    for (PathState& suspect : workflow.paths()) {
      if (!std::exchange(suspect.newly_suspect, false)) continue;
      for (auto& [other, sibling] : workflows_) {
        if (&sibling == &workflow) continue;
        for (PathState& path : sibling.paths()) {
          if (path.config.provider() != suspect.config.provider() ||
              path.config.model() != suspect.config.model() ||
              now - path.hinted < kSiblingInterval || !TakeHint(path, now)) {
            continue;
          }
          Audit("automatic", "hint", other,
                absl::StrCat(suspect.config.name(), " of workflow ", name,
                             ", the same model, became suspect"),
                path.config.name(), "")
              .IgnoreError();
        }
      }
    }
  }
}

}  // namespace warmpath
