#include "store/card_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "store/keys.h"
#include "store/newest_first.h"
#include "store/page_token.h"
#include "store/tally.h"

namespace warmpath {
namespace {

constexpr size_t kMaxCardBytes = size_t{1} << 20;
constexpr size_t kMaxBodyBytes = size_t{16} << 20;

absl::Status CheckCard(const NewCard& card) {
  if (card.card.workflow().empty() || card.card.candidate_path().empty()) {
    return absl::InvalidArgumentError("a scorecard must name its workflow and its candidate path");
  }
  if (card.card.ByteSizeLong() > kMaxCardBytes) {
    return absl::InvalidArgumentError("a scorecard is larger than 1 MiB; cut its findings");
  }
  if (card.body.has_value() && card.body->ByteSizeLong() > kMaxBodyBytes) {
    return absl::InvalidArgumentError("the bodies of a scorecard are larger than 16 MiB; cut them");
  }
  return absl::OkStatus();
}

absl::Status DamagedCard(std::string_view id) {
  return absl::DataLossError(absl::StrCat("card ", std::string(id), " of the store is damaged"));
}

void CountCard(const v1::Scorecard& card, absl::Duration bucket, CommitBatch& batch) {
  TallyKey key;
  key.workflow = card.workflow();
  key.path = card.candidate_path();
  key.evidence_key = card.evidence_key();
  key.bucket_time = BucketOf(FromProto(card.dispatch_time()), bucket);
  for (const v1::DimensionScore& score : card.scores()) {
    key.dimension = score.dimension();
    CountScore(score, &batch.TallyOf(EncodeKey(key)));
  }
}

void IndexCard(const v1::Scorecard& card, absl::Time create_time, CommitBatch& batch) {
  PathIndexKey key{card.workflow(), card.candidate_path(), kLaneAll, create_time, card.id()};
  batch.Put(ColumnFamily::kCardsByPath, EncodeKey(key), "");
  bool divergent = false;
  for (const v1::DimensionScore& score : card.scores()) {
    if (score.verdict() != v1::SCORE_VERDICT_FAIL) continue;
    divergent = true;
    key.lane = LaneOf(score.dimension());
    batch.Put(ColumnFamily::kCardsByPath, EncodeKey(key), "");
  }
  if (divergent) {
    key.lane = kLaneDivergent;
    batch.Put(ColumnFamily::kCardsByPath, EncodeKey(key), "");
  }
  if (!card.request_id().empty()) {
    batch.Put(ColumnFamily::kCardsByRequest, TextAndIdKey(card.request_id(), card.id()), "");
  }
}

uint8_t LaneToRead(const CardQuery& query) {
  if (query.dimension.has_value()) return LaneOf(*query.dimension);
  return query.only_divergent ? kLaneDivergent : kLaneAll;
}

std::string TimeBytes(absl::Time time) {
  std::string bytes;
  AppendTime(time, &bytes);
  return bytes;
}

uint64_t HashOf(const CardQuery& query) {
  return StableHasher()
      .Field("cards")
      .Field(query.workflow)
      .Number(query.path.has_value())
      .Field(query.path.value_or(""))
      .Number(LaneToRead(query))
      .Field(TimeBytes(query.start))
      .Field(TimeBytes(query.end))
      .Digest();
}

absl::StatusOr<std::vector<std::string>> SeriesOf(const CardQuery& query,
                                                  const DatabaseView& view) {
  const char lane = static_cast<char>(LaneToRead(query));
  std::vector<std::string> series;
  if (query.path.has_value() && !query.workflow.empty()) {
    series.push_back(TextsKey(query.workflow, *query.path));
  } else {
    ASSIGN_OR_RETURN(series, ListSeries(view, ColumnFamily::kCardsByPath,
                                        query.workflow.empty() ? "" : TextsKey(query.workflow), 2));
  }
  if (query.path.has_value() && query.workflow.empty()) {
    const std::string end = TextsKey(*query.path);
    std::erase_if(series, [&](const std::string& name) {
      std::string_view rest = name;
      std::string workflow;
      return !ConsumeText(&rest, &workflow) || rest != end;
    });
  }
  for (std::string& name : series) name.push_back(lane);
  return series;
}

}  // namespace

absl::Status CardTable::Load() {
  const DatabaseView view = database_.View();
  ASSIGN_OR_RETURN(const std::optional<std::string> last, view.LastKey(ColumnFamily::kCards));
  if (!last.has_value()) return absl::OkStatus();
  ids_.StartAfter(*last);
  ASSIGN_OR_RETURN(const std::optional<v1::Scorecard> card, Find(view, *last));
  if (card.has_value()) Notice(FromProto(card->create_time()));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> CardTable::Append(std::vector<NewCard> cards) {
  for (const NewCard& card : cards) RETURN_IF_ERROR(CheckCard(card));
  RETURN_IF_ERROR(queue_.Commit(
      [&](CommitBatch& batch) {
        for (NewCard& card : cards) AddToBatch(card, batch);
      },
      /*sync=*/false));
  std::vector<std::string> ids;
  ids.reserve(cards.size());
  for (NewCard& card : cards) ids.push_back(std::move(*card.card.mutable_id()));
  if (!cards.empty()) Notice(FromProto(cards.back().card.create_time()));
  return ids;
}

void CardTable::AddToBatch(NewCard& card, CommitBatch& batch) {
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
  card.card.set_id(ids_.Next(now));
  *card.card.mutable_create_time() = ToProto(now);
  if (!card.card.has_dispatch_time()) *card.card.mutable_dispatch_time() = ToProto(now);
  batch.Put(ColumnFamily::kCards, card.card.id(), card.card.SerializeAsString());
  IndexCard(card.card, now, batch);
  CountCard(card.card, options_.tally_bucket, batch);
  if (card.body.has_value()) {
    card.body->set_card_id(card.card.id());
    batch.Put(ColumnFamily::kBodies, card.card.id(), card.body->SerializeAsString());
  }
}

absl::Status CardTable::VisitAfter(const std::string& after_id,
                                   const std::function<bool(const v1::Scorecard&)>& visit) {
  const DatabaseView view = database_.View();
  rocksdb::ReadOptions options;
  // One long walk must not push what others read out of the cache.
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> iterator =
      view.NewIterator(ColumnFamily::kCards, options);
  v1::Scorecard card;
  // The zero byte makes it the smallest key that is greater.
  for (iterator->Seek(after_id + '\0'); iterator->Valid(); iterator->Next()) {
    const rocksdb::Slice value = iterator->value();
    if (!card.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      return DamagedCard(iterator->key().ToString());
    }
    if (!visit(card)) return absl::OkStatus();
  }
  return view.Check(*iterator, ColumnFamily::kCards);
}

absl::StatusOr<std::optional<v1::Scorecard>> CardTable::Find(const DatabaseView& view,
                                                               const std::string& id) {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, view.Get(ColumnFamily::kCards, id));
  if (!bytes.has_value()) return std::optional<v1::Scorecard>();
  v1::Scorecard card;
  if (!card.ParseFromString(*bytes)) return DamagedCard(id);
  return std::optional(std::move(card));
}

absl::StatusOr<v1::Scorecard> CardTable::Get(const std::string& id) {
  ASSIGN_OR_RETURN(std::optional<v1::Scorecard> card, Find(database_.View(), id));
  if (!card.has_value()) {
    return absl::NotFoundError(absl::StrCat("no scorecard ", id, "; it may be past its retention"));
  }
  return *std::move(card);
}

absl::StatusOr<std::vector<v1::Scorecard>> CardTable::OfRequest(const std::string& request_id) {
  const DatabaseView view = database_.View();
  const std::string prefix = TextsKey(request_id);
  const std::string upper = AfterPrefix(prefix);
  const rocksdb::Slice upper_slice = upper;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper_slice;
  const std::unique_ptr<rocksdb::Iterator> iterator =
      view.NewIterator(ColumnFamily::kCardsByRequest, options);
  std::vector<v1::Scorecard> cards;
  for (iterator->Seek(prefix); iterator->Valid(); iterator->Next()) {
    ASSIGN_OR_RETURN(std::optional<v1::Scorecard> card,
                     Find(view, iterator->key().ToString().substr(prefix.size())));
    if (card.has_value()) cards.push_back(*std::move(card));
  }
  RETURN_IF_ERROR(view.Check(*iterator, ColumnFamily::kCardsByRequest));
  return cards;
}

absl::StatusOr<std::optional<v1::DivergentBody>> CardTable::GetBody(const std::string& card_id) {
  std::optional<v1::DivergentBody> body;
  // Compaction removes what is too old when it comes by; content must not show until then.
  const absl::StatusOr<absl::Time> time = StoreIdTime(card_id);
  if (!time.ok() || *time < clock_.Now() - options_.body_retention) return body;
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                   database_.View().Get(ColumnFamily::kBodies, card_id));
  if (!bytes.has_value()) return body;
  if (!body.emplace().ParseFromString(*bytes)) return DamagedCard(card_id);
  return body;
}

absl::StatusOr<Page<v1::Scorecard>> CardTable::List(const CardQuery& query) {
  const uint64_t hash = HashOf(query);
  std::optional<ListPosition> after;
  if (!query.page_token.empty()) {
    ASSIGN_OR_RETURN(after, DecodePageToken(hash, query.page_token));
  }
  const DatabaseView view = database_.View();
  ASSIGN_OR_RETURN(const std::vector<std::string> series, SeriesOf(query, view));
  // The index may outlive the cards by a while; what is too old to have a card isn't looked at.
  const absl::Time start = std::max(query.start, clock_.Now() - options_.card_retention);
  const SeriesRange range{TimeBytes(start), TimeBytes(query.end)};
  const size_t limit = PageSize(query.limit);
  Page<v1::Scorecard> page;
  NewestFirst list(view, ColumnFamily::kCardsByPath, series, range, after);
  std::optional<ListPosition> last;
  for (; list.Valid() && page.items.size() < limit; list.Next()) {
    last = list.position();
    ASSIGN_OR_RETURN(std::optional<v1::Scorecard> card, Find(view, last->rest.substr(range.from.size())));
    if (card.has_value()) page.items.push_back(*std::move(card));
  }
  if (list.Valid() && last.has_value()) page.next_page_token = EncodePageToken(hash, *last);
  RETURN_IF_ERROR(list.status());
  return page;
}

void CardTable::Notice(absl::Time create_time) {
  const int64_t micros = absl::ToUnixMicros(create_time);
  int64_t newest = newest_micros_;
  while (micros > newest && !newest_micros_.compare_exchange_weak(newest, micros)) {
  }
}

std::optional<absl::Time> CardTable::newest_time() const {
  const int64_t micros = newest_micros_;
  return micros == 0 ? std::nullopt : std::optional(absl::FromUnixMicros(micros));
}

}  // namespace warmpath
