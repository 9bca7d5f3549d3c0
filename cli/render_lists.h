// Flips, drills, reviews and audit entries, for people.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "cli/style.h"
#include "warmpath/v1/admin.pb.h"
#include "warmpath/v1/drill.pb.h"
#include "warmpath/v1/failover.pb.h"

namespace warmpath {

// Each is pure, newest first, with the token of the next page at the end if there is one.
std::string RenderFlips(const v1::ListFlipsResponse& flips, absl::Time now, const Style& style);
std::string RenderDrills(const v1::ListDrillsResponse& drills, absl::Time now, const Style& style);
std::string RenderReviews(const v1::ListReviewsResponse& reviews, absl::Time now,
                          const Style& style);
std::string RenderAudit(const v1::ListAuditEntriesResponse& audit, absl::Time now,
                        const Style& style);

// What a flip did, or with `dry_run` would do, what stands against it, and how to undo it.
std::string RenderFlip(const v1::FlipResponse& response, bool dry_run, const Style& style);
// One drill in full.
std::string RenderDrill(const v1::Drill& drill, absl::Time now, const Style& style);

}  // namespace warmpath
