#include <memory>

#include "admin/admin_service.h"
#include "admin/drill_service.h"
#include "admin/failover_service.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "tests/admin/admin_fixture.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::AdminTest;

google::rpc::ErrorInfo ErrorInfoOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.details_size(), 1);
  if (details.details_size() == 1) {
    EXPECT_TRUE(details.details(0).UnpackTo(&info));
  }
  return info;
}

class ServicesTest : public AdminTest {
 protected:
  void Open(const std::vector<std::string>& tokens = {}) {
    StartAll();
    admin_service_ = std::make_unique<AdminServiceImpl>(*context_, Tokens(tokens));
    failover_service_ = std::make_unique<FailoverServiceImpl>(*context_, Tokens(tokens));
    drill_service_ = std::make_unique<DrillServiceImpl>(*context_, Tokens(tokens));
    grpc::ServerBuilder builder;
    builder.RegisterService(admin_service_.get());
    builder.RegisterService(failover_service_.get());
    builder.RegisterService(drill_service_.get());
    server_ = builder.BuildAndStart();
    const auto channel = server_->InProcessChannel({});
    admin_ = v1::AdminService::NewStub(channel);
    failover_ = v1::FailoverService::NewStub(channel);
    drill_ = v1::DrillService::NewStub(channel);
  }
  ~ServicesTest() override {
    if (server_) server_->Shutdown();
  }

  grpc::Status Flip(const std::string& reason, const std::string& actor) {
    grpc::ClientContext call;
    if (!actor.empty()) call.AddMetadata("x-warmpath-actor", actor);
    v1::FlipRequest request;
    request.set_workflow("support");
    request.set_to_path("claude");
    request.set_reason(reason);
    request.set_force(true);
    v1::FlipResponse response;
    return failover_->Flip(&call, request, &response);
  }

  std::unique_ptr<AdminServiceImpl> admin_service_;
  std::unique_ptr<FailoverServiceImpl> failover_service_;
  std::unique_ptr<DrillServiceImpl> drill_service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::AdminService::Stub> admin_;
  std::unique_ptr<v1::FailoverService::Stub> failover_;
  std::unique_ptr<v1::DrillService::Stub> drill_;
};

TEST_F(ServicesTest, ReadTheStatus) {
  Open();
  grpc::ClientContext call;
  v1::GetStatusResponse response;
  ASSERT_TRUE(admin_->GetStatus(&call, {}, &response).ok());
  EXPECT_EQ(response.workflows(0).active_path(), "primary");
}

TEST_F(ServicesTest, AnswerErrorsWithAReasonForMachines) {
  Open();
  grpc::ClientContext call;
  v1::GetHistoryRequest request;
  request.set_workflow("nope");
  v1::GetHistoryResponse response;
  const grpc::Status status = admin_->GetHistory(&call, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("no workflow 'nope'"));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "NOT_FOUND");
  EXPECT_EQ(ErrorInfoOf(status).domain(), "warmpath");
}

TEST_F(ServicesTest, RecordWhoAsked) {
  Open();
  ASSERT_TRUE(Flip("incident", "ana").ok());
  EXPECT_EQ(Flips()[0].actor(), "ana");
  EXPECT_EQ(Active(), "claude");
}

TEST_F(ServicesTest, NameThePeerWhereNobodySaysWhoAsks) {
  Open();
  ASSERT_TRUE(Flip("incident", "").ok());
  // What gRPC calls the other end of an in-process channel.
  EXPECT_THAT(Flips()[0].actor(), ::testing::AnyOf(HasSubstr("inproc"), "unknown"));
}

TEST_F(ServicesTest, CutTheActorsNameToWhatALogCanBear) {
  Open();
  ASSERT_TRUE(Flip("incident", std::string(1000, 'a')).ok());
  EXPECT_EQ(Flips()[0].actor().size(), 200u);
}

TEST_F(ServicesTest, RefuseAnActionWithoutAReasonAndChangeNothing) {
  Open();
  const grpc::Status status = Flip("", "ana");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Active(), "primary");
}

TEST_F(ServicesTest, AskForATokenWhereTheDoorHasOne) {
  Open({"secret"});
  for (const std::string credential : {"", "Bearer wrong", "Bearer secret"}) {
    grpc::ClientContext call;
    if (!credential.empty()) call.AddMetadata("authorization", credential);
    v1::GetStatusResponse response;
    const grpc::Status status = admin_->GetStatus(&call, {}, &response);
    if (credential == "Bearer secret") {
      EXPECT_TRUE(status.ok());
    } else {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
      EXPECT_EQ(response.workflows_size(), 0);
    }
  }
  EXPECT_EQ(Flip("incident", "ana").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Active(), "primary");
}

TEST_F(ServicesTest, PassDrillsOn) {
  Open();
  grpc::ClientContext call;
  v1::StartDrillRequest request;
  request.set_workflow("support");
  request.set_path("claude");
  request.set_reason("monthly");
  v1::StartDrillResponse response;
  // claude is not GREEN yet, and a drill never goes to such a path.
  EXPECT_EQ(drill_->StartDrill(&call, request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  grpc::ClientContext list_call;
  v1::ListDrillsResponse list;
  EXPECT_TRUE(drill_->ListDrills(&list_call, {}, &list).ok());
  EXPECT_EQ(list.drills_size(), 0);
}

}  // namespace
}  // namespace warmpath
