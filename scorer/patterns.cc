#include "scorer/patterns.h"

#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace warmpath {
namespace {

constexpr size_t kMaxPatterns = 4096;

struct Cache {
  absl::Mutex mutex;
  absl::flat_hash_map<std::string, std::shared_ptr<const re2::RE2>> patterns
      ABSL_GUARDED_BY(mutex);
};

}  // namespace

std::shared_ptr<const re2::RE2> SharedPattern(const std::string& pattern) {
  static Cache& cache = *new Cache();
  {
    absl::ReaderMutexLock lock(&cache.mutex);
    const auto found = cache.patterns.find(pattern);
    if (found != cache.patterns.end()) return found->second;
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_shared<const re2::RE2>(pattern, options);
  absl::MutexLock lock(&cache.mutex);
  // Contracts come from configuration: so many patterns mean that inline contracts are being scored.
  if (cache.patterns.size() >= kMaxPatterns) cache.patterns.clear();
  cache.patterns[pattern] = compiled;
  return compiled;
}

}  // namespace warmpath
