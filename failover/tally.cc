#include "failover/tally.h"

#include <algorithm>

namespace warmpath {

void UpDown::Merge(const UpDown& other) {
  up = std::max(up, other.up);
  down = std::max(down, other.down);
}

void TallyCell::Add(std::string_view replica, const Sums& sums) {
  auto found = replicas_.find(replica);
  if (found == replicas_.end()) found = replicas_.emplace(std::string(replica), Parts()).first;
  const std::array<int64_t, 4> values = {sums.pass, sums.fail, sums.minus, sums.weight};
  for (size_t i = 0; i < values.size(); ++i) found->second[i].Add(values[i]);
}

void TallyCell::Merge(const TallyCell& other) {
  for (const auto& [replica, parts] : other.replicas_) {
    Parts& mine = replicas_[replica];
    for (size_t i = 0; i < parts.size(); ++i) mine[i].Merge(parts[i]);
  }
}

TallyCell::Sums TallyCell::Total() const {
  Sums total;
  for (const auto& [replica, parts] : replicas_) {
    total.pass += parts[0].value();
    total.fail += parts[1].value();
    total.minus += parts[2].value();
    total.weight += parts[3].value();
  }
  return total;
}

}  // namespace warmpath
