#include "cli/gate/card_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "cli/clean_text.h"
#include "cli/words.h"

namespace warmpath {
namespace {

constexpr int kPage = 1000;
constexpr absl::Duration kProgressInterval = absl::Seconds(2);
// Long enough for a month of a busy workflow; without any, a server that hangs would never be noticed.
constexpr absl::Duration kStreamTimeout = absl::Hours(1);

std::string PathOrDowntime(const std::string& path) { return path.empty() ? "downtime" : path; }

}  // namespace

absl::StatusOr<v1::WorkflowStatus> CardSource::ReadStatus() {
  v1::GetStatusRequest request;
  request.set_workflow(workflow_);
  ASSIGN_OR_RETURN(v1::GetStatusResponse response,
                   client_.Call(&v1::AdminService::Stub::GetStatus, request));
  for (v1::WorkflowStatus& status : *response.mutable_workflows()) {
    if (status.workflow() == workflow_) return std::move(status);
  }
  return absl::NotFoundError(absl::StrCat("the server has no workflow '", workflow_, "'"));
}

absl::StatusOr<std::vector<ReplayAction>> CardSource::ReadActions(absl::Time start) {
  std::vector<ReplayAction> actions;
  RETURN_IF_ERROR(ReadAudit(start, actions));
  RETURN_IF_ERROR(ReadFlips(start, actions));
  std::stable_sort(actions.begin(), actions.end(),
                   [](const ReplayAction& a, const ReplayAction& b) { return a.time < b.time; });
  return actions;
}

absl::Status CardSource::ReadAudit(absl::Time start, std::vector<ReplayAction>& actions) {
  v1::ListAuditEntriesRequest request;
  request.set_workflow(workflow_);
  request.set_page_size(kPage);
  do {
    ASSIGN_OR_RETURN(v1::ListAuditEntriesResponse page,
                     client_.Call(&v1::AdminService::Stub::ListAuditEntries, request));
    for (v1::AuditEntry& entry : *page.mutable_entries()) {
      const absl::Time time = FromProto(entry.time());
      if (time < start) return absl::OkStatus();  // the newest come first
      const bool hint = entry.action() == "hint";
      if (!hint && entry.action() != "acknowledge_severe") continue;
      CleanText(entry);
      actions.push_back(
          {.kind = hint ? ReplayAction::Kind::kHint : ReplayAction::Kind::kAcknowledge,
           .time = time,
           .path = entry.detail(),
           .text = absl::StrCat(hint ? "hint" : "severe violation acknowledged", " by ",
                                entry.actor(), ": ", entry.reason())});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status CardSource::ReadFlips(absl::Time start, std::vector<ReplayAction>& actions) {
  v1::ListFlipsRequest request;
  request.set_workflow(workflow_);
  request.set_page_size(kPage);
  do {
    ASSIGN_OR_RETURN(v1::ListFlipsResponse page,
                     client_.Call(&v1::FailoverService::Stub::ListFlips, request));
    for (v1::Flip& flip : *page.mutable_flips()) {
      const absl::Time time = FromProto(flip.decide_time());
      if (time < start) return absl::OkStatus();
      if (!flip.enforced()) continue;
      CleanText(flip);
      actions.push_back({.kind = ReplayAction::Kind::kFlip,
                         .time = time,
                         .path = flip.to_path(),
                         .text = absl::StrCat("flip from ", PathOrDowntime(flip.from_path()),
                                              " to ", PathOrDowntime(flip.to_path()), " by ",
                                              flip.actor(), ": ", flip.reason())});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status CardSource::ReadCards(absl::Time start, absl::Time end,
                                   const std::function<void(const v1::Scorecard&)>& take) {
  v1::StreamScorecardsRequest request;
  request.set_workflow(workflow_);
  *request.mutable_start_time() = ToProto(start);
  *request.mutable_end_time() = ToProto(end);
  absl::Time told = io_.clock.Now();
  return client_.ReadStream(
      &v1::AdminService::Stub::StreamScorecards, request, kStreamTimeout,
      [&](const v1::StreamScorecardsResponse& batch) {
        for (const v1::Scorecard& card : batch.cards()) take(card);
        cards_ += batch.cards_size();
        const absl::Time now = io_.clock.Now();
        if (batch.cards_size() == 0 || now - told < kProgressInterval) return;
        told = now;
        io_.err << "warmpath: " << Grouped(cards_) << " cards, up to "
                << ClockTime(batch.cards(batch.cards_size() - 1).create_time(), now) << "\n";
      });
}

}  // namespace warmpath
