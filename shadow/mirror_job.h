// One exchange on its way through the mirror.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "shadow/exchange.h"
#include "shadow/mirror_snapshot.h"
#include "shadow/pending_exchanges.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// One path that is asked for an exchange.
struct MirrorCandidate {
  const v1::PathConfig* path = nullptr;
  v1::ScoreSource source = v1::SCORE_SOURCE_UNSPECIFIED;
  // Until its card is stored or its drop counted.
  PendingExchanges::Mark mark;

  // It has answered or was dropped: nobody has to wait for it any more.
  bool ended = false;
  // What it answered; unset where it was dropped.
  std::optional<v1::Observation> observation;
  // Its card while that waits for the answers that it is compared with.
  std::optional<v1::Scorecard> card;
  // Of a second answer of the path that served: what it scored, which other cards carry.
  std::optional<v1::Scorecard> control;
  // Its card is stored or its drop counted.
  bool settled = false;

  // It has answered, and its card is made.
  void End(v1::Scorecard made);
};

// A MirrorJob holds an exchange, the config that it is mirrored by, and what is worked out of it once
// for all candidates. Its destruction makes room for the next.
//
//   auto job = std::make_shared<MirrorJob>(pending, snapshot, std::move(exchange));
//   job->AddCandidate(path, v1::SCORE_SOURCE_MIRROR, clock.Now()); … job->worker = …
//   if (const std::string_view reason = PrepareJob(*job); !reason.empty()) … dropped …
//
// Thread safety: none; handed from the thread that offers it to the worker that runs it.
// Ownership: borrows `pending`; shares the snapshot.
// REQUIRES: the snapshot has the exchange's workflow.
struct MirrorJob {
  MirrorJob(PendingExchanges& pending, std::shared_ptr<const MirrorSnapshot> snapshot,
            Exchange exchange);
  ~MirrorJob() { pending.Remove(bytes); }
  MirrorJob(const MirrorJob&) = delete;
  MirrorJob& operator=(const MirrorJob&) = delete;

  const std::string& workflow_name() const { return exchange.call->workflow; }

  // Adds a path to ask. `now`: it is dispatched then or later.
  void AddCandidate(const v1::PathConfig& path, v1::ScoreSource source, absl::Time now);

  // Whether the path that served is asked a second time. With paired dimensions only the primary is, once
  // for all candidates, and a conversation as a whole (gate.md section 8). REQUIRES: the candidates
  // are added.
  bool AsksAgain() const;

  // Whether this path answered live, and its answer was not given: no need to ask it again.
  bool WasRejected(std::string_view path) const;

  // The path's part of the evidence key of an answer that it gave.
  std::string KeyOf(const v1::PathConfig& path, const v1::Observation& observation) const;

  // The workflow's path of that name, or null.
  const v1::PathConfig* FindPath(std::string_view name) const;

  PendingExchanges& pending;
  const std::shared_ptr<const MirrorSnapshot> snapshot;
  const MirrorSnapshot::Workflow* workflow;
  Exchange exchange;
  int64_t bytes = 0;
  std::vector<MirrorCandidate> candidates;
  // Until the cards of what paths answered live are stored.
  std::vector<PendingExchanges::Mark> live_marks;
  const ShadowWorker* worker = nullptr;

  // What follows is filled by PrepareJob.

  // The same request as the live one, marked as a shadow and without the caller's credentials.
  std::shared_ptr<const ModelCall> shadow_call;
  v1::ModelRequest request;
  v1::Contract contract;
  // What cards of this exchange rest on, but for the path's part.
  v1::EvidenceKeyParts key_parts;
  // The path's part of the primary as it answered live; empty: it did not.
  std::string primary_key;
  // What the serving path did; absent if it failed or cannot be read.
  std::optional<v1::Observation> live;
  // What candidates are compared with: null where the serving path is a degraded one.
  const v1::Observation* control = nullptr;
};

// Decodes the exchange. Returns the reason why it cannot be mirrored at all; empty: it was prepared.
std::string_view PrepareJob(MirrorJob& job);

}  // namespace warmpath
