#include "admin/card_stream.h"

#include <algorithm>
#include <string>

#include "admin/status_reader.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "store/store_ids.h"

namespace warmpath {
namespace {

constexpr absl::Duration kDefaultRange = absl::Hours(24 * 30);

void AddCard(const v1::Scorecard& card, v1::StreamScorecardsResponse& batch) {
  v1::Scorecard& added = *batch.add_cards();
  added = card;
  auto& findings = *added.mutable_findings();
  findings.erase(std::remove_if(findings.begin(), findings.end(),
                                [](const v1::Finding& finding) {
                                  return finding.severity() != v1::SEVERITY_SEVERE;
                                }),
                 findings.end());
}

}  // namespace

absl::Status StreamCards(const AdminContext& context, const v1::StreamScorecardsRequest& request,
                         const std::function<bool(const v1::StreamScorecardsResponse&)>& send) {
  RETURN_IF_ERROR(CheckWorkflow(context, request.workflow()));
  const absl::Time end =
      request.has_end_time() ? FromProto(request.end_time()) : context.clock.Now();
  const absl::Time start =
      request.has_start_time() ? FromProto(request.start_time()) : end - kDefaultRange;
  if (start >= end) {
    return absl::InvalidArgumentError("the range is empty: start_time must be before end_time");
  }
  // Ids tell when a card was stored, and all that the order needs.
  std::string after = IdBefore(start);
  const std::string until = IdBefore(end);
  for (bool more = true; more;) {
    v1::StreamScorecardsResponse batch;
    size_t bytes = 0;
    int visits = 0;
    more = false;
    RETURN_IF_ERROR(context.store.VisitCardsAfter(after, [&](const v1::Scorecard& card) {
      if (card.id() > until) return false;
      after = card.id();
      if (card.workflow() == request.workflow() &&
          (request.path().empty() || card.candidate_path() == request.path())) {
        AddCard(card, batch);
        bytes += batch.cards(batch.cards_size() - 1).ByteSizeLong();
      }
      more = bytes >= kCardBatchBytes || ++visits >= kCardBatchVisits;
      return !more;
    }));
    if ((more || batch.cards_size() > 0) && !send(batch)) return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace warmpath
