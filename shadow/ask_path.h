// Asks one path what was asked live, as a shadow.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "boost/asio/awaitable.hpp"
#include "shadow/mirror_job.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// What came of it: an answer or a failure of the path, or why it was not asked or not judged.
struct ShadowAnswer {
  // Why there is nothing to judge: a budget's reason, "answer_too_large" or "local_limit". Empty: there is.
  std::string_view dropped;
  v1::Observation observation;
};

// Asks `path` within its budget, with MirrorConfig::timeout as the deadline.
//
// Thread safety: runs on the job's worker. Ownership: borrows all until it ends.
// REQUIRES: the job is prepared.
boost::asio::awaitable<ShadowAnswer> AskPath(const MirrorJob& job, const v1::PathConfig& path,
                                             const Clock& clock);

}  // namespace warmpath
