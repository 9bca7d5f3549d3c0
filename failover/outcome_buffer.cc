#include "failover/outcome_buffer.h"

#include <algorithm>
#include <utility>

#include "failover/striped_snapshot.h"

namespace warmpath {

void OutcomeBuffer::Add(const Outcome& outcome) {
  Stripe& stripe = stripes_[ThreadStripe() % kStripes];
  absl::MutexLock lock(&stripe.mutex);
  if (stripe.outcomes.size() >= kMaxPerStripe) {
    ++stripe.dropped;
    return;
  }
  stripe.outcomes.push_back(outcome);
}

std::vector<OutcomeBuffer::Outcome> OutcomeBuffer::Drain() {
  std::vector<Outcome> all;
  for (Stripe& stripe : stripes_) {
    std::vector<Outcome> taken;
    {
      absl::MutexLock lock(&stripe.mutex);
      taken.swap(stripe.outcomes);
      // Room for as much again, so that live threads seldom allocate.
      stripe.outcomes.reserve(taken.size());
    }
    all.insert(all.end(), taken.begin(), taken.end());
  }
  std::stable_sort(all.begin(), all.end(), [](const Outcome& left, const Outcome& right) {
    return left.micros < right.micros;
  });
  return all;
}

int64_t OutcomeBuffer::dropped() const {
  int64_t sum = 0;
  for (const Stripe& stripe : stripes_) {
    absl::MutexLock lock(&stripe.mutex);
    sum += stripe.dropped;
  }
  return sum;
}

}  // namespace warmpath
