// Asks a workflow's plug-in judge.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "boost/asio/awaitable.hpp"
#include "provider/path_set.h"
#include "shadow/judge_call.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

using DimensionScores = google::protobuf::RepeatedPtrField<v1::DimensionScore>;

// What a judge is asked.
struct JudgeQuestion {
  std::string_view path;  // that answered; for counting
  const std::string& request_id;
  uint64_t conversation = 0;
  const v1::ModelRequest& request;
  // What the serving path answered; null: there is none, or it is the answer that is judged.
  const v1::Observation* control = nullptr;
  const v1::Observation& candidate;
};

// What came of it.
struct JudgeResult {
  // PASS or FAIL with a grade; NOT_APPLICABLE: it was not asked, or has nothing to say;
  // SCORER_ERROR: it was asked and gave no verdict.
  v1::DimensionScore score;
  // The judge's words where it rejects; may hold content.
  std::string reason;
  // Which judge: part of the evidence key.
  std::string version;
};

// A JudgeClient asks one workflow's judge (JudgeConfig): a JudgeService over gRPC, or a model by a
// rubric. It never waits for its turn: what is over a limit is not judged.
//
//   auto judge = JudgeClient::Create("support", config, clock, metrics);
//   const JudgeResult result =
//       co_await judge->Judge(question, card.scores(), *worker.paths, executor);
//
// A judge is not asked where a deterministic dimension FAILs, so that it can never outvote one, nor
// where a case was handed to a person. Everything is counted by what came of it in
// warmpath_judge_total{workflow,path,outcome}: pass, fail, not_applicable; not asked: not_sampled,
// fails_already, handed_over, rate, concurrency, too_long; no verdict: timeout, unreachable, error,
// bad_answer.
//
// Thread safety: all methods may be called concurrently.
// Ownership: borrows clock and metrics. What Judge takes must live until it has ended.
// Errors: none; they are results.
class JudgeClient {
 public:
  // `known_version`: the version that cards of this judge last had; empty: none is known.
  // REQUIRES: `workflow` has a judge, and the config is checked.
  JudgeClient(std::string name, const v1::WorkflowConfig& workflow, const v1::Config& config,
              std::string known_version, const Clock& clock, Metrics* metrics);

  // Judges one answer that scored `scores`.
  boost::asio::awaitable<JudgeResult> Judge(JudgeQuestion question, const DimensionScores& scores,
                                            PathSet& paths,
                                            boost::asio::any_io_executor executor);

  // What the latest verdict came from; before the first one, what is known from before or from the
  // config.
  std::string version() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Why an answer is not judged, as counted; empty: it is.
  std::string_view WhyNot(const JudgeQuestion& question, const DimensionScores& scores) const;
  // Takes a place; says why not.
  std::string_view Enter() ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave() ABSL_LOCKS_EXCLUDED(mutex_);

  struct Verdict;
  boost::asio::awaitable<Verdict> AskService(const JudgeQuestion& question,
                                             boost::asio::any_io_executor executor);
  boost::asio::awaitable<Verdict> AskModel(const JudgeQuestion& question, PathSet& paths);
  Verdict ReadReply(const v1::Observation& reply) const;
  void Learn(const std::string& version) ABSL_LOCKS_EXCLUDED(mutex_);
  void Count(std::string_view path, std::string_view outcome) const;

  const std::string name_;
  const v1::JudgeConfig config_;
  // What names the judge where its answers do not.
  const std::string own_version_;
  const Clock& clock_;
  CounterFamily* const counts_;
  std::shared_ptr<JudgeChannel> channel_;  // null: a model judges

  mutable absl::Mutex mutex_;
  std::string version_ ABSL_GUARDED_BY(mutex_);
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  // Verdicts that may be asked for at once; refills with time.
  double tokens_ ABSL_GUARDED_BY(mutex_);
  absl::Time refill_time_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warmpath
