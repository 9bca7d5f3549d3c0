// What services that route for themselves are told, through the real controller and gRPC.
#include "gateway/plan_service.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/client_context.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "tests/failover/controller_fixture.h"

namespace warmpath {
namespace {

using testing::ControllerTest;
using testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// As many clean samples as make a path GREEN under the fixture's thresholds.
constexpr int kProof = 100;

std::vector<std::string> PathsOf(const v1::WorkflowPlan& plan) {
  std::vector<std::string> names;
  for (const v1::PlannedPath& path : plan.paths()) names.push_back(path.path());
  return names;
}

class PlanServiceTest : public ControllerTest {
 protected:
  // One watcher; its messages are read when asked for.
  class Watch {
   public:
    Watch(v1::PlanService::Stub& stub, const std::string& workflow,
          const std::string& credential = "") {
      if (!credential.empty()) call_.AddMetadata("authorization", credential);
      v1::WatchPlanRequest request;
      request.set_workflow(workflow);
      reader_ = stub.WatchPlan(&call_, request);
    }
    ~Watch() {
      call_.TryCancel();
      if (!finished_) (void)reader_->Finish();
    }
    // Waits for the next message.
    v1::WatchPlanResponse Next() {
      v1::WatchPlanResponse message;
      EXPECT_TRUE(reader_->Read(&message)) << "the stream ended";
      return message;
    }
    // The paths of the one workflow that is watched.
    std::vector<std::string> NextPaths() {
      const v1::WatchPlanResponse message = Next();
      EXPECT_EQ(message.plan().workflows_size(), 1) << message.DebugString();
      return message.plan().workflows_size() == 1 ? PathsOf(message.plan().workflows(0))
                                                  : std::vector<std::string>();
    }
    grpc::Status End() {
      v1::WatchPlanResponse message;
      EXPECT_FALSE(reader_->Read(&message)) << message.DebugString();
      finished_ = true;
      return reader_->Finish();
    }

   private:
    grpc::ClientContext call_;
    std::unique_ptr<grpc::ClientReader<v1::WatchPlanResponse>> reader_;
    bool finished_ = false;
  };

  ~PlanServiceTest() override {
    if (server_) {
      service_->Stop();
      server_->Shutdown();
      server_->Wait();
    }
    if (controller_) controller_->SetPlanListener(nullptr);
  }

  void Open(const PlanServiceOptions& options = {}) {
    Support().add_aliases("help");
    Start();
    service_ = std::make_unique<PlanServiceImpl>(*controller_, clock_, options);
    Admit("");
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::PlanService::NewStub(server_->InProcessChannel({}));
    // The listener must not call back; the fixture's story tells the watchers after each step.
    controller_->SetPlanListener([this] { ++changes_; });
  }
  void Admit(const std::string& token) {
    v1::ListenerConfig listener;
    if (!token.empty()) {
      setenv("WARMPATH_TEST_PLAN_TOKEN", token.c_str(), 1);
      listener.add_bearer_tokens("env:WARMPATH_TEST_PLAN_TOKEN");
    }
    service_->Configure(std::make_shared<const GrpcDoorSettings>(
        GrpcDoorSettings{WorkflowDirectory(config_), *AccessTokens::Load(listener)}));
  }
  std::unique_ptr<Watch> StartWatch(const std::string& workflow = "support") {
    return std::make_unique<Watch>(*stub_, workflow);
  }

  grpc::Status Get(const std::string& workflow, const std::string& conversation,
                   v1::Plan& plan) {
    grpc::ClientContext call;
    v1::GetPlanRequest request;
    request.set_workflow(workflow);
    request.set_conversation(conversation);
    v1::GetPlanResponse response;
    const grpc::Status status = stub_->GetPlan(&call, request, &response);
    plan = response.plan();
    return status;
  }
  v1::WorkflowPlan ToldOf(const std::string& conversation = "") {
    v1::Plan plan;
    const grpc::Status status = Get("support", conversation, plan);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_THAT(plan.workflows(), SizeIs(1));
    return plan.workflows_size() == 1 ? plan.workflows(0) : v1::WorkflowPlan();
  }
  void GoDown() {
    MirrorAll({"primary", "claude"}, kProof);
    Fail(3);
    Fail(3, "claude");
    ASSERT_EQ(Active(), "");
  }

  int changes_ = 0;
  std::unique_ptr<PlanServiceImpl> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::PlanService::Stub> stub_;
};

TEST_F(PlanServiceTest, TellsTheActivePathAndWhyItIsNotGreen) {
  Open();
  const v1::WorkflowPlan plan = ToldOf();
  EXPECT_EQ(plan.workflow(), "support");
  EXPECT_EQ(plan.mode(), v1::FAILOVER_MODE_ENFORCE);
  ASSERT_THAT(PathsOf(plan), ElementsAre("primary"));
  EXPECT_EQ(plan.paths(0).role(), v1::ROLE_PRIMARY);
  EXPECT_EQ(plan.paths(0).conformance(), v1::CONFORMANCE_COLD);
  EXPECT_THAT(plan.paths(0).reason(), HasSubstr("few-samples"));
  EXPECT_FALSE(plan.has_retry_after());
}

TEST_F(PlanServiceTest, NamesGreenPathsBehindTheActiveOneAndNoOthers) {
  Open();
  Mirror("claude", kProof);
  Mirror("mistral", kProof, /*conforms=*/false);
  ASSERT_EQ(Verdict("mistral"), v1::CONFORMANCE_RED);
  const v1::WorkflowPlan plan = ToldOf();
  EXPECT_THAT(PathsOf(plan), ElementsAre("primary", "claude"));
  EXPECT_EQ(plan.paths(1).conformance(), v1::CONFORMANCE_GREEN);
  EXPECT_EQ(plan.paths(1).reason(), "");
  EXPECT_THAT(plan.DebugString(), ::testing::Not(HasSubstr("mistral")));
}

TEST_F(PlanServiceTest, SaysDowntimeExplicitlyAndAdvisesNothing) {
  Open();
  GoDown();
  const v1::WorkflowPlan plan = ToldOf();
  EXPECT_THAT(plan.paths(), IsEmpty());
  EXPECT_THAT(plan.downtime_reason(), HasSubstr("no other path is GREEN"));
  EXPECT_GT(plan.retry_after().seconds(), 0);
}

TEST_F(PlanServiceTest, FindsTheWorkflowByItsAliasAndTellsOfUnknownOnes) {
  Open();
  v1::Plan plan;
  EXPECT_TRUE(Get("help", "", plan).ok());
  EXPECT_EQ(plan.workflows(0).workflow(), "support");
  EXPECT_TRUE(Get("", "", plan).ok());
  EXPECT_THAT(plan.workflows(), SizeIs(1));
  EXPECT_GT(plan.version(), 0);
  const grpc::Status unknown = Get("sport", "", plan);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(unknown.error_message(), HasSubstr("support"));
  EXPECT_EQ(Get("", "talk", plan).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(PlanServiceTest, PutsADrillsPathInFrontForConversationsThatItHasTaken) {
  Open();
  MirrorAll({"primary", "claude"}, kProof);
  v1::StartDrillRequest request;
  request.set_workflow("support");
  request.set_path("claude");
  request.set_share(0.5);
  request.set_reason("practice");
  const auto drill = controller_->StartDrill(request, "ann");
  ASSERT_THAT(drill, IsOk());
  EXPECT_EQ(ToldOf().drill().drill_id(), drill->id());
  EXPECT_EQ(ToldOf().drill().path(), "claude");
  EXPECT_DOUBLE_EQ(ToldOf().drill().share(), 0.5);
  EXPECT_THAT(PathsOf(ToldOf()), ElementsAre("primary", "claude"));
  int moved = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string talk = "talk-" + std::to_string(i);
    const std::string first = PathsOf(ToldOf(talk)).at(0);
    EXPECT_EQ(first, PathsOf(ToldOf(talk)).at(0));
    moved += first == "claude";
  }
  EXPECT_GT(moved, 25);
  EXPECT_LT(moved, 75);
}

TEST_F(PlanServiceTest, AWatcherIsToldThePlanAtOnceThenEachChange) {
  Open();
  auto watch = StartWatch();
  EXPECT_THAT(watch->NextPaths(), ElementsAre("primary"));
  MirrorAll({"claude"}, kProof);
  service_->Update();
  EXPECT_THAT(watch->NextPaths(), ElementsAre("primary", "claude"));
  Fail(3);
  service_->Update();
  EXPECT_THAT(watch->NextPaths(), ElementsAre("claude"));
  EXPECT_GE(changes_, 2) << "the listener hears of each change";
}

TEST_F(PlanServiceTest, AWatcherSeesTheFlipIntoDowntime) {
  Open();
  auto watch = StartWatch();
  watch->Next();
  GoDown();
  service_->Update();
  const v1::WatchPlanResponse message = watch->Next();
  EXPECT_THAT(message.plan().workflows(0).paths(), IsEmpty());
  EXPECT_FALSE(message.plan().workflows(0).downtime_reason().empty());
}

TEST_F(PlanServiceTest, NothingIsToldTwice) {
  Open();
  auto watch = StartWatch();
  watch->Next();
  for (int i = 0; i < 5; ++i) service_->Update();
  // mistral turns RED: the plan's version grows, but not what may be tried.
  const int64_t before = controller_->Plan()->version;
  Mirror("mistral", kProof, /*conforms=*/false);
  ASSERT_GT(controller_->Plan()->version, before);
  service_->Update();
  Mirror("claude", kProof);
  service_->Update();
  v1::WatchPlanResponse next = watch->Next();
  // The stretch took longer than a keep-alive: one of these may stand in between.
  if (!next.has_plan()) next = watch->Next();
  EXPECT_THAT(PathsOf(next.plan().workflows(0)), ElementsAre("primary", "claude"));
}

TEST_F(PlanServiceTest, ASilentStreamIsKeptAlive) {
  Open({.keep_alive = absl::Seconds(15)});
  auto watch = StartWatch();
  EXPECT_TRUE(watch->Next().has_plan());
  clock_.Advance(absl::Seconds(14));
  service_->Update();
  clock_.Advance(absl::Seconds(1));
  service_->Update();
  EXPECT_FALSE(watch->Next().has_plan());
  Mirror("claude", kProof);
  service_->Update();
  EXPECT_TRUE(watch->Next().has_plan()) << "only one sign of life before it";
}

TEST_F(PlanServiceTest, ASlowWatcherGetsTheNewestAndNotAllThatItMissed) {
  Open();
  auto watch = StartWatch();
  // More changes than gRPC keeps on the way, none of them read.
  constexpr int kChanges = 200;
  for (int i = 0; i < kChanges; ++i) {
    v1::SetModeRequest mode;
    mode.set_workflow("support");
    mode.set_reason("test");
    mode.set_mode(i % 2 == 0 ? v1::FAILOVER_MODE_OBSERVE : v1::FAILOVER_MODE_ENFORCE);
    ASSERT_THAT(controller_->SetMode(mode, "ann"), IsOk());
    service_->Update();
  }
  const int64_t newest = controller_->Plan()->version;
  int messages = 0;
  int64_t version = 0;
  while (version < newest) {
    const v1::WatchPlanResponse message = watch->Next();
    ++messages;
    ASSERT_GT(message.plan().version(), version) << "in order";
    version = message.plan().version();
  }
  EXPECT_LT(messages, kChanges);
  EXPECT_EQ(version, newest);
}

TEST_F(PlanServiceTest, WatchersAreBoundedAndOneThatLeavesMakesRoom) {
  Open({.max_watchers = 2});
  auto first = StartWatch();
  auto second = StartWatch();
  first->Next();
  second->Next();
  {
    auto third = StartWatch();
    const grpc::Status status = third->End();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_THAT(status.error_message(), HasSubstr("share one stream"));
  }
  first.reset();
  while (service_->watchers() == 2) service_->Update();
  auto again = StartWatch();
  EXPECT_THAT(again->NextPaths(), ElementsAre("primary"));
}

TEST_F(PlanServiceTest, StoppingEndsEveryWatchAndSaysSo) {
  Open();
  auto watch = StartWatch();
  watch->Next();
  service_->Stop();
  EXPECT_EQ(watch->End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(StartWatch()->End().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(PlanServiceTest, AWorkflowThatAReloadRemovesLeavesThePlan) {
  Open();
  v1::WorkflowConfig other = Support();
  other.clear_aliases();
  (*config_.mutable_workflows())["other"] = other;
  ASSERT_THAT(controller_->UpdateConfig(config_), IsOk());
  Admit("");
  auto watch = StartWatch("other");
  EXPECT_THAT(watch->NextPaths(), ElementsAre("primary"));
  config_.mutable_workflows()->erase("other");
  ASSERT_THAT(controller_->UpdateConfig(config_), IsOk());
  Admit("");
  service_->Update();
  const v1::WatchPlanResponse message = watch->Next();
  EXPECT_TRUE(message.has_plan());
  EXPECT_THAT(message.plan().workflows(), IsEmpty());
}

TEST_F(PlanServiceTest, AsksForATokenWhereTheDoorHasOne) {
  Open();
  Admit("secret");
  v1::Plan plan;
  EXPECT_EQ(Get("support", "", plan).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  Watch refused(*stub_, "support");
  EXPECT_EQ(refused.End().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  Watch admitted(*stub_, "support", "Bearer secret");
  EXPECT_THAT(admitted.NextPaths(), ElementsAre("primary"));
}

}  // namespace
}  // namespace warmpath
