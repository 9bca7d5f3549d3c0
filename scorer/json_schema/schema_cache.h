// Compiled schemas by their text, for scorers that meet the same schemas again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "scorer/json_schema/json_schema.h"

namespace warmpath {

// A SchemaCache compiles each schema text once and keeps the most recently used.
//
//   SchemaCache cache({.max_entries = 256});
//   ASSIGN_OR_RETURN(auto schema, cache.Get(R"({"type":"object"})"));
//
// Texts are told apart by all their bytes (hashed, then compared), so no crafted text is taken for
// another. A text that does not compile is kept too, with its error: it costs one attempt.
//
// Thread safety: all methods may be called concurrently; compiling holds no lock, so two threads
// that meet a new text at once may both compile it.
// Ownership: a schema handed out stays valid after it is evicted.
class SchemaCache {
 public:
  struct Options {
    size_t max_entries = 512;
    // Of the texts that are kept; a larger text is compiled every time.
    size_t max_bytes = 16 << 20;
    // A longer text is refused with RESOURCE_EXHAUSTED.
    size_t max_schema_bytes = 4 << 20;
    SchemaCompileOptions compile;
  };
  struct Counters {
    int64_t hits = 0;
    int64_t misses = 0;
    int64_t evicted = 0;
  };

  SchemaCache() : SchemaCache(Options()) {}
  explicit SchemaCache(Options options) : options_(std::move(options)) {}
  SchemaCache(const SchemaCache&) = delete;
  SchemaCache& operator=(const SchemaCache&) = delete;

  // The schema that `text` writes. Errors: INVALID_ARGUMENT if it is no JSON, and those of
  // CompiledSchema::Compile.
  absl::StatusOr<std::shared_ptr<const CompiledSchema>> Get(absl::string_view text);

  Counters counters() const;
  size_t size() const;

 private:
  using Compiled = absl::StatusOr<std::shared_ptr<const CompiledSchema>>;
  struct Entry {
    std::string text;
    Compiled schema;
  };

  Compiled Compile(absl::string_view text) const;
  void Insert(absl::string_view text, const Compiled& schema) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  mutable absl::Mutex mutex_;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // most recently used first
  absl::flat_hash_map<absl::string_view, std::list<Entry>::iterator> by_text_
      ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  Counters counters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warmpath
