#include "store/score_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "store/commit_queue.h"
#include "store/database.h"
#include "store/keys.h"
#include "store/newest_first.h"
#include "store/record_table.h"
#include "store/store_ids.h"
#include "store/tally_reader.h"

namespace warmpath {
namespace {

constexpr ColumnFamily kRecordFamilies[] = {ColumnFamily::kFlips, ColumnFamily::kDrills,
                                            ColumnFamily::kReviews, ColumnFamily::kAudit};

absl::Status CheckOptions(const ScoreStoreOptions& options) {
  if (options.tally_bucket < absl::Milliseconds(1)) {
    return absl::InvalidArgumentError("tally_bucket must be at least 1ms");
  }
  for (absl::Duration retention :
       {options.card_retention, options.tally_retention, options.body_retention}) {
    if (retention <= absl::ZeroDuration()) {
      return absl::InvalidArgumentError("a retention of the store must be longer than 0s");
    }
  }
  return absl::OkStatus();
}

uint64_t SeedOf(const Database& database, absl::Time now) {
  return StableHash64(database.replica(), static_cast<uint64_t>(absl::ToUnixNanos(now)));
}

absl::Status MissingName(const char* record) {
  return absl::InvalidArgumentError(absl::StrCat(record, " must have an id and a workflow"));
}

}  // namespace

struct ScoreStore::Parts {
  Parts(const ScoreStoreOptions& store_options, const Clock& store_clock,
        std::unique_ptr<Database> opened)
      : options(store_options),
        clock(store_clock),
        database(std::move(opened)),
        ids(SeedOf(*database, clock.Now())),
        queue(*database),
        cards(options, clock, *database, queue, ids) {}

  // Finds the newest stored ids.
  absl::Status Load() {
    RETURN_IF_ERROR(cards.Load());
    const DatabaseView view = database->View();
    for (ColumnFamily family : kRecordFamilies) {
      ASSIGN_OR_RETURN(const std::vector<std::string> series, ListSeries(view, family, "", 1));
      const NewestFirst newest(view, family, series, {}, std::nullopt);
      RETURN_IF_ERROR(newest.status());
      if (newest.Valid()) ids.StartAfter(newest.rest());
    }
    return absl::OkStatus();
  }

  absl::Status Put(ColumnFamily family, const std::string& key,
                   const google::protobuf::MessageLite& record, bool sync) {
    return queue.Commit(
        [&](CommitBatch& batch) { batch.Put(family, key, record.SerializeAsString()); }, sync);
  }

  const ScoreStoreOptions options;
  const Clock& clock;
  const std::unique_ptr<Database> database;
  StoreIds ids;
  CommitQueue queue;
  CardTable cards;
};

ScoreStore::ScoreStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ScoreStore::~ScoreStore() = default;

absl::StatusOr<std::unique_ptr<ScoreStore>> ScoreStore::Open(const ScoreStoreOptions& options,
                                                             const Clock& clock) {
  RETURN_IF_ERROR(CheckOptions(options));
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(options, clock));
  auto parts = std::make_unique<Parts>(options, clock, std::move(database));
  RETURN_IF_ERROR(parts->Load());
  return std::unique_ptr<ScoreStore>(new ScoreStore(std::move(parts)));
}

absl::StatusOr<std::string> ScoreStore::Append(v1::Scorecard card) {
  std::vector<NewCard> cards(1);
  cards[0].card = std::move(card);
  ASSIGN_OR_RETURN(std::vector<std::string> ids, parts_->cards.Append(std::move(cards)));
  return std::move(ids[0]);
}

absl::StatusOr<std::string> ScoreStore::Append(v1::Scorecard card, v1::DivergentBody body) {
  std::vector<NewCard> cards(1);
  cards[0] = {std::move(card), std::move(body)};
  ASSIGN_OR_RETURN(std::vector<std::string> ids, parts_->cards.Append(std::move(cards)));
  return std::move(ids[0]);
}

absl::StatusOr<std::vector<std::string>> ScoreStore::AppendBatch(std::vector<NewCard> cards) {
  return parts_->cards.Append(std::move(cards));
}

absl::Status ScoreStore::VisitCardsAfter(const std::string& after_id,
                                         const std::function<bool(const v1::Scorecard&)>& visit) {
  return parts_->cards.VisitAfter(after_id, visit);
}

absl::StatusOr<v1::Scorecard> ScoreStore::GetCard(const std::string& id) {
  return parts_->cards.Get(id);
}

absl::StatusOr<std::vector<v1::Scorecard>> ScoreStore::CardsOfExchange(
    const std::string& request_id) {
  return parts_->cards.OfRequest(request_id);
}

absl::StatusOr<std::optional<v1::DivergentBody>> ScoreStore::GetBody(const std::string& card_id) {
  return parts_->cards.GetBody(card_id);
}

absl::StatusOr<Page<v1::Scorecard>> ScoreStore::ListCards(const CardQuery& query) {
  return parts_->cards.List(query);
}

absl::StatusOr<std::vector<v1::TallyEntry>> ScoreStore::ReadTallies(const std::string& workflow,
                                                                    const std::string& path,
                                                                    absl::Time start,
                                                                    absl::Time end) {
  return warmpath::ReadTallies(parts_->database->View(), workflow, path, start, end);
}

absl::Status ScoreStore::PutCheckpoints(const std::vector<v1::JudgeCheckpoint>& checkpoints) {
  return parts_->queue.Commit(
      [&](CommitBatch& batch) {
        for (const v1::JudgeCheckpoint& checkpoint : checkpoints) {
          batch.Put(ColumnFamily::kCheckpoints, TextsKey(checkpoint.workflow(), checkpoint.path()),
                    checkpoint.SerializeAsString());
        }
      },
      /*sync=*/false);
}

absl::StatusOr<std::vector<v1::JudgeCheckpoint>> ScoreStore::ListCheckpoints() {
  return ReadAllRecords<v1::JudgeCheckpoint>(parts_->database->View(), ColumnFamily::kCheckpoints);
}

absl::Status ScoreStore::PutFlip(const v1::Flip& flip,
                                 const std::optional<v1::ActiveState>& state) {
  if (flip.id().empty() || flip.workflow().empty()) return MissingName("a flip");
  if (state.has_value() && state->workflow() != flip.workflow()) {
    return absl::InvalidArgumentError("a flip and the state it leads to must be of one workflow");
  }
  return parts_->queue.Commit(
      [&](CommitBatch& batch) {
        batch.Put(ColumnFamily::kFlips, RecordKey(flip.workflow(), flip.id()),
                  flip.SerializeAsString());
        if (!state.has_value()) return;
        batch.Put(ColumnFamily::kActive, TextsKey(state->workflow()), state->SerializeAsString());
      },
      /*sync=*/true);
}

absl::Status ScoreStore::PutActiveState(const v1::ActiveState& state) {
  if (state.workflow().empty()) {
    return absl::InvalidArgumentError("an active state must name its workflow");
  }
  return parts_->Put(ColumnFamily::kActive, TextsKey(state.workflow()), state, /*sync=*/true);
}

absl::StatusOr<std::vector<v1::ActiveState>> ScoreStore::ListActiveStates() {
  return ReadAllRecords<v1::ActiveState>(parts_->database->View(), ColumnFamily::kActive);
}

absl::StatusOr<Page<v1::Flip>> ScoreStore::ListFlips(const ListQuery& query) {
  return ListRecords<v1::Flip>(parts_->database->View(), ColumnFamily::kFlips, query);
}

absl::Status ScoreStore::PutDrill(const v1::Drill& drill) {
  if (drill.id().empty() || drill.workflow().empty()) return MissingName("a drill");
  return parts_->Put(ColumnFamily::kDrills, RecordKey(drill.workflow(), drill.id()), drill,
                     /*sync=*/true);
}

absl::StatusOr<v1::Drill> ScoreStore::GetDrill(const std::string& id) {
  ASSIGN_OR_RETURN(std::optional<v1::Drill> drill,
                   FindRecord<v1::Drill>(parts_->database->View(), ColumnFamily::kDrills, id));
  if (!drill.has_value()) return absl::NotFoundError(absl::StrCat("no drill ", id));
  return *std::move(drill);
}

absl::StatusOr<Page<v1::Drill>> ScoreStore::ListDrills(const ListQuery& query) {
  return ListRecords<v1::Drill>(parts_->database->View(), ColumnFamily::kDrills, query);
}

absl::Status ScoreStore::PutReview(v1::Review review) {
  const absl::Time now = parts_->clock.Now();
  review.set_id(parts_->ids.Next(now));
  if (!review.has_create_time()) *review.mutable_create_time() = ToProto(now);
  return parts_->Put(ColumnFamily::kReviews, RecordKey(review.workflow(), review.id()), review,
                     /*sync=*/false);
}

absl::StatusOr<Page<v1::Review>> ScoreStore::ListReviews(const ListQuery& query) {
  return ListRecords<v1::Review>(parts_->database->View(), ColumnFamily::kReviews, query);
}

absl::Status ScoreStore::PutAudit(v1::AuditEntry entry) {
  const absl::Time now = parts_->clock.Now();
  entry.set_id(parts_->ids.Next(now));
  *entry.mutable_time() = ToProto(now);
  return parts_->Put(ColumnFamily::kAudit, RecordKey(entry.workflow(), entry.id()), entry,
                     /*sync=*/true);
}

absl::StatusOr<Page<v1::AuditEntry>> ScoreStore::ListAudit(const ListQuery& query) {
  return ListRecords<v1::AuditEntry>(parts_->database->View(), ColumnFamily::kAudit, query);
}

std::string ScoreStore::NewId() { return parts_->ids.Next(parts_->clock.Now()); }

StoreHealth ScoreStore::Health() {
  StoreHealth health;
  const absl::Status error = parts_->database->write_error();
  health.writable = error.ok();
  health.error = std::string(error.message());
  health.size_bytes = parts_->database->SizeBytes();
  health.newest_card_time = parts_->cards.newest_time();
  return health;
}

absl::Status ScoreStore::Compact() { return parts_->database->Compact(); }

}  // namespace warmpath
