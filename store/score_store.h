// All evidence and every decision, in RocksDB.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "store/card_table.h"
#include "store/queries.h"
#include "store/store_options.h"
#include "warmpath/v1/drill.pb.h"
#include "warmpath/v1/failover.pb.h"
#include "warmpath/v1/record.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// A ScoreStore keeps scorecards, tallies, judge checkpoints, flips, drills, reviews, audit entries and
// redacted bodies of divergent cases, each for its retention.
//
//   ASSIGN_OR_RETURN(auto store, ScoreStore::Open(options, clock));
//   ASSIGN_OR_RETURN(std::string id, store->Append(card));
//
// Thread safety: all methods may be called concurrently.
// Ownership: borrows `clock` and `options.env`.
// Threads: none of its own. RocksDB flushes and compacts on one low-priority thread each.
// Time: tallies are bucketed by the card's dispatch_time; ids carry the clock's time of Append.
// Blocking: every write may wait for disk; PutFlip, PutActiveState, PutDrill and PutAudit wait until
//   it is synced. What others are written meanwhile goes with the next batch.
// Durability: what was acknowledged survives the end of this process however it ends; what was synced
//   also survives the end of the machine.
// Errors: FAILED_PRECONDITION if another process holds the store or its format is newer, both with
//   the remedy; RESOURCE_EXHAUSTED on a full disk; DATA_LOSS on a corrupt record; INVALID_ARGUMENT for
//   a record without its names, one that is too large, or a foreign page token; INTERNAL otherwise.
//   A write error leaves reading intact; later writes try, every five seconds at most, to make the
//   store writable again.
// Retention: compaction removes what is too old some time after; a body isn't given out any more at once.
// Invariants: (1) a tally equals the count of its cards, as both are written in one batch;
//   (2) ids of cards grow in the order in which Append acknowledges them, over restarts too, and who
//   has read up to one id misses none by reading on after it.
class ScoreStore final {
 public:
  static absl::StatusOr<std::unique_ptr<ScoreStore>> Open(const ScoreStoreOptions& options,
                                                          const Clock& clock);
  ~ScoreStore();
  ScoreStore(const ScoreStore&) = delete;
  ScoreStore& operator=(const ScoreStore&) = delete;

  // Adds a card and its tallies in one batch; gives the card its id and create_time and returns the id.
  // A card without a dispatch_time gets its create_time for it.
  absl::StatusOr<std::string> Append(v1::Scorecard card);
  // Adds a card together with its redacted bodies.
  absl::StatusOr<std::string> Append(v1::Scorecard card, v1::DivergentBody body);
  // Adds many at once, all or none; their ids in the same order.
  absl::StatusOr<std::vector<std::string>> AppendBatch(std::vector<NewCard> cards);
  // Visits cards with an id greater than `after_id` in id order until `visit` returns false. Sees the
  // store as it is at the call; `visit` may call the store.
  absl::Status VisitCardsAfter(const std::string& after_id,
                               const std::function<bool(const v1::Scorecard&)>& visit);
  // NOT_FOUND if there is none.
  absl::StatusOr<v1::Scorecard> GetCard(const std::string& id);
  // In the order of their ids; empty if there is none.
  absl::StatusOr<std::vector<v1::Scorecard>> CardsOfExchange(const std::string& request_id);
  absl::StatusOr<std::optional<v1::DivergentBody>> GetBody(const std::string& card_id);
  absl::StatusOr<Page<v1::Scorecard>> ListCards(const CardQuery& query);
  // Tallies of one workflow whose bucket starts in [start, end), in time order; all paths if `path` is
  // empty.
  absl::StatusOr<std::vector<v1::TallyEntry>> ReadTallies(const std::string& workflow,
                                                          const std::string& path,
                                                          absl::Time start, absl::Time end);

  // Replaces the checkpoints of these workflows and paths, all or none.
  absl::Status PutCheckpoints(const std::vector<v1::JudgeCheckpoint>& checkpoints);
  absl::StatusOr<std::vector<v1::JudgeCheckpoint>> ListCheckpoints();

  // Writes a flip and, if it was enforced, the state it leads to; synced, in one batch.
  // REQUIRES: the flip's id is from NewId(), alone or after a prefix that all flips share.
  absl::Status PutFlip(const v1::Flip& flip, const std::optional<v1::ActiveState>& state);
  absl::Status PutActiveState(const v1::ActiveState& state);
  absl::StatusOr<std::vector<v1::ActiveState>> ListActiveStates();
  absl::StatusOr<Page<v1::Flip>> ListFlips(const ListQuery& query);

  // Writes a drill under its id, replacing it; synced. REQUIRES of the id as in PutFlip.
  absl::Status PutDrill(const v1::Drill& drill);
  // NOT_FOUND if there is none.
  absl::StatusOr<v1::Drill> GetDrill(const std::string& id);
  absl::StatusOr<Page<v1::Drill>> ListDrills(const ListQuery& query);

  // Gives the review its id, and its create_time if it has none.
  absl::Status PutReview(v1::Review review);
  absl::StatusOr<Page<v1::Review>> ListReviews(const ListQuery& query);
  // Gives the entry its id and time; synced.
  absl::Status PutAudit(v1::AuditEntry entry);
  absl::StatusOr<Page<v1::AuditEntry>> ListAudit(const ListQuery& query);

  // A new time-ordered id, greater than every one given or stored before.
  std::string NewId();
  StoreHealth Health();
  // Removes at once what is past its retention, by compacting everything. Blocks for as long as that
  // takes; reading and writing go on meanwhile.
  absl::Status Compact();

 private:
  struct Parts;
  explicit ScoreStore(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace warmpath
