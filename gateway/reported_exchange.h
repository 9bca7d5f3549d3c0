// From a reported exchange to what a live one would have become.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "failover/plan.h"
#include "gateway/workflow_directory.h"
#include "shadow/exchange.h"
#include "warmpath/v1/report.pb.h"

namespace warmpath {

// Exchanges that were dispatched longer ago are refused: a repeat could not be told any more.
inline constexpr absl::Duration kMaxReportAge = absl::Minutes(10);
// Exchanges that ended longer ago say nothing of the path's health now.
inline constexpr absl::Duration kMaxHealthAge = absl::Minutes(1);
// How far the reporter's clock may be ahead of ours.
inline constexpr absl::Duration kMaxClockSkew = absl::Minutes(1);

// Why an exchange is not taken.
struct ReportRefusal {
  v1::RefusalReason reason;
  std::string message;
};

// A reported exchange, understood as far as a front door understands a request: the answer is still
// bytes, and `exchange.answer.failure` is set only where there is no answer.
struct ReportReading {
  std::shared_ptr<ModelCall> call;
  Exchange exchange;
  // A path was asked.
  bool asked = true;
  // It ended too long ago to tell of the path's health now.
  bool stale = false;
  // The drill that runs now put it on its path.
  bool drill = false;
};

// Checks `reported` against the workflows and paths there are, and reads it into `out`. Takes the
// bodies out of it, copies them at most once, and does not decode the answer. Returns why it cannot be
// taken; nothing: it can, and `out` is complete.
//
// Thread safety: pure, but for the parser that each thread keeps.
std::optional<ReportRefusal> ReadReport(v1::ReportedExchange& reported,
                                        const WorkflowDirectory& directory, const Plan& plan,
                                        absl::Time now, ReportReading& out);

}  // namespace warmpath
