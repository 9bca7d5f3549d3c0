#include "admin/budget_reader.h"

#include <utility>

#include "admin/status_reader.h"
#include "base/status_macros.h"

namespace warmpath {

absl::StatusOr<v1::GetBudgetResponse> ReadBudget(const AdminContext& context,
                                                 const v1::GetBudgetRequest& request) {
  v1::GetBudgetResponse budget = context.failover.Budget();
  if (!request.workflow().empty()) {
    RETURN_IF_ERROR(CheckWorkflow(context, request.workflow()));
    google::protobuf::RepeatedPtrField<v1::PathBudget> paths;
    for (v1::PathBudget& path : *budget.mutable_paths()) {
      if (path.workflow() == request.workflow()) *paths.Add() = std::move(path);
    }
    *budget.mutable_paths() = std::move(paths);
  }
  const GlobalShadowBudget::Spent spent = context.mirror.Spent();
  budget.set_usd_last_hour(spent.usd_last_hour);
  budget.set_tokens_last_hour(spent.tokens_last_hour);
  return budget;
}

}  // namespace warmpath
