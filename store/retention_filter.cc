#include "store/retention_filter.h"

namespace warmpath {
namespace {

class RetentionFilter final : public rocksdb::CompactionFilter {
 public:
  RetentionFilter(KeyTime key_time, absl::Time oldest) : key_time_(key_time), oldest_(oldest) {}

  const char* Name() const override { return "warmpath.Retention"; }

  // FilterV2 and not Filter, as that one would keep the operands of tallies.
  Decision FilterV2(int, const rocksdb::Slice& key, ValueType, const rocksdb::Slice&, std::string*,
                    std::string*) const override {
    const std::optional<absl::Time> time = key_time_(std::string_view(key.data(), key.size()));
    return time.has_value() && *time < oldest_ ? Decision::kRemove : Decision::kKeep;
  }

 private:
  const KeyTime key_time_;
  const absl::Time oldest_;
};

class RetentionFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  RetentionFilterFactory(KeyTime key_time, absl::Duration retention, const Clock& clock)
      : key_time_(key_time), retention_(retention), clock_(clock) {}

  const char* Name() const override { return "warmpath.RetentionFactory"; }

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<RetentionFilter>(key_time_, clock_.Now() - retention_);
  }

 private:
  const KeyTime key_time_;
  const absl::Duration retention_;
  const Clock& clock_;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> NewRetentionFilterFactory(
    KeyTime key_time, absl::Duration retention, const Clock& clock) {
  return std::make_shared<RetentionFilterFactory>(key_time, retention, clock);
}

}  // namespace warmpath
