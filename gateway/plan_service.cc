#include "gateway/plan_service.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "failover/plan.h"

namespace warmpath {
namespace {

v1::Plan WithoutWorkflows(const Plan& plan) {
  v1::Plan proto;
  proto.set_version(plan.version);
  *proto.mutable_create_time() = ToProto(plan.create_time);
  return proto;
}

// The workflow's part for one conversation: the drill's path in front if it has taken it, or the one that
// a ramp has not moved it from. The ramp itself is not told: it is in the order already.
v1::WorkflowPlan ForConversation(const WorkflowPlan& workflow, const std::string& conversation) {
  const uint64_t hash = StableHash64(conversation);
  WorkflowPlan own = workflow;
  own.paths.clear();
  // As the front doors do, so that a conversation is treated alike whatever door it comes through.
  const std::string_view key(reinterpret_cast<const char*>(&hash), sizeof(hash));
  for (const PlannedPath* path : workflow.PathsFor(key)) own.paths.push_back(*path);
  own.ramp.reset();
  return ToProto(own);
}

}  // namespace

// What watchers of one workflow, or of all, are told.
struct PlanServiceImpl::News {
  int64_t version = 0;
  // All but version and time: what has to differ to be news.
  std::string content;
  std::shared_ptr<const v1::WatchPlanResponse> message;
};

// One call of WatchPlan. Writes and the end come from several threads, but only one at a time and never
// under the lock: gRPC may call back at once.
class PlanServiceImpl::Watcher final : public grpc::ServerWriteReactor<v1::WatchPlanResponse> {
 public:
  Watcher(PlanServiceImpl& service, std::string workflow)
      : service_(service), workflow_(std::move(workflow)) {}

  const std::string& workflow() const { return workflow_; }

  bool Knows(int64_t version) const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return version_ == version;
  }

  void Tell(const News& news, absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      version_ = news.version;
      if (news.content == content_ && told_ > absl::InfinitePast()) return;
      content_ = news.content;
      waiting_ = news.message;
      told_ = now;
    }
    Proceed();
  }

  // Says that nothing changed, if nothing was said for long.
  void KeepAlive(absl::Time now, absl::Duration after) ABSL_LOCKS_EXCLUDED(mutex_) {
    static const auto* const kNothing =
        new std::shared_ptr<const v1::WatchPlanResponse>(new v1::WatchPlanResponse());
    {
      absl::MutexLock lock(&mutex_);
      if (now - told_ < after && now >= told_) return;
      if (waiting_) return;
      told_ = now;
      waiting_ = *kNothing;
    }
    Proceed();
  }

  void End(grpc::Status status) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      if (!end_) end_ = std::move(status);
    }
    Proceed();
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      writing_.reset();
      if (!ok && !end_) end_ = grpc::Status::CANCELLED;
    }
    Proceed();
  }
  void OnCancel() override { End(grpc::Status::CANCELLED); }
  void OnDone() override { service_.Forget(this); }

 private:
  void Proceed() ABSL_LOCKS_EXCLUDED(mutex_) {
    const v1::WatchPlanResponse* message = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      if (writing_ || finished_) return;
      if (end_) {
        finished_ = true;
      } else if (waiting_) {
        writing_ = std::exchange(waiting_, nullptr);
        message = writing_.get();
      } else {
        return;
      }
    }
    if (message != nullptr) {
      StartWrite(message);
    } else {
      Finish(*end_);
    }
  }

  PlanServiceImpl& service_;
  const std::string workflow_;
  mutable absl::Mutex mutex_;
  int64_t version_ ABSL_GUARDED_BY(mutex_) = -1;
  std::string content_ ABSL_GUARDED_BY(mutex_);
  absl::Time told_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::shared_ptr<const v1::WatchPlanResponse> writing_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const v1::WatchPlanResponse> waiting_ ABSL_GUARDED_BY(mutex_);
  // Set once.
  std::optional<grpc::Status> end_;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

class PlanServiceImpl::RefusedWatch final
    : public grpc::ServerWriteReactor<v1::WatchPlanResponse> {
 public:
  explicit RefusedWatch(const absl::Status& status) { Finish(GrpcStatusOf(status)); }
  void OnDone() override { delete this; }
};

PlanServiceImpl::~PlanServiceImpl() = default;

absl::StatusOr<std::string> PlanServiceImpl::Admit(const grpc::CallbackServerContext& context,
                                                   const std::string& workflow) const {
  const auto settings = settings_.load();
  RETURN_IF_ERROR(CheckDoor(settings->tokens, context));
  if (workflow.empty()) return workflow;
  const WorkflowEntry* entry = settings->directory.Find(workflow);
  if (entry == nullptr) return absl::NotFoundError(settings->directory.UnknownMessage(workflow));
  return entry->name;
}

absl::Status PlanServiceImpl::Read(const std::string& workflow, const std::string& conversation,
                                   v1::Plan& plan) const {
  const auto current = failover_.Plan();
  if (workflow.empty()) {
    plan = ToProto(*current);
    return absl::OkStatus();
  }
  plan = WithoutWorkflows(*current);
  const WorkflowPlan* part = current->Find(workflow);
  if (part == nullptr) {
    return absl::NotFoundError(absl::StrCat("workflow '", workflow, "' is not in the plan yet"));
  }
  *plan.add_workflows() =
      conversation.empty() ? ToProto(*part) : ForConversation(*part, conversation);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* PlanServiceImpl::GetPlan(grpc::CallbackServerContext* context,
                                                   const v1::GetPlanRequest* request,
                                                   v1::GetPlanResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<std::string> workflow = Admit(*context, request->workflow());
  absl::Status status = workflow.status();
  if (status.ok() && workflow->empty() && !request->conversation().empty()) {
    status = absl::InvalidArgumentError("a conversation is asked for without its workflow");
  }
  if (status.ok()) status = Read(*workflow, request->conversation(), *response->mutable_plan());
  reactor->Finish(GrpcStatusOf(status));
  return reactor;
}

grpc::ServerWriteReactor<v1::WatchPlanResponse>* PlanServiceImpl::WatchPlan(
    grpc::CallbackServerContext* context, const v1::WatchPlanRequest* request) {
  absl::StatusOr<std::string> workflow = Admit(*context, request->workflow());
  if (!workflow.ok()) return new RefusedWatch(workflow.status());
  auto watcher = std::make_shared<Watcher>(*this, *std::move(workflow));
  {
    absl::MutexLock lock(&mutex_);
    if (stopped_) {
      return new RefusedWatch(absl::UnavailableError("warmpathd is stopping; watch again soon"));
    }
    if (watchers_.size() >= options_.max_watchers) {
      return new RefusedWatch(absl::ResourceExhaustedError(absl::StrCat(
          options_.max_watchers, " watch the plan already; share one stream within a process")));
    }
    watchers_.emplace(watcher.get(), watcher);
  }
  // Tells the newcomer, to whom everything is news.
  Update();
  return watcher.get();
}

void PlanServiceImpl::Update() {
  const absl::Time now = clock_.Now();
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [key, watcher] : watchers_) watchers.push_back(watcher);
  }
  const int64_t version = failover_.Plan()->version;
  // By workflow; made once for all who watch the same.
  std::map<std::string, News> news;
  for (const auto& watcher : watchers) {
    if (!watcher->Knows(version)) {
      News& told = news[watcher->workflow()];
      if (told.message == nullptr) {
        auto message = std::make_shared<v1::WatchPlanResponse>();
        v1::Plan& plan = *message->mutable_plan();
        // A workflow that is gone leaves the plan empty.
        Read(watcher->workflow(), "", plan).IgnoreError();
        told.version = plan.version();
        for (const v1::WorkflowPlan& part : plan.workflows()) {
          absl::StrAppend(&told.content, part.SerializeAsString(), "\n");
        }
        told.message = std::move(message);
      }
      watcher->Tell(told, now);
    }
    watcher->KeepAlive(now, options_.keep_alive);
  }
}

void PlanServiceImpl::Stop() {
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    for (const auto& [key, watcher] : watchers_) watchers.push_back(watcher);
  }
  for (const auto& watcher : watchers) {
    watcher->End({grpc::StatusCode::UNAVAILABLE, "warmpathd is stopping; watch again soon"});
  }
}

size_t PlanServiceImpl::watchers() const {
  absl::MutexLock lock(&mutex_);
  return watchers_.size();
}

void PlanServiceImpl::Forget(const Watcher* watcher) {
  std::shared_ptr<Watcher> last;
  absl::MutexLock lock(&mutex_);
  auto it = watchers_.find(watcher);
  if (it == watchers_.end()) return;
  last = std::move(it->second);
  watchers_.erase(it);
}

}  // namespace warmpath
