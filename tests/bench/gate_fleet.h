// A simulated fleet for gate_goals: many paths of unlike traffic share one budget of mirrors.
#pragma once

#include <cstdint>
#include <vector>

namespace warmpath {

enum class FleetPolicy {
  kUniform,    // every path gets the same rate, always
  kAllocator,  // failover/allocator.h, anew every 10 s
};

// The setting of docs/gate.md, "Spending" (G12).
struct FleetOptions {
  FleetPolicy policy = FleetPolicy::kAllocator;
  // Mirrored requests a minute, for all.
  double budget = 12;
  // Decides what happens to the paths and when; the same for every policy and budget.
  uint64_t seed = 1;
  int paths = 24;
  // Requests a minute, evenly spaced in their logarithm.
  double least_traffic = 1, most_traffic = 3000;
  double days = 40;
  // Mean days between silent changes for the worse of a path, and between new evidence keys.
  double change_days = 15, key_days = 15;
  // A bad change is mended by a new key at the latest after so many days.
  double bad_days = 1;
  double good_loss = .003, bad_loss = .05, limit = .01;
};

// What one path showed.
struct FleetPath {
  double good_minutes = 0, green_while_good = 0;
  int bad_changes = 0;
  double green_while_bad = 0;
  // New keys that became GREEN before anything else happened, and how long that took.
  int proofs = 0;
  double proof_minutes = 0;
  double samples = 0;
};

std::vector<FleetPath> SimulateFleet(const FleetOptions& options);

}  // namespace warmpath
