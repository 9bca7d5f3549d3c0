#include "store/tally.h"

#include <cmath>
#include <cstdint>

namespace warmpath {
namespace {

int64_t GradeMicros(double grade) {
  if (!(grade > 0)) return 0;
  return grade >= 1 ? 1'000'000 : std::llround(grade * 1e6);
}

}  // namespace

void CountScore(const v1::DimensionScore& score, v1::Tally* tally) {
  switch (score.verdict()) {
    case v1::SCORE_VERDICT_PASS:
      tally->set_pass(tally->pass() + 1);
      tally->set_grade_micros(tally->grade_micros() + GradeMicros(score.grade()));
      break;
    case v1::SCORE_VERDICT_FAIL:
      tally->set_fail(tally->fail() + 1);
      tally->set_grade_micros(tally->grade_micros() + GradeMicros(score.grade()));
      break;
    case v1::SCORE_VERDICT_SCORER_ERROR:
      tally->set_scorer_error(tally->scorer_error() + 1);
      break;
    case v1::SCORE_VERDICT_NOT_APPLICABLE:
      tally->set_not_applicable(tally->not_applicable() + 1);
      break;
    default:
      break;
  }
}

void MergeTally(const v1::Tally& from, v1::Tally* to) {
  to->set_pass(to->pass() + from.pass());
  to->set_fail(to->fail() + from.fail());
  to->set_scorer_error(to->scorer_error() + from.scorer_error());
  to->set_not_applicable(to->not_applicable() + from.not_applicable());
  to->set_grade_micros(to->grade_micros() + from.grade_micros());
}

absl::Time BucketOf(absl::Time time, absl::Duration width) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), width);
}

}  // namespace warmpath
