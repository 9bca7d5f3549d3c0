// What is asked of a ScoreStore, and the pages it answers with.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// A page has as many items as are asked for, unless it is the last. 0 or less: 50; at most 1000.
inline constexpr int kDefaultPageSize = 50;
inline constexpr int kMaxPageSize = 1000;
inline size_t PageSize(int limit) {
  return static_cast<size_t>(limit <= 0 ? kDefaultPageSize : std::min(limit, kMaxPageSize));
}

// Which cards to list; times are create times, end exclusive.
struct CardQuery {
  std::string workflow{};                  // empty: all
  std::optional<std::string> path{};       // unset: all of the workflow
  std::optional<v1::Dimension> dimension{};  // failed on this one; implies only_divergent
  bool only_divergent = false;             // at least one dimension FAILs
  absl::Time start = absl::InfinitePast();
  absl::Time end = absl::InfiniteFuture();
  int limit = kDefaultPageSize;
  std::string page_token{};  // of a page of the same query; another's is INVALID_ARGUMENT
};

// What a list of flips, drills, reviews or audit entries is cut to.
struct ListQuery {
  std::string workflow{};  // empty: all
  int limit = kDefaultPageSize;
  std::string page_token{};
};

template <typename T>
struct Page {
  std::vector<T> items;         // newest first
  std::string next_page_token;  // empty: no more
};

// A store's state, for readiness checks and metrics.
struct StoreHealth {
  bool writable = true;  // whether the latest write went through
  std::string error;     // why not
  int64_t size_bytes = 0;
  std::optional<absl::Time> newest_card_time;
};

}  // namespace warmpath
