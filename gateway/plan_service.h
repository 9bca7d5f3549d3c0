// The gRPC door for services that do their own routing.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "failover/controller.h"
#include "gateway/grpc_access.h"
#include "grpcpp/grpcpp.h"
#include "warmpath/v1/plan.grpc.pb.h"

namespace warmpath {

struct PlanServiceOptions {
  // Most calls of WatchPlan at a time; further ones are RESOURCE_EXHAUSTED.
  size_t max_watchers = 1000;
  // A watcher that was told nothing for so long is told that nothing changed.
  absl::Duration keep_alive = absl::Seconds(15);
};

// PlanServiceImpl answers warmpath.v1.PlanService from the plan that live requests are served by:
// only paths that may be tried now are named.
//
//   failover.SetPlanListener([&] { post(loop, [&] { service.Update(); }); });
//   … each tick: service.Update();   … before the door stops: service.Stop();
//
// Thread safety: all methods may be called concurrently.
// Ownership: borrows `failover` and `clock`. Starts no thread and no timer.
// Bounded: a watcher holds one message that is being sent and at most one, the newest, that waits.
// Errors: as plan.proto says.
class PlanServiceImpl final : public v1::PlanService::CallbackService {
 public:
  PlanServiceImpl(const FailoverController& failover, const Clock& clock,
                  const PlanServiceOptions& options)
      : failover_(failover), clock_(clock), options_(options) {}
  ~PlanServiceImpl() override;

  // Before the first call, and after a reload.
  void Configure(std::shared_ptr<const GrpcDoorSettings> settings) {
    settings_.store(std::move(settings));
  }

  // Tells each watcher what changed for it since it was last told, if anything did.
  void Update() ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends all watching with UNAVAILABLE, now and from now on.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  size_t watchers() const ABSL_LOCKS_EXCLUDED(mutex_);

  grpc::ServerUnaryReactor* GetPlan(grpc::CallbackServerContext* context,
                                    const v1::GetPlanRequest* request,
                                    v1::GetPlanResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchPlanResponse>* WatchPlan(
      grpc::CallbackServerContext* context, const v1::WatchPlanRequest* request) override;

 private:
  class Watcher;
  class RefusedWatch;
  struct News;

  // The workflow that is meant, if one is named; NOT_FOUND, UNAUTHENTICATED.
  absl::StatusOr<std::string> Admit(const grpc::CallbackServerContext& context,
                                    const std::string& workflow) const;
  absl::Status Read(const std::string& workflow, const std::string& conversation,
                    v1::Plan& plan) const;
  void Forget(const Watcher* watcher) ABSL_LOCKS_EXCLUDED(mutex_);

  const FailoverController& failover_;
  const Clock& clock_;
  const PlanServiceOptions options_;
  std::atomic<std::shared_ptr<const GrpcDoorSettings>> settings_;
  mutable absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<const Watcher*, std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warmpath
