#include "shadow/coverage.h"

namespace warmpath {

void CoverageCounters::Offered(std::string_view workflow, v1::TurnType turn_type, bool streaming,
                               std::string_view skip_reason) {
  absl::MutexLock lock(&mutex_);
  v1::Coverage& turn = turns_[TurnKey{std::string(workflow), turn_type, streaming}];
  turn.set_turn_type(turn_type);
  turn.set_streaming(streaming);
  turn.set_live(turn.live() + 1);
  if (skip_reason.empty()) {
    turn.set_sampled(turn.sampled() + 1);
  } else {
    ++(*turn.mutable_skipped())[std::string(skip_reason)];
  }
}

void CoverageCounters::Sampled(std::string_view workflow, std::string_view path) {
  absl::MutexLock lock(&mutex_);
  v1::MirrorCounts& counts = PathLocked(workflow, path);
  counts.set_sampled(counts.sampled() + 1);
  counts.set_pending(counts.pending() + 1);
}

void CoverageCounters::Mirrored(std::string_view workflow, std::string_view path) {
  absl::MutexLock lock(&mutex_);
  v1::MirrorCounts& counts = PathLocked(workflow, path);
  counts.set_mirrored(counts.mirrored() + 1);
  counts.set_pending(counts.pending() - 1);
}

void CoverageCounters::Dropped(std::string_view workflow, std::string_view path,
                               std::string_view reason) {
  absl::MutexLock lock(&mutex_);
  v1::MirrorCounts& counts = PathLocked(workflow, path);
  ++(*counts.mutable_dropped())[std::string(reason)];
  counts.set_pending(counts.pending() - 1);
}

v1::MirrorCounts CoverageCounters::Counts(std::string_view workflow, std::string_view path) const {
  absl::MutexLock lock(&mutex_);
  auto it = paths_.find(PathKey(workflow, path));
  return it == paths_.end() ? v1::MirrorCounts() : it->second;
}

std::vector<v1::Coverage> CoverageCounters::Coverage(std::string_view workflow) const {
  absl::MutexLock lock(&mutex_);
  std::vector<v1::Coverage> result;
  for (const auto& [key, turn] : turns_) {
    if (key.workflow == workflow) result.push_back(turn);
  }
  return result;
}

v1::MirrorCounts& CoverageCounters::PathLocked(std::string_view workflow, std::string_view path) {
  return paths_[PathKey(workflow, path)];
}

}  // namespace warmpath
