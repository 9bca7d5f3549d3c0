#include "failover/scorer_meter.h"

#include <algorithm>

namespace warmpath {
namespace {

constexpr int64_t kWindowMinutes = 60;
constexpr int64_t kLeastAttempts = 20;
constexpr double kUnhealthyShare = 0.05;

}  // namespace

void ScorerMeter::Add(Micros t, bool failed) {
  const int64_t minute = t / kMicrosPerMinute;
  if (minutes_.empty() || minutes_.back().minute < minute) {
    minutes_.erase(minutes_.begin(),
                   std::find_if(minutes_.begin(), minutes_.end(), [&](const Minute& old) {
                     return old.minute > minute - kWindowMinutes;
                   }));
    minutes_.push_back({.minute = minute});
  }
  ++minutes_.back().attempts;
  minutes_.back().failures += failed ? 1 : 0;
}

bool ScorerMeter::UnhealthyAt(Micros t) const {
  const int64_t oldest = t / kMicrosPerMinute - kWindowMinutes;
  int64_t attempts = 0;
  int64_t failures = 0;
  for (const Minute& minute : minutes_) {
    if (minute.minute <= oldest) continue;
    attempts += minute.attempts;
    failures += minute.failures;
  }
  return attempts >= kLeastAttempts &&
         static_cast<double>(failures) > kUnhealthyShare * static_cast<double>(attempts);
}

void ScorerMeter::ToProto(v1::GateKeyState* proto) const {
  for (const Minute& minute : minutes_) {
    v1::ScorerMinute* entry = proto->add_scorer_minutes();
    entry->set_minute(minute.minute);
    entry->set_attempts(minute.attempts);
    entry->set_failures(minute.failures);
  }
}

void ScorerMeter::FromProto(const v1::GateKeyState& proto) {
  minutes_.clear();
  for (const v1::ScorerMinute& entry : proto.scorer_minutes()) {
    minutes_.push_back({entry.minute(), entry.attempts(), entry.failures()});
  }
}

}  // namespace warmpath
