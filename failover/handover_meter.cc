#include "failover/handover_meter.h"

#include <algorithm>

namespace warmpath {
namespace {

constexpr int64_t kWindowHours = 24;
constexpr int64_t kLeastCases = 20;

}  // namespace

bool HandoverMeter::Counts::Exceeds(double most) const {
  return cases >= kLeastCases &&
         static_cast<double>(handed_over) > most * static_cast<double>(cases);
}

void HandoverMeter::Add(Micros t, bool handed_over) {
  const int64_t hour = t / kMicrosPerHour;
  if (hours_.empty() || hours_.back().hour < hour) {
    hours_.erase(hours_.begin(), std::find_if(hours_.begin(), hours_.end(), [&](const Hour& old) {
                   return old.hour > hour - kWindowHours;
                 }));
    hours_.push_back({.hour = hour});
  }
  ++hours_.back().cases;
  hours_.back().handed_over += handed_over ? 1 : 0;
}

HandoverMeter::Counts HandoverMeter::At(Micros now) const {
  const int64_t oldest = now / kMicrosPerHour - kWindowHours;
  Counts counts;
  for (const Hour& hour : hours_) {
    if (hour.hour <= oldest) continue;
    counts.cases += hour.cases;
    counts.handed_over += hour.handed_over;
  }
  return counts;
}

void HandoverMeter::ToProto(v1::JudgeCheckpoint* checkpoint) const {
  for (const Hour& hour : hours_) {
    v1::HandoverHour* entry = checkpoint->add_handover_hours();
    entry->set_hour(hour.hour);
    entry->set_cases(hour.cases);
    entry->set_handed_over(hour.handed_over);
  }
}

void HandoverMeter::FromProto(const v1::JudgeCheckpoint& checkpoint) {
  hours_.clear();
  for (const v1::HandoverHour& entry : checkpoint.handover_hours()) {
    hours_.push_back({entry.hour(), entry.cases(), entry.handed_over()});
  }
}

}  // namespace warmpath
