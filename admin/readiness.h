// Whether this process should be given traffic.
#pragma once

#include <string>

#include "warmpath/v1/admin.pb.h"

namespace warmpath {

struct Readiness {
  bool ready = false;
  // One line for each thing that was looked at, for people.
  std::string text;
};

// Ready: a config is in force, the store is open, and at least one workflow has an active path. Not
// looked at: whether standbys are GREEN, whether the last reload was taken (the config before it
// serves on) or whether the store takes evidence (live traffic goes on): each is a line, no
// refusal, since taking every replica out at once would make the failure bigger. Pure.
Readiness ReadinessOf(const v1::GetStatusResponse& status);

}  // namespace warmpath
