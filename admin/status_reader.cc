#include "admin/status_reader.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "admin/attention.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "base/version.h"

namespace warmpath {
namespace {

absl::StatusOr<v1::WorkflowStatus> ReadWorkflow(const AdminContext& context,
                                                const std::string& workflow) {
  ASSIGN_OR_RETURN(v1::WorkflowStatus status, context.failover.Status(workflow));
  for (v1::PathStatus& path : *status.mutable_paths()) {
    *path.mutable_mirror() = context.mirror.Counts(workflow, path.path());
  }
  status.set_live_requests(context.mirror.Live(workflow));
  status.set_live_failures(context.mirror.Unanswered(workflow));
  for (v1::Coverage& coverage : context.mirror.Coverage(workflow)) {
    *status.add_coverage() = std::move(coverage);
  }
  return status;
}

v1::StoreStatus ReadStore(const AdminContext& context) {
  const StoreHealth health = context.store.Health();
  v1::StoreStatus status;
  status.set_writable(health.writable);
  status.set_error(health.error);
  status.set_size_bytes(health.size_bytes);
  if (health.newest_card_time)
    *status.mutable_newest_card_time() = ToProto(*health.newest_card_time);
  return status;
}

}  // namespace

absl::Status CheckWorkflow(const AdminContext& context, const std::string& workflow) {
  const std::vector<std::string> names = context.failover.Workflows();
  if (std::find(names.begin(), names.end(), workflow) != names.end()) return absl::OkStatus();
  if (workflow.empty()) return absl::InvalidArgumentError("the workflow is missing");
  const std::string closest = ClosestMatch(workflow, names);
  return absl::NotFoundError(
      absl::StrCat("there is no workflow '", workflow, "'; ",
                   closest.empty() ? absl::StrCat("there are: ", absl::StrJoin(names, ", "))
                                   : absl::StrCat("did you mean '", closest, "'?")));
}

absl::StatusOr<v1::GetStatusResponse> ReadStatus(const AdminContext& context,
                                                 const v1::GetStatusRequest& request) {
  v1::GetStatusResponse response;
  std::vector<std::string> workflows = context.failover.Workflows();
  if (!request.workflow().empty()) {
    RETURN_IF_ERROR(CheckWorkflow(context, request.workflow()));
    workflows = {request.workflow()};
  }
  for (const std::string& workflow : workflows) {
    absl::StatusOr<v1::WorkflowStatus> status = ReadWorkflow(context, workflow);
    // A reload may have taken it away since the names were read.
    if (absl::IsNotFound(status.status()) && request.workflow().empty()) continue;
    if (!status.ok()) return status.status();
    *response.add_workflows() = *std::move(status);
  }
  SortByAttention(response);
  *response.mutable_read_time() = ToProto(context.clock.Now());
  *response.mutable_start_time() = ToProto(context.start_time);
  *response.mutable_store() = ReadStore(context);
  response.set_version(kVersion);
  const ConfigState config = context.config_state();
  if (config.load_time > absl::UnixEpoch())
    *response.mutable_config_time() = ToProto(config.load_time);
  response.set_config_error(config.error);
  if (context.replicas) {
    for (v1::ReplicaStatus& replica : context.replicas()) *response.add_replicas() = std::move(replica);
  }
  return response;
}

}  // namespace warmpath
