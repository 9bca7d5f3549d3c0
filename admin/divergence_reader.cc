#include "admin/divergence_reader.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "admin/divergence_clusters.h"
#include "admin/status_reader.h"
#include "base/proto_time.h"
#include "base/status_macros.h"

namespace warmpath {
namespace {

CardQuery QueryOf(const v1::ListDivergencesRequest& request, absl::Time now) {
  CardQuery query;
  query.workflow = request.workflow();
  if (!request.path().empty()) query.path = request.path();
  if (request.dimension() != v1::DIMENSION_UNSPECIFIED) query.dimension = request.dimension();
  query.only_divergent = true;
  query.start = request.has_start_time() ? FromProto(request.start_time()) : now - absl::Hours(24);
  query.limit = request.page_size();
  query.page_token = request.page_token();
  return query;
}

absl::Status AddClusters(ScoreStore& store, CardQuery query,
                         v1::ListDivergencesResponse& response) {
  DivergenceClusters clusters;
  query.limit = kMaxPageSize;
  query.page_token.clear();
  do {
    ASSIGN_OR_RETURN(const Page<v1::Scorecard> page, store.ListCards(query));
    for (const v1::Scorecard& card : page.items) clusters.Add(card);
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty() && clusters.cards() < kMaxClusteredCards);
  for (v1::DivergenceCluster& cluster : clusters.Biggest(kMaxClusters)) {
    *response.add_clusters() = std::move(cluster);
  }
  response.set_clustered_cards(clusters.cards());
  response.set_clusters_truncated(!query.page_token.empty());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ListDivergencesResponse> ReadDivergences(
    const AdminContext& context, const v1::ListDivergencesRequest& request) {
  RETURN_IF_ERROR(CheckWorkflow(context, request.workflow()));
  CardQuery query = QueryOf(request, context.clock.Now());
  // The start may move with the clock, and a page token is bound to its query: so pages are read
  // without a start, and end where the range does.
  const absl::Time start = std::exchange(query.start, absl::InfinitePast());
  v1::ListDivergencesResponse response;
  ASSIGN_OR_RETURN(Page<v1::Scorecard> page, context.store.ListCards(query));
  response.set_next_page_token(page.next_page_token);
  for (v1::Scorecard& card : page.items) {
    if (FromProto(card.create_time()) < start) {
      response.clear_next_page_token();
      break;
    }
    *response.add_cards() = std::move(card);
  }
  if (request.page_token().empty()) {
    query.start = start;
    RETURN_IF_ERROR(AddClusters(context.store, query, response));
  }
  return response;
}

absl::StatusOr<v1::GetScorecardResponse> ReadScorecard(const AdminContext& context,
                                                       const v1::GetScorecardRequest& request) {
  if (request.id().empty()) return absl::InvalidArgumentError("the id is missing");
  v1::GetScorecardResponse response;
  absl::StatusOr<v1::Scorecard> card = context.store.GetCard(request.id());
  if (card.ok()) {
    *response.add_cards() = *std::move(card);
  } else if (absl::IsNotFound(card.status())) {
    ASSIGN_OR_RETURN(std::vector<v1::Scorecard> cards, context.store.CardsOfExchange(request.id()));
    for (v1::Scorecard& found : cards) *response.add_cards() = std::move(found);
  } else {
    return card.status();
  }
  if (response.cards().empty()) {
    return absl::NotFoundError(absl::StrCat("there is no scorecard or exchange '", request.id(),
                                            "'; it may be past its retention"));
  }
  for (const v1::Scorecard& found : response.cards()) {
    ASSIGN_OR_RETURN(std::optional<v1::DivergentBody> body, context.store.GetBody(found.id()));
    if (body) *response.add_bodies() = *std::move(body);
  }
  return response;
}

}  // namespace warmpath
