// Scorecards, their indexes, their tallies and the bodies of divergent ones.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "store/commit_queue.h"
#include "store/database.h"
#include "store/queries.h"
#include "store/store_ids.h"
#include "store/store_options.h"
#include "warmpath/v1/record.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// A card to be stored, with its redacted bodies if they are kept.
struct NewCard {
  v1::Scorecard card;
  std::optional<v1::DivergentBody> body;
};

// A CardTable is the part of a ScoreStore that holds cards; score_store.h tells what each method does.
//
// Thread safety: all methods may be called concurrently.
// Ownership: borrows everything it is made of.
class CardTable {
 public:
  CardTable(const ScoreStoreOptions& options, const Clock& clock, Database& database,
            CommitQueue& queue, StoreIds& ids)
      : options_(options), clock_(clock), database_(database), queue_(queue), ids_(ids) {}

  // Finds the newest card, so that ids go on after it.
  absl::Status Load();

  absl::StatusOr<std::vector<std::string>> Append(std::vector<NewCard> cards);
  absl::Status VisitAfter(const std::string& after_id,
                          const std::function<bool(const v1::Scorecard&)>& visit);
  absl::StatusOr<v1::Scorecard> Get(const std::string& id);
  absl::StatusOr<std::vector<v1::Scorecard>> OfRequest(const std::string& request_id);
  absl::StatusOr<std::optional<v1::DivergentBody>> GetBody(const std::string& card_id);
  absl::StatusOr<Page<v1::Scorecard>> List(const CardQuery& query);
  std::optional<absl::Time> newest_time() const;

 private:
  void AddToBatch(NewCard& card, CommitBatch& batch);
  void Notice(absl::Time create_time);
  static absl::StatusOr<std::optional<v1::Scorecard>> Find(const DatabaseView& view,
                                                           const std::string& id);

  const ScoreStoreOptions& options_;
  const Clock& clock_;
  Database& database_;
  CommitQueue& queue_;
  StoreIds& ids_;
  std::atomic<int64_t> newest_micros_{0};  // 0: no card
};

}  // namespace warmpath
