#include "shadow/confirmations.h"

#include <exception>
#include <utility>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/this_coro.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "scorer/scorer.h"
#include "shadow/ask_path.h"

namespace warmpath {
namespace {

constexpr int kAnswers = 5;
constexpr int kLeastAnswers = 4;
constexpr int kMostTries = 2 * kAnswers;
constexpr int kMostRunning = 2;

// At least four of five.
bool Mostly(int part, int whole) { return part * kAnswers >= whole * kLeastAnswers; }

const v1::PathConfig* PrimaryOf(const MirrorJob& job) {
  for (const v1::PathConfig& path : job.workflow->config->paths()) {
    if (path.role() == v1::ROLE_PRIMARY) return &path;
  }
  return nullptr;
}

std::string_view WordOf(v1::ConfirmationResult result) {
  switch (result) {
    case v1::CONFIRMATION_RESULT_CONFIRMED:
      return "confirmed";
    case v1::CONFIRMATION_RESULT_NOT_CONFIRMED:
      return "not_confirmed";
    default:
      return "inconclusive";
  }
}

bool FalselyProceeds(const MirrorJob& job, const v1::Observation& control,
                     const v1::Observation& candidate) {
  return ScoreAll({job.request, job.contract, &control, candidate}).false_proceed == 1.0;
}

}  // namespace

v1::ConfirmationResult ResultOf(const v1::Confirmation& counts) {
  if (counts.candidate_answers() < kLeastAnswers || counts.primary_answers() < kLeastAnswers) {
    return v1::CONFIRMATION_RESULT_INCONCLUSIVE;
  }
  const bool confirmed = Mostly(counts.candidate_proceeds(), counts.candidate_answers()) &&
                         Mostly(counts.primary_refuses(), counts.primary_answers());
  return confirmed ? v1::CONFIRMATION_RESULT_CONFIRMED : v1::CONFIRMATION_RESULT_NOT_CONFIRMED;
}

bool IsPossiblySevere(const MirrorJob& job, const v1::Scorecard& card) {
  const v1::GateConfig& gate = job.workflow->config->gate();
  if (gate.has_confirm_false_proceed() && !gate.confirm_false_proceed()) return false;
  const v1::PathConfig* primary = PrimaryOf(job);
  return card.source() == v1::SCORE_SOURCE_MIRROR && card.false_proceed() == 1 &&
         primary != nullptr && card.control_path() == primary->name();
}

// One confirmation. On its worker's thread alone while it runs.
struct Confirmations::Round {
  const std::shared_ptr<const MirrorJob> job;
  const v1::PathConfig& path;
  const v1::PathConfig& primary;
  const v1::Scorecard card;
  // What the card is about.
  const v1::Observation observation;
  v1::Confirmation confirmation;
  // Where it runs; null while it waits.
  std::shared_ptr<Workflow> workflow = nullptr;
  int sides_left = 2;

  // Whether the answer bears out what the card shows of its side.
  bool BearsOut(const v1::PathConfig& side, const v1::Observation& answer) const {
    return &side == &path ? FalselyProceeds(*job, *job->control, answer)
                          : FalselyProceeds(*job, answer, observation);
  }

  void Note(const v1::PathConfig& side, bool bears_out) {
    v1::Confirmation& c = confirmation;
    if (&side == &path) {
      c.set_candidate_answers(c.candidate_answers() + 1);
      c.set_candidate_proceeds(c.candidate_proceeds() + bears_out);
    } else {
      c.set_primary_answers(c.primary_answers() + 1);
      c.set_primary_refuses(c.primary_refuses() + bears_out);
    }
  }
};

Confirmations::Confirmations(Dependencies dependencies)
    : dependencies_(dependencies),
      counts_(dependencies.metrics == nullptr
                  ? nullptr
                  : &dependencies.metrics->Counters(
                        "warmpath_confirmations_total",
                        "Possible severe violations that were asked again, by what came of it.",
                        {"workflow", "path", "result"})) {}

void Confirmations::Configure(const v1::Config& config) {
  std::deque<std::shared_ptr<Round>> gone;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [name, workflow] : config.workflows()) {
      auto& known = workflows_[name];
      if (!known) known = std::make_shared<Workflow>();
    }
    for (auto it = workflows_.begin(); it != workflows_.end();) {
      if (config.workflows().contains(it->first)) {
        ++it;
        continue;
      }
      gone.insert(gone.end(), it->second->waiting.begin(), it->second->waiting.end());
      it->second->waiting.clear();
      it = workflows_.erase(it);
    }
  }
  for (const auto& round : gone) {
    Count(round->job->workflow_name(), round->path.name(), "workflow_gone");
  }
}

void Confirmations::Start(std::shared_ptr<const MirrorJob> job, const v1::PathConfig& path,
                          v1::Scorecard card, v1::Observation observation) {
  std::string_view dropped;
  auto round = std::make_shared<Round>(
      Round{job, path, *PrimaryOf(*job), std::move(card), std::move(observation), {}});
  round->confirmation.set_card_id(round->card.id());
  {
    absl::MutexLock lock(&mutex_);
    const auto found = workflows_.find(job->workflow_name());
    if (found == workflows_.end()) {
      dropped = "workflow_gone";
    } else if (!found->second->open_paths.insert(path.name()).second) {
      dropped = "confirmation_pending";
    } else {
      Workflow& workflow = *found->second;
      if (workflow.running >= kMostRunning) {
        workflow.waiting.push_back(std::move(round));
        return;
      }
      ++workflow.running;
      round->workflow = found->second;
    }
  }
  if (dropped.empty()) {
    Run(std::move(round));
  } else {
    Count(job->workflow_name(), path.name(), dropped);
  }
}

void Confirmations::Run(std::shared_ptr<Round> round) {
  const auto executor = round->job->worker->executor;
  for (const v1::PathConfig* side : {&round->path, &round->primary}) {
    boost::asio::co_spawn(executor, Ask(round, side), [this, round](std::exception_ptr) {
      // A side that failed has too few answers.
      if (--round->sides_left == 0) Finish(*round);
    });
  }
}

boost::asio::awaitable<void> Confirmations::Ask(std::shared_ptr<Round> round,
                                                const v1::PathConfig* path) {
  int answers = 0;
  for (int tries = 0; answers < kAnswers && tries < kMostTries; ++tries) {
    const ShadowAnswer answer = co_await AskPath(*round->job, *path, dependencies_.clock);
    if (answer.dropped.empty() && !answer.observation.has_failure()) {
      ++answers;
      round->Note(*path, round->BearsOut(*path, answer.observation));
    } else if (tries + 1 < kMostTries) {
      co_await Pause();
    }
  }
}

boost::asio::awaitable<void> Confirmations::Pause() const {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, absl::ToChronoNanoseconds(dependencies_.pause));
  boost::system::error_code ignored;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

void Confirmations::Finish(const Round& round) {
  const std::string& workflow = round.job->workflow_name();
  v1::Confirmation confirmation = round.confirmation;
  confirmation.set_result(ResultOf(confirmation));
  const absl::Status stored = dependencies_.cards.AppendConfirmation(round.card, confirmation,
                                                                     dependencies_.clock.Now());
  Count(workflow, round.path.name(),
        stored.ok() ? WordOf(confirmation.result()) : std::string_view("store_error"));
  std::shared_ptr<Round> next;
  {
    absl::MutexLock lock(&mutex_);
    Workflow& state = *round.workflow;
    state.open_paths.erase(round.path.name());
    if (state.waiting.empty()) {
      --state.running;
      return;
    }
    next = std::move(state.waiting.front());
    state.waiting.pop_front();
    next->workflow = round.workflow;
  }
  Run(std::move(next));
}

void Confirmations::Count(std::string_view workflow, std::string_view path,
                          std::string_view result) const {
  if (counts_ == nullptr) return;
  counts_->With({std::string(workflow), std::string(path), std::string(result)}).Increment();
}

}  // namespace warmpath
