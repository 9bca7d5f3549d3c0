#include "scorer/json_schema/schema_cache.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "boost/json.hpp"

namespace warmpath {

absl::StatusOr<std::shared_ptr<const CompiledSchema>> SchemaCache::Get(absl::string_view text) {
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = by_text_.find(text); found != by_text_.end()) {
      ++counters_.hits;
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->schema;
    }
    ++counters_.misses;
  }
  const Compiled schema = Compile(text);
  absl::MutexLock lock(&mutex_);
  Insert(text, schema);
  return schema;
}

SchemaCache::Compiled SchemaCache::Compile(absl::string_view text) const {
  if (text.size() > options_.max_schema_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat("schema of ", text.size(),
                                                     " bytes; the limit is ",
                                                     options_.max_schema_bytes));
  }
  boost::json::parse_options parse;
  parse.max_depth = static_cast<size_t>(options_.compile.max_depth) + 1;
  boost::json::error_code error;
  const boost::json::value schema =
      boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {}, parse);
  if (error) return absl::InvalidArgumentError(absl::StrCat("no JSON: ", error.message()));
  return CompiledSchema::Compile(schema, options_.compile);
}

void SchemaCache::Insert(absl::string_view text, const Compiled& schema) {
  if (options_.max_entries == 0 || text.size() > options_.max_bytes || by_text_.contains(text) ||
      text.size() > options_.max_schema_bytes) {
    return;
  }
  entries_.push_front({std::string(text), schema});
  by_text_[entries_.front().text] = entries_.begin();
  bytes_ += text.size();
  while (entries_.size() > options_.max_entries || bytes_ > options_.max_bytes) {
    const Entry& oldest = entries_.back();
    bytes_ -= oldest.text.size();
    by_text_.erase(oldest.text);
    entries_.pop_back();
    ++counters_.evicted;
  }
}

SchemaCache::Counters SchemaCache::counters() const {
  absl::MutexLock lock(&mutex_);
  return counters_;
}

size_t SchemaCache::size() const {
  absl::MutexLock lock(&mutex_);
  return entries_.size();
}

}  // namespace warmpath
