#include "store/column_families.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "rocksdb/convenience.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"
#include "store/keys.h"
#include "store/retention_filter.h"
#include "store/store_ids.h"
#include "store/tally_merge_operator.h"

namespace warmpath {
namespace {

constexpr size_t kSmallWriteBuffer = size_t{1} << 20;
constexpr size_t kLargeWriteBuffer = size_t{4} << 20;
// An arena takes one block when its first record comes; small ones keep idle memory small.
constexpr size_t kArenaBlock = size_t{64} << 10;

std::optional<absl::Time> TimeOfId(std::string_view id) {
  const absl::StatusOr<absl::Time> time = StoreIdTime(id);
  return time.ok() ? std::optional(*time) : std::nullopt;
}

std::optional<absl::Time> TimeOfTextAndId(std::string_view key) {
  std::string text, id;
  return DecodeTextAndIdKey(key, &text, &id) ? TimeOfId(id) : std::nullopt;
}

std::optional<absl::Time> TimeOfPathIndex(std::string_view key) {
  PathIndexKey parts;
  return DecodeKey(key, &parts) ? std::optional(parts.create_time) : std::nullopt;
}

std::optional<absl::Time> TimeOfTally(std::string_view key) {
  TallyKey parts;
  return DecodeKey(key, &parts) ? std::optional(parts.bucket_time) : std::nullopt;
}

struct Retention {
  KeyTime key_time = nullptr;  // null: kept for good
  absl::Duration retention;
};

Retention RetentionOf(ColumnFamily family, const ScoreStoreOptions& options) {
  switch (family) {
    case ColumnFamily::kMeta:
    case ColumnFamily::kCheckpoints:
    case ColumnFamily::kActive:
      return {};
    case ColumnFamily::kCards:
      return {TimeOfId, options.card_retention};
    case ColumnFamily::kCardsByPath:
      return {TimeOfPathIndex, options.card_retention};
    case ColumnFamily::kCardsByRequest:
    case ColumnFamily::kReviews:
      return {TimeOfTextAndId, options.card_retention};
    case ColumnFamily::kTallies:
      return {TimeOfTally, options.tally_retention};
    case ColumnFamily::kFlips:
    case ColumnFamily::kDrills:
    case ColumnFamily::kAudit:
      return {TimeOfTextAndId, options.tally_retention};
    case ColumnFamily::kBodies:
      return {TimeOfId, options.body_retention};
  }
  return {};
}

rocksdb::CompressionType BestCompression() {
  const std::vector<rocksdb::CompressionType> known = rocksdb::GetSupportedCompressions();
  for (rocksdb::CompressionType type : {rocksdb::kLZ4Compression, rocksdb::kSnappyCompression}) {
    if (std::find(known.begin(), known.end(), type) != known.end()) return type;
  }
  return rocksdb::kNoCompression;
}

rocksdb::ColumnFamilyOptions BaseOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = BestCompression();
  options.write_buffer_size = kSmallWriteBuffer;
  options.arena_block_size = kArenaBlock;
  options.target_file_size_base = size_t{16} << 20;
  options.max_bytes_for_level_base = size_t{64} << 20;
  return options;
}

bool IsWrittenByEveryCard(ColumnFamily family) {
  return family == ColumnFamily::kCards || family == ColumnFamily::kCardsByPath ||
         family == ColumnFamily::kCardsByRequest || family == ColumnFamily::kTallies;
}

}  // namespace

std::vector<rocksdb::ColumnFamilyDescriptor> DescribeColumnFamilies(const ScoreStoreOptions& options,
                                                                    const Clock& clock) {
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, BaseOptions(cache));
  for (size_t i = 0; i < kColumnFamilyNames.size(); ++i) {
    const ColumnFamily family = static_cast<ColumnFamily>(i);
    rocksdb::ColumnFamilyOptions family_options = BaseOptions(cache);
    if (IsWrittenByEveryCard(family)) family_options.write_buffer_size = kLargeWriteBuffer;
    if (family == ColumnFamily::kTallies) {
      family_options.merge_operator = NewTallyMergeOperator();
      // A hot bucket gets a sum per group commit; without folding, each read would add them all.
      family_options.max_successive_merges = 32;
    }
    const Retention retention = RetentionOf(family, options);
    if (retention.key_time != nullptr) {
      // Files that nothing else touches are rewritten once a day, so that what is too old goes.
      family_options.periodic_compaction_seconds = 24 * 60 * 60;
      family_options.compaction_filter_factory =
          NewRetentionFilterFactory(retention.key_time, retention.retention, clock);
    }
    families.emplace_back(kColumnFamilyNames[i], std::move(family_options));
  }
  return families;
}

}  // namespace warmpath
