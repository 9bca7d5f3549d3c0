// Turns live exchanges into scorecards.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "shadow/budget.h"
#include "shadow/card_writer.h"
#include "shadow/confirmations.h"
#include "shadow/conversation_table.h"
#include "shadow/coverage.h"
#include "shadow/exchange.h"
#include "shadow/global_budget.h"
#include "shadow/judge_client.h"
#include "shadow/mirror_runner.h"
#include "shadow/mirror_snapshot.h"
#include "shadow/pending_exchanges.h"
#include "shadow/sampler.h"
#include "store/score_store.h"
#include "warmpath/v1/admin.pb.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// A Mirror samples live exchanges, sends each sampled one to every other path of its workflow, scores
// what comes back together with the live answer, and appends the scorecards to the store.
//
//   if (exchange.ticket = mirror.Samples(workflow, conversation, turn, stream)) call.capture = true;
//   … serve …
//   if (exchange.ticket) mirror.Offer(std::move(exchange));
//
// Thread safety: all methods may be called concurrently. Samples and Offer never wait: Samples takes no
// mutex, Offer a short one.
// Ownership: borrows clock and store, which must outlive it and every worker's executor.
// Limits: exchanges that wait or are under way are bounded in number and bytes; so are requests, tokens
//   and money of each path. What does not fit is dropped and counted with its reason.
// Invariants: (1) every sampled exchange ends as one scorecard or one counted drop for each candidate;
//   (2) no tool is executed; (3) a shadow is never mirrored again; (4) nothing here can fail a live call.
class Mirror {
 public:
  struct Dependencies {
    const Clock& clock;
    ScoreStore& store;
    // Names this run of the process in every card.
    std::string replica;
    // Null: what judges do, and confirmations, are not counted.
    Metrics* metrics = nullptr;
    // How long to wait before asking again for a confirmation where there was no answer.
    absl::Duration confirmation_pause = absl::Seconds(1);
  };

  explicit Mirror(Dependencies dependencies);
  ~Mirror();

  // Takes a config and the workers that serve it: at the start and at each reload. Exchanges under way
  // end with what they began with. INVALID_ARGUMENT for a contract that cannot be checked: the old
  // config stays.
  absl::Status Configure(std::shared_ptr<const v1::Config> config, std::vector<ShadowWorker> workers)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether an exchange of this conversation is mirrored, to which paths, or only scored. Call it once
  // for each live exchange, before serving it: one that is not sampled is counted for coverage here, a
  // sampled one by Offer.
  SampleTicket Samples(std::string_view workflow, uint64_t conversation, v1::TurnType turn_type,
                       bool streaming);

  // Takes the shares of new conversations until the next call; for workflows whose config sets no rate.
  // Call it every 10 s, whether anything changed or not: it moves the sampler's time. Workflows that
  // are not named keep what they have.
  void SetShares(const SampleShares& shares);
  // Scores every live answer of this path, mirrored or not; "": of none. For moving traffic to it.
  void ScoreLive(std::string_view workflow, std::string_view path);
  // What Samples was asked since the start or the ladder's last change.
  TrafficCount Traffic(std::string_view workflow) const;
  // What shadows of all workflows took lately.
  GlobalShadowBudget::Spent Spent() { return all_budgets_.SpentAt(dependencies_.clock.Now()); }

  // Hands over a sampled exchange after it was answered. Returns the reason for which it was dropped at
  // once, such as "queue_full"; empty: it was taken.
  std::string_view Offer(Exchange exchange);

  // Files a live answer that wants a person to decide (answer.handover is set) as a review. Reviews
  // that the store did not take are counted in lost_reviews().
  void HandOver(const ModelCall& call, const Answer& answer);
  int64_t lost_reviews() const { return lost_reviews_.load(std::memory_order_relaxed); }

  // Counts a live exchange that ended without an answer.
  void NoteUnanswered(std::string_view workflow);

  // Counts a request that no path but one could ever answer, so that it was not even served: as
  // sampled and dropped with `reason` for each path.
  void NoteNotShadowable(std::string_view workflow, v1::TurnType turn_type, bool streaming,
                         std::string_view reason);

  // Live exchanges since the start, and those of them that had no answer.
  int64_t Live(std::string_view workflow) const;
  int64_t Unanswered(std::string_view workflow) const;

  v1::MirrorCounts Counts(std::string_view workflow, std::string_view path) const;
  std::vector<v1::Coverage> Coverage(std::string_view workflow) const;

  // When the oldest exchange of which the store still lacks a card of this path was dispatched, or
  // offered where that is not known yet: a lower bound. It counts until the card is stored or its drop
  // is counted, so who asks first and reads the store's cards then misses nothing from before. A live
  // answer counts from the moment it is offered. InfiniteFuture: there is none.
  absl::Time OldestPending(std::string_view workflow, std::string_view path) const;

  // Exchanges that wait or are under way.
  int64_t pending() const { return pending_.count(); }

 private:
  // The client of the workflow's judge; null: it has none.
  std::shared_ptr<JudgeClient> JudgeOf(const std::string& name, const v1::Config& config)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<const MirrorSnapshot> Current() const { return snapshot_.load(); }

  const Dependencies dependencies_;
  CoverageCounters coverage_;
  CardWriter cards_;
  Confirmations confirmations_;
  MirrorRunner runner_;
  PendingExchanges pending_;
  ConversationTable conversations_;
  std::atomic<std::shared_ptr<const MirrorSnapshot>> snapshot_;
  GlobalShadowBudget all_budgets_;
  absl::Mutex mutex_;
  // Budgets and counters outlive a reload: keyed by workflow and path.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<ShadowBudget>> budgets_
      ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<MirrorWorkflowState>, std::less<>> workflows_
      ABSL_GUARDED_BY(mutex_);
  // Outlives a reload that leaves the ladder as it was.
  std::map<std::string, std::shared_ptr<Sampler>, std::less<>> samplers_ ABSL_GUARDED_BY(mutex_);
  // Outlives a reload that leaves the judge as it was.
  struct JudgeEntry {
    std::string made_of;
    std::shared_ptr<JudgeClient> client;
  };
  std::map<std::string, JudgeEntry> judges_ ABSL_GUARDED_BY(mutex_);
  std::atomic<uint64_t> next_worker_ = 0;
  std::atomic<int64_t> lost_reviews_ = 0;
};

}  // namespace warmpath
