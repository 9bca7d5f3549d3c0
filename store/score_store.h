// All evidence and every decision, in RocksDB.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "warmpath/v1/drill.pb.h"
#include "warmpath/v1/failover.pb.h"
#include "warmpath/v1/record.pb.h"
#include "warmpath/v1/score.pb.h"

namespace rocksdb {
class Env;
}

namespace warmpath {

struct ScoreStoreOptions {
  std::string path;
  absl::Duration card_retention = absl::Hours(24 * 30);
  absl::Duration tally_retention = absl::Hours(24 * 400);
  absl::Duration body_retention = absl::Hours(24 * 7);
  // Width of a tally's time bucket.
  absl::Duration tally_bucket = absl::Seconds(10);
  // Null: the system's. Tests pass an in-memory or fault-injecting one.
  rocksdb::Env* env = nullptr;
};

// Which cards to list; times are create times, end exclusive.
struct CardQuery {
  std::string workflow;
  std::optional<std::string> path;
  std::optional<v1::Dimension> dimension;  // with only_divergent: failed on this one
  bool only_divergent = false;             // at least one dimension FAILs
  absl::Time start = absl::InfinitePast();
  absl::Time end = absl::InfiniteFuture();
  int limit = 50;
  std::string page_token;
};

template <typename T>
struct Page {
  std::vector<T> items;  // newest first
  std::string next_page_token;
};

// What a list of flips, drills, reviews or audit entries is cut to.
struct ListQuery {
  std::string workflow;  // empty: all
  int limit = 50;
  std::string page_token;
};

struct StoreHealth {
  bool writable = true;
  std::string error;
  int64_t size_bytes = 0;
  std::optional<absl::Time> newest_card_time;
};

// A ScoreStore keeps scorecards, tallies, judge checkpoints, flips, drills, reviews, audit entries and
// redacted bodies of divergent cases, each for its retention.
//
//   ASSIGN_OR_RETURN(auto store, ScoreStore::Open(options, clock));
//   ASSIGN_OR_RETURN(std::string id, store->Append(card));
//
// Thread safety: all methods may be called concurrently.
// Ownership: borrows `clock`.
// Time: tallies are bucketed by the card's dispatch_time; ids carry the clock's time of Append.
// Blocking: every write may wait for disk; PutFlip, PutDrill and PutAudit wait until it is synced.
// Errors: FAILED_PRECONDITION if another process holds the store or its format is newer, both with
//   the remedy; RESOURCE_EXHAUSTED on a full disk; DATA_LOSS on a corrupt record; INTERNAL otherwise.
//   A write error leaves reading intact, and writing is tried again by the next write.
// Invariants: (1) a tally equals the count of its cards, as both are written in one batch;
//   (2) ids of cards grow in the order in which Append acknowledges them.
class ScoreStore {
 public:
  static absl::StatusOr<std::unique_ptr<ScoreStore>> Open(const ScoreStoreOptions& options,
                                                          const Clock& clock);
  virtual ~ScoreStore() = default;

  // Adds a card and its tallies in one batch; gives the card its id and create_time and returns the id.
  virtual absl::StatusOr<std::string> Append(v1::Scorecard card) = 0;
  // Adds a card together with its redacted bodies.
  virtual absl::StatusOr<std::string> Append(v1::Scorecard card, v1::DivergentBody body) = 0;
  // Visits cards with an id greater than `after_id` in id order until `visit` returns false.
  virtual absl::Status VisitCardsAfter(const std::string& after_id,
                                       const std::function<bool(const v1::Scorecard&)>& visit) = 0;
  // NOT_FOUND if there is none.
  virtual absl::StatusOr<v1::Scorecard> GetCard(const std::string& id) = 0;
  virtual absl::StatusOr<std::vector<v1::Scorecard>> CardsOfExchange(const std::string& request_id) = 0;
  virtual absl::StatusOr<std::optional<v1::DivergentBody>> GetBody(const std::string& card_id) = 0;
  virtual absl::StatusOr<Page<v1::Scorecard>> ListCards(const CardQuery& query) = 0;
  // Tallies of one workflow in time order; all paths if `path` is empty.
  virtual absl::StatusOr<std::vector<v1::TallyEntry>> ReadTallies(const std::string& workflow,
                                                                  const std::string& path,
                                                                  absl::Time start, absl::Time end) = 0;

  virtual absl::Status PutCheckpoints(const std::vector<v1::JudgeCheckpoint>& checkpoints) = 0;
  virtual absl::StatusOr<std::vector<v1::JudgeCheckpoint>> ListCheckpoints() = 0;

  // Writes a flip and, if it was enforced, the state it leads to; synced, in one batch.
  virtual absl::Status PutFlip(const v1::Flip& flip, const std::optional<v1::ActiveState>& state) = 0;
  virtual absl::Status PutActiveState(const v1::ActiveState& state) = 0;
  virtual absl::StatusOr<std::vector<v1::ActiveState>> ListActiveStates() = 0;
  virtual absl::StatusOr<Page<v1::Flip>> ListFlips(const ListQuery& query) = 0;

  // Writes a drill under its id, replacing it; synced.
  virtual absl::Status PutDrill(const v1::Drill& drill) = 0;
  virtual absl::StatusOr<v1::Drill> GetDrill(const std::string& id) = 0;
  virtual absl::StatusOr<Page<v1::Drill>> ListDrills(const ListQuery& query) = 0;

  // Gives the review its id.
  virtual absl::Status PutReview(v1::Review review) = 0;
  virtual absl::StatusOr<Page<v1::Review>> ListReviews(const ListQuery& query) = 0;
  // Gives the entry its id and time; synced.
  virtual absl::Status PutAudit(v1::AuditEntry entry) = 0;
  virtual absl::StatusOr<Page<v1::AuditEntry>> ListAudit(const ListQuery& query) = 0;

  // A new time-ordered id, greater than every one given before.
  virtual std::string NewId() = 0;
  virtual StoreHealth Health() = 0;
};

}  // namespace warmpath
