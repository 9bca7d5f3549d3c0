// Takes reported exchanges: each once, for health and for the mirror.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/metrics.h"
#include "failover/controller.h"
#include "gateway/recent_ids.h"
#include "gateway/workflow_directory.h"
#include "shadow/mirror.h"
#include "warmpath/v1/report.pb.h"

namespace warmpath {

// A ReportIntake does for an exchange that a service made by itself what LiveCaller does after its own:
// it reports the outcome to the failover controller and offers the exchange to the mirror, under the
// same sampling, budgets and limits. Each id counts once.
//
//   v1::ReportExchangesResponse tally;
//   intake.Take(*batch.mutable_exchanges(0), directory, tally);
//
// Decodes the answer, as nothing else tells whether it was one: call it off the live threads.
// Thread safety: all methods may be called concurrently. Never waits, but for short locks.
// Ownership: borrows everything.
// Shown as metrics: warmpath_reported_exchanges_total by result, warmpath_report_refusals_total by reason,
//   warmpath_report_ids_forgotten_total.
// Bounded: remembers kMaxIds ids for kMaxReportAge plus a minute; kMaxRefusals are told in one tally,
//   all are counted.
class ReportIntake {
 public:
  static constexpr size_t kMaxIds = 200'000;
  static constexpr int kMaxRefusals = 100;

  ReportIntake(FailoverController& failover, Mirror& mirror, const Clock& clock, Metrics& metrics);

  // Takes one exchange and counts in `tally` what became of it. Takes the bodies out of `reported`.
  void Take(v1::ReportedExchange& reported, const WorkflowDirectory& directory,
            v1::ReportExchangesResponse& tally);

 private:
  struct Counters {
    explicit Counters(Metrics& metrics);
    Counter accepted, duplicate, refused, stale, ids_forgotten;
    CounterFamily& refusals;
  };

  FailoverController& failover_;
  Mirror& mirror_;
  const Clock& clock_;
  const Counters counters_;
  RecentIds recent_;
};

}  // namespace warmpath
