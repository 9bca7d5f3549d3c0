#include "shadow/paired_scores.h"

#include <algorithm>

#include "scorer/scorer.h"

namespace warmpath {
namespace {

bool IsPaired(const MirrorJob& job, const MirrorCandidate& candidate) {
  return job.workflow->paired && candidate.source == v1::SCORE_SOURCE_MIRROR;
}

// Whether `card_of` is held against what `other` answered.
bool IsComparedWith(const MirrorCandidate& card_of, const MirrorCandidate& other) {
  return other.source == v1::SCORE_SOURCE_SELF || &other < &card_of;
}

void AddControl(const v1::Scorecard& control, v1::Scorecard& card) {
  *card.mutable_control_scores() = control.scores();
  if (control.has_false_proceed()) card.set_control_false_proceed(control.false_proceed());
}

void AddPeer(const MirrorJob& job, const MirrorCandidate& peer, const v1::Observation& observation,
             v1::Scorecard& card) {
  if (peer.path->role() == v1::ROLE_DEGRADED) return;
  ScoreResult result = ScoreAll({job.request, job.contract, &*peer.observation, observation});
  v1::PeerScore& scores = *card.add_peer_scores();
  scores.set_path(peer.path->name());
  for (v1::DimensionScore& score : result.scores) *scores.add_scores() = std::move(score);
}

}  // namespace

bool IsComplete(const MirrorJob& job, const MirrorCandidate& candidate) {
  if (!IsPaired(job, candidate)) return true;
  return std::all_of(job.candidates.begin(), job.candidates.end(), [&](const auto& other) {
    return !IsComparedWith(candidate, other) || other.ended;
  });
}

void AddPairedScores(const MirrorJob& job, MirrorCandidate& candidate) {
  v1::Scorecard& card = *candidate.card;
  if (!IsPaired(job, candidate) || card.result() != v1::EXCHANGE_RESULT_SCORED) return;
  for (const MirrorCandidate& other : job.candidates) {
    const bool answered = other.observation && !other.observation->has_failure();
    if (!answered || !IsComparedWith(candidate, other)) continue;
    if (other.source != v1::SCORE_SOURCE_SELF) {
      AddPeer(job, other, *candidate.observation, card);
    } else if (job.control != nullptr) {
      AddControl(*other.control, card);
    }
  }
}

}  // namespace warmpath
