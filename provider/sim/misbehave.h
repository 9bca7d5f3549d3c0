// How a simulated model strays from its recorded answer.
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "warmpath/v1/observation.pb.h"
#include "warmpath/v1/sim.pb.h"

namespace warmpath {

// What happens to one request on the wire.
enum class SimFate { kAnswer, kError, kHang, kReset, kTruncate, kGarbage, kEmpty };

// Draws for one request: equal draws give equal behaviour.
//
// Thread safety: none; belongs to one request.
class SimDraw {
 public:
  explicit SimDraw(uint64_t seed) : state_(seed) {}
  // Uniform in [0, 1).
  double Next();
  bool Chance(double share) { return share > 0 && Next() < share; }

 private:
  uint64_t state_;
};

SimFate DrawFate(const v1::SimBehavior& behavior, SimDraw& draw);

// Log-normal with the behaviour's median and 99th percentile.
absl::Duration DrawLatency(const v1::SimBehavior& behavior, SimDraw& draw);

// Changes `answer` as the behaviour says: refusals, other tools, broken JSON.
void Misbehave(const v1::SimBehavior& behavior, const v1::ModelRequest& request, SimDraw& draw,
               v1::Observation& answer);

}  // namespace warmpath
