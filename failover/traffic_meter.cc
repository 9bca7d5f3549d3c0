#include "failover/traffic_meter.h"

#include <algorithm>
#include <cmath>

namespace warmpath {
namespace {

// Below so many conversations in kMemory their mean length says nothing.
constexpr double kFewConversations = 0.5;

int64_t Since(int64_t last, int64_t now) { return now >= last ? now - last : now; }

}  // namespace

void TrafficMeter::Note(int64_t conversations, int64_t exchanges, Micros now) {
  if (started_ && now > last_) {
    const double keep = std::exp(-static_cast<double>(now - last_) / kMemory);
    conversations_ = conversations_ * keep + Since(last_conversations_, conversations);
    exchanges_ = exchanges_ * keep + Since(last_exchanges_, exchanges);
    // As much as a rate of 1 a minute would have left.
    minutes_ = minutes_ * keep + static_cast<double>(now - last_) / kMicrosPerMinute;
  } else if (started_) {
    last_ = now;
    return;  // counted by the next one
  }
  started_ = true;
  last_ = now;
  last_conversations_ = conversations;
  last_exchanges_ = exchanges;
}

double TrafficMeter::turns() const {
  return conversations_ < kFewConversations ? 1 : std::max(1.0, exchanges_ / conversations_);
}

}  // namespace warmpath
