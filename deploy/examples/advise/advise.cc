// Watches warmpath's plan and picks the path for each conversation itself.
//
//   echo talk-17 | bazel run //deploy/examples/advise -- --warmpath 127.0.0.1:8081
//     --workflow support-reply
//
// Everything it needs of warmpath is proto/warmpath/v1/plan.proto.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "grpcpp/grpcpp.h"
#include "warmpath/v1/plan.grpc.pb.h"

ABSL_FLAG(std::string, warmpath, "", "HOST:PORT of warmpath's gRPC front door; required.");
ABSL_FLAG(std::string, workflow, "", "The workflow in warmpath's config; required.");
ABSL_FLAG(std::string, fallback, "", "The path to use until warmpath has told a plan.");

namespace {

namespace v1 = warmpath::v1;

// A number in [0, 1) that is the same for the same text, in every process (FNV-1a, mixed).
double ShareOf(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93;
  hash ^= hash >> 32;
  return static_cast<double>(hash >> 11) * 0x1.0p-53;
}

// Keeps the newest plan of one workflow, over broken streams and restarts of warmpath: while it cannot
// be asked, the last plan goes on to hold. Thread safety: Pick may be called concurrently, and waits
// for nobody.
class PlanWatcher {
 public:
  PlanWatcher(const std::string& target, std::string workflow, std::string token)
      : workflow_(std::move(workflow)), token_(std::move(token)) {
    grpc::ChannelArguments arguments;
    // A connection that died in silence is noticed within a minute and a half; not more often, as
    // servers take frequent pings for abuse.
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
    stub_ = v1::PlanService::NewStub(
        grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
    thread_ = std::thread([this] { Watch(); });
  }
  ~PlanWatcher() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      if (call_ != nullptr) call_->TryCancel();
    }
    thread_.join();
  }

  // Whether a plan was told, after waiting for at most `limit`.
  bool WaitForPlan(std::chrono::seconds limit) const {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (plan_.load() == nullptr && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return plan_.load() != nullptr;
  }

  // The paths to ask for this conversation, best first; empty: downtime, or no plan yet.
  std::vector<std::string> Pick(const std::string& conversation) const {
    const std::shared_ptr<const v1::WorkflowPlan> plan = plan_.load();
    std::vector<std::string> paths;
    if (plan == nullptr) return paths;
    for (const v1::PlannedPath& path : plan->paths()) paths.push_back(path.path());
    // A drill moves its share of conversations, each as a whole. Report `drill_id` with these.
    const v1::PlannedDrill& drill = plan->drill();
    if (plan->has_drill() && ShareOf(drill.drill_id() + conversation) < drill.share()) {
      paths.erase(std::remove(paths.begin(), paths.end(), drill.path()), paths.end());
      paths.insert(paths.begin(), drill.path());
    }
    // A flip that moves traffic bit by bit: conversations outside its share keep to the old path.
    const v1::PlannedRamp& ramp = plan->ramp();
    const std::string salt = ramp.from_path() + ">" + ramp.to_path() + ":";
    if (plan->has_ramp() && ShareOf(salt + conversation) >= ramp.share()) {
      paths.erase(std::remove(paths.begin(), paths.end(), ramp.from_path()), paths.end());
      paths.insert(paths.begin(), ramp.from_path());
    }
    return paths;
  }

 private:
  void Watch() {
    auto pause = std::chrono::milliseconds(100);
    while (true) {
      grpc::ClientContext call;
      if (!token_.empty()) call.AddMetadata("authorization", "Bearer " + token_);
      {
        std::lock_guard lock(mutex_);
        if (stopping_) return;
        call_ = &call;
      }
      v1::WatchPlanRequest request;
      request.set_workflow(workflow_);
      const auto reader = stub_->WatchPlan(&call, request);
      v1::WatchPlanResponse message;
      while (reader->Read(&message)) {
        pause = std::chrono::milliseconds(100);
        // Without a plan: nothing changed, the stream is alive.
        if (message.has_plan()) Take(message.plan());
      }
      const grpc::Status status = reader->Finish();
      {
        std::lock_guard lock(mutex_);
        call_ = nullptr;
        if (stopping_) return;
      }
      std::cerr << "plan: " << status.error_message() << "; the last one goes on to hold\n";
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, std::chrono::milliseconds(10'000));
    }
  }

  void Take(const v1::Plan& plan) {
    // A workflow that is gone from warmpath's config is gone from the plan: keep to what was said.
    if (plan.workflows().empty()) return;
    auto told = std::make_shared<const v1::WorkflowPlan>(plan.workflows(0));
    std::string said;
    for (const v1::PlannedPath& path : told->paths()) {
      said += (said.empty() ? "" : ", ") + path.path() + " (" +
              v1::Conformance_Name(path.conformance()).substr(sizeof("CONFORMANCE_") - 1) + ")";
    }
    std::cerr << "plan: " << (said.empty() ? "DOWNTIME: " + told->downtime_reason() : said) << "\n";
    plan_.store(std::move(told));
  }

  const std::string workflow_;
  const std::string token_;
  std::unique_ptr<v1::PlanService::Stub> stub_;
  std::atomic<std::shared_ptr<const v1::WorkflowPlan>> plan_;
  std::mutex mutex_;
  bool stopping_ = false;
  grpc::ClientContext* call_ = nullptr;
  std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "watches warmpath's plan and picks the path for each conversation itself.\n\n"
      "  echo CONVERSATION | advise --warmpath HOST:PORT --workflow WORKFLOW\n\n"
      "Reads one conversation's name from each line and prints the path to ask for it, DOWNTIME\n"
      "where none may be used. warmpath's token is taken from WARMPATH_TOKEN.");
  absl::ParseCommandLine(argc, argv);
  if (absl::GetFlag(FLAGS_warmpath).empty() || absl::GetFlag(FLAGS_workflow).empty()) {
    std::cerr << "advise: --warmpath and --workflow are needed; see --help\n";
    return 2;
  }
  const char* token = std::getenv("WARMPATH_TOKEN");
  PlanWatcher watcher(absl::GetFlag(FLAGS_warmpath), absl::GetFlag(FLAGS_workflow),
                      token != nullptr ? token : "");
  const bool known = watcher.WaitForPlan(std::chrono::seconds(5));
  std::string conversation;
  while (std::getline(std::cin, conversation)) {
    std::vector<std::string> paths = watcher.Pick(conversation);
    const std::string fallback = absl::GetFlag(FLAGS_fallback);
    if (!known && !watcher.WaitForPlan(std::chrono::seconds(0)) && !fallback.empty()) {
      paths = {fallback};
    }
    std::cout << (paths.empty() ? "DOWNTIME" : paths.front()) << std::endl;
  }
  return 0;
}
