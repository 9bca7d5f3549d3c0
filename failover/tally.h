// What replicas tell each other: counters that merge in any order, any number of times.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace warmpath {

// A counter that may go up and down, as two parts of which both only grow, in millionths. Merging takes
// the larger of each part: commutative, associative, idempotent. Weights of conversations can be negative.
struct UpDown {
  int64_t up = 0, down = 0;

  void Add(int64_t micros) { (micros < 0 ? down : up) += micros < 0 ? -micros : micros; }
  void Merge(const UpDown& other);
  int64_t value() const { return up - down; }
  bool operator==(const UpDown&) const = default;
};

// One cell: one dimension of one evidence key in one bucket of dispatch time, as all replicas saw it.
//
//   cell.Add("replica-3", {.pass = 1, .fail = 0}, 1);
//   cell.Merge(what_another_replica_sent);
//   cell.Total()
//
// A replica writes its own part alone; a restarted process takes a new replica id.
// Thread safety: thread-compatible; a value. Bounded by the number of replicas.
class TallyCell {
 public:
  // `pass`, `fail` and `minus` as in Weight; `weight` is the number of effective samples. Millionths.
  struct Sums {
    int64_t pass = 0, fail = 0, minus = 0, weight = 0;
    bool operator==(const Sums&) const = default;
  };

  void Add(std::string_view replica, const Sums& sums);
  void Merge(const TallyCell& other);
  // Over all replicas.
  Sums Total() const;
  bool operator==(const TallyCell&) const = default;

 private:
  using Parts = std::array<UpDown, 4>;
  std::map<std::string, Parts, std::less<>> replicas_;
};

}  // namespace warmpath
