#include "admin/record_reader.h"

#include <utility>

#include "base/status_macros.h"

namespace warmpath {
namespace {

template <typename Request>
ListQuery QueryOf(const Request& request) {
  return {.workflow = request.workflow(),
          .limit = request.page_size(),
          .page_token = request.page_token()};
}

}  // namespace

absl::StatusOr<v1::ListReviewsResponse> ReadReviews(const AdminContext& context,
                                                    const v1::ListReviewsRequest& request) {
  ASSIGN_OR_RETURN(Page<v1::Review> page, context.store.ListReviews(QueryOf(request)));
  v1::ListReviewsResponse response;
  for (v1::Review& review : page.items) *response.add_reviews() = std::move(review);
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::ListAuditEntriesResponse> ReadAuditEntries(
    const AdminContext& context, const v1::ListAuditEntriesRequest& request) {
  ASSIGN_OR_RETURN(Page<v1::AuditEntry> page, context.store.ListAudit(QueryOf(request)));
  v1::ListAuditEntriesResponse response;
  for (v1::AuditEntry& entry : page.items) *response.add_entries() = std::move(entry);
  response.set_next_page_token(page.next_page_token);
  return response;
}

}  // namespace warmpath
