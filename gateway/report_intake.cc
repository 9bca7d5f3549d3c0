#include "gateway/report_intake.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/stable_hash.h"
#include "gateway/reported_exchange.h"
#include "provider/observe.h"

namespace warmpath {
namespace {

void Refuse(const std::string& id, ReportRefusal refusal, v1::ReportExchangesResponse& tally) {
  tally.set_refused(tally.refused() + 1);
  if (tally.refusals_size() >= ReportIntake::kMaxRefusals) return;
  v1::RefusedExchange& told = *tally.add_refusals();
  std::string shown = id.substr(0, 128);
  for (char& c : shown) {
    if (c <= ' ' || c >= 0x7f) c = '?';
  }
  told.set_id(std::move(shown));
  told.set_reason(refusal.reason);
  told.set_message(std::move(refusal.message));
}

}  // namespace

ReportIntake::Counters::Counters(Metrics& metrics)
    : refusals(metrics.Counters("warmpath_report_refusals_total",
                                "Reported exchanges that were not taken.", {"reason"})) {
  CounterFamily& results = metrics.Counters("warmpath_reported_exchanges_total",
                                            "Exchanges that services reported.", {"result"});
  accepted = results.With({"accepted"});
  duplicate = results.With({"duplicate"});
  refused = results.With({"refused"});
  stale = metrics
              .Counters("warmpath_report_stale_total",
                        "Accepted exchanges that ended too long ago to count for health.", {})
              .With({});
  ids_forgotten = metrics
                      .Counters("warmpath_report_ids_forgotten_total",
                                "Ids forgotten so early that a repeat would count twice.", {})
                      .With({});
}

ReportIntake::ReportIntake(FailoverController& failover, Mirror& mirror, const Clock& clock,
                           Metrics& metrics)
    : failover_(failover),
      mirror_(mirror),
      clock_(clock),
      counters_(metrics),
      // As long as a repeat would be taken, the reporter's clock being ahead included.
      recent_(kMaxIds, kMaxReportAge + kMaxClockSkew) {}

void ReportIntake::Take(v1::ReportedExchange& reported, const WorkflowDirectory& directory,
                        v1::ReportExchangesResponse& tally) {
  const absl::Time now = clock_.Now();
  ReportReading reading;
  if (auto refusal = ReadReport(reported, directory, *failover_.Plan(), now, reading)) {
    constexpr size_t kPrefix = sizeof("REFUSAL_REASON_") - 1;
    counters_.refused.Increment();
    counters_.refusals
        .With({absl::AsciiStrToLower(v1::RefusalReason_Name(refusal->reason).substr(kPrefix))})
        .Increment();
    Refuse(reported.id(), *std::move(refusal), tally);
    return;
  }
  ModelCall& call = *reading.call;
  const uint64_t key = StableHasher().Field(call.workflow).Field(call.request_id).Digest();
  bool forgot = false;
  const bool first = recent_.Insert(key, now, &forgot);
  if (forgot) counters_.ids_forgotten.Increment();
  if (!first) {
    counters_.duplicate.Increment();
    tally.set_duplicates(tally.duplicates() + 1);
    return;
  }
  counters_.accepted.Increment();
  tally.set_accepted(tally.accepted() + 1);

  // What the path sent counts, not what its status says: an empty 200 is a failure.
  Answer& answer = reading.exchange.answer;
  if (!answer.failure) {
    v1::Observation observation = Observe(answer);
    if (observation.has_failure()) answer.failure = std::move(*observation.mutable_failure());
  }
  const bool ok = !answer.failure.has_value();
  if (!ok) mirror_.NoteUnanswered(call.workflow);
  if (reading.asked && reading.stale) {
    counters_.stale.Increment();
    tally.set_stale(tally.stale() + 1);
  } else if (reading.asked) {
    failover_.ReportOutcome(
        {.workflow = call.workflow,
         .path = answer.path,
         .ok = ok,
         .failure_class = ok ? v1::FAILURE_CLASS_UNSPECIFIED : answer.failure->failure_class(),
         .latency = answer.duration,
         .drill = reading.drill});
  }
  const SampleTicket ticket = mirror_.Samples(call.workflow, reading.exchange.conversation,
                                              reading.exchange.turn_type, call.stream);
  if (!ticket) {
    tally.set_not_sampled(tally.not_sampled() + 1);
    return;
  }
  call.capture = true;
  reading.exchange.ticket = ticket;
  reading.call.reset();
  if (const std::string_view reason = mirror_.Offer(std::move(reading.exchange)); !reason.empty()) {
    ++(*tally.mutable_dropped())[std::string(reason)];
  }
}

}  // namespace warmpath
