// Counting scorecards.
#pragma once

#include "absl/time/time.h"
#include "warmpath/v1/record.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// Adds one dimension's result of one card. A grade outside 0..1 counts as the nearer end, one that
// is no number as 0. An unspecified verdict counts nowhere.
void CountScore(const v1::DimensionScore& score, v1::Tally* tally);

// Adds the counts of `from`.
void MergeTally(const v1::Tally& from, v1::Tally* to);

// The start of the bucket of `width` that holds `time`, counted from 1970.
// REQUIRES: `width` is positive.
absl::Time BucketOf(absl::Time time, absl::Duration width);

}  // namespace warmpath
