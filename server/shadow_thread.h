// One thread that shadows and scoring run on.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "provider/path_set.h"
#include "server/event_loop.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// A ShadowThread runs at lower priority than live traffic and has paths of its own: own connections,
// own credentials.
//
// Thread safety: methods from the thread that made it. Ownership: borrows clock.
class ShadowThread {
 public:
  ShadowThread(int index, const Clock& clock);

  EventLoop& loop() { return loop_; }
  void Start() { loop_.Start(); }
  absl::StatusOr<std::shared_ptr<PathSet>> MakePaths(const v1::Config& config);

 private:
  const Clock& clock_;
  EventLoop loop_;
};

}  // namespace warmpath
