// One config of mirroring, complete with what it resolves to.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "boost/asio/any_io_executor.hpp"
#include "provider/path_set.h"
#include "shadow/budget.h"
#include "shadow/judge_client.h"
#include "shadow/sampler.h"
#include "warmpath/v1/config.pb.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// One executor that shadows run on, with the paths that live there.
struct ShadowWorker {
  boost::asio::any_io_executor executor;
  std::shared_ptr<PathSet> paths;
};

// What of one workflow outlives a reload.
struct MirrorWorkflowState {
  // Live exchanges that were not sampled, by kind of turn and streaming.
  std::array<std::array<std::atomic<int64_t>, 2>, v1::TurnType_ARRAYSIZE> not_sampled = {};
  std::atomic<int64_t> unanswered = 0;
};

// A MirrorSnapshot is made at the start and at each reload, and replaced as a whole: exchanges under
// way keep the one that they began with.
//
// Thread safety: immutable once it is shared, but for what its pointers lead to, which is safe by itself.
struct MirrorSnapshot {
  struct Workflow {
    const v1::WorkflowConfig* config;
    v1::Contract contract;
    std::shared_ptr<MirrorWorkflowState> state;
    // By path name.
    std::map<std::string, std::shared_ptr<ShadowBudget>, std::less<>> budgets;
    // Of just these paths, in this order.
    std::shared_ptr<Sampler> sampler;
    // Null: the workflow has no plug-in judge.
    std::shared_ptr<JudgeClient> judge;
    // A dimension is held against the primary's own noise.
    bool paired = false;
  };

  std::shared_ptr<const v1::Config> config;
  std::vector<ShadowWorker> workers;
  std::map<std::string, Workflow, std::less<>> workflows;
};

}  // namespace warmpath
