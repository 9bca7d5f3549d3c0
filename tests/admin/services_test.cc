#include <memory>

#include "admin/admin_service.h"
#include "admin/card_stream.h"
#include "admin/drill_service.h"
#include "admin/failover_service.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "tests/admin/admin_fixture.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::AdminTest;
using testing::IsOk;

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

class CardStreamTest : public ServicesTest {
 protected:
  // The cards of one stream, with how they came.
  grpc::Status Stream(v1::StreamScorecardsRequest request, const std::string& token = "") {
    grpc::ClientContext call;
    if (!token.empty()) call.AddMetadata("authorization", "Bearer " + token);
    if (request.workflow().empty()) request.set_workflow("support");
    cards_.clear();
    batches_ = 0;
    const auto reader = admin_->StreamScorecards(&call, request);
    v1::StreamScorecardsResponse batch;
    for (; reader->Read(&batch); ++batches_) {
      for (v1::Scorecard& card : *batch.mutable_cards()) cards_.push_back(card);
    }
    return reader->Finish();
  }
  void Store(const v1::Scorecard& card) { ASSERT_THAT(store_->Append(card), IsOk()); }

  std::vector<v1::Scorecard> cards_;
  int batches_ = 0;
};

TEST_F(CardStreamTest, GivesTheCardsInTheOrderInWhichTheJudgeReadsThem) {
  Open();
  Mirror("claude", 3);
  Mirror("rules", 2);
  // Asked before the others, but stored, and so read by the judge, behind them.
  v1::Scorecard slow = Card("claude");
  *slow.mutable_dispatch_time() = ToProto(clock_.Now() - absl::Minutes(1));
  Store(slow);
  v1::Scorecard other = Card("claude");
  other.set_workflow("other");
  Store(other);
  Advance(absl::Seconds(1));
  ASSERT_TRUE(Stream({}).ok());
  ASSERT_EQ(cards_.size(), 6u);
  for (size_t i = 1; i < cards_.size(); ++i) EXPECT_LT(cards_[i - 1].id(), cards_[i].id());
  EXPECT_LT(cards_[5].dispatch_time().seconds(), cards_[0].dispatch_time().seconds());
  v1::StreamScorecardsRequest request;
  request.set_path("rules");
  ASSERT_TRUE(Stream(request).ok());
  EXPECT_EQ(cards_.size(), 2u);
}

TEST_F(CardStreamTest, KeepsToTheRange) {
  Open();
  const absl::Time start = clock_.Now();
  Mirror("claude", 10);
  v1::StreamScorecardsRequest request;
  *request.mutable_start_time() = ToProto(start + absl::Seconds(3));
  *request.mutable_end_time() = ToProto(start + absl::Seconds(7));
  ASSERT_TRUE(Stream(request).ok());
  ASSERT_EQ(cards_.size(), 4u);
  EXPECT_EQ(cards_[0].create_time().seconds(), absl::ToUnixSeconds(start) + 3);
  *request.mutable_end_time() = request.start_time();
  EXPECT_EQ(Stream(request).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(CardStreamTest, LeavesOutFindingsBelowSevere) {
  Open();
  v1::Scorecard card = Card("claude");
  for (const v1::Severity severity :
       {v1::SEVERITY_INFO, v1::SEVERITY_SEVERE, v1::SEVERITY_VIOLATION}) {
    card.add_findings()->set_severity(severity);
  }
  Store(card);
  Advance(absl::Seconds(1));
  ASSERT_TRUE(Stream({}).ok());
  ASSERT_EQ(cards_.size(), 1u);
  ASSERT_EQ(cards_[0].findings_size(), 1);
  EXPECT_EQ(cards_[0].findings(0).severity(), v1::SEVERITY_SEVERE);
}

TEST_F(CardStreamTest, FollowsWhatIsMadeHereWithItsWatermark) {
  Open();
  const absl::Time start = clock_.Now();
  v1::Scorecard card = Card("claude");
  card.add_findings()->set_severity(v1::SEVERITY_INFO);
  Store(card);
  card.set_origin_id("made-elsewhere");
  Store(card);
  grpc::ClientContext call;
  v1::StreamScorecardsRequest request;
  request.set_follow(true);
  request.set_own_only(true);
  *request.mutable_start_time() = ToProto(start);
  const auto reader = admin_->StreamScorecards(&call, request);
  v1::StreamScorecardsResponse batch;
  ASSERT_TRUE(reader->Read(&batch));
  ASSERT_EQ(batch.cards_size(), 1);
  EXPECT_EQ(batch.cards(0).findings_size(), 1);
  EXPECT_EQ(batch.replica(), "run_test");
  EXPECT_EQ(FromProto(batch.watermark_time()), clock_.Now());
  const std::string last = batch.last_id();
  Store(Card("rules"));
  ASSERT_TRUE(reader->Read(&batch));
  ASSERT_EQ(batch.cards_size(), 1);
  EXPECT_EQ(batch.cards(0).candidate_path(), "rules");
  EXPECT_LT(last, batch.last_id());
  call.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(CardStreamTest, ComesInBatchesOfBoundedSize) {
  Open();
  v1::Scorecard card = Card("claude");
  card.set_served_model(std::string(10'000, 'm'));
  const int n = 3 * static_cast<int>(kCardBatchBytes) / 10'000;
  for (int i = 0; i < n; ++i) Store(card);
  Advance(absl::Seconds(1));
  ASSERT_TRUE(Stream({}).ok());
  EXPECT_EQ(cards_.size(), static_cast<size_t>(n));
  EXPECT_GE(batches_, 3);
  EXPECT_LE(batches_, 4);
}

TEST_F(CardStreamTest, NoticesAReaderThatHasGoneWhileOthersCardsAreSkipped) {
  Open();
  v1::Scorecard other = Card("claude");
  other.set_workflow("other");
  for (int i = 0; i <= kCardBatchVisits; ++i) Store(other);
  Store(Card("claude"));
  Advance(absl::Seconds(1));
  v1::StreamScorecardsRequest request;
  request.set_workflow("support");
  int calls = 0;
  EXPECT_THAT(StreamCards(*context_, request,
                          [&](const v1::StreamScorecardsResponse& batch) {
                            EXPECT_EQ(batch.cards_size(), 0);
                            ++calls;
                            return false;
                          }),
              IsOk());
  EXPECT_EQ(calls, 1);
}

TEST_F(CardStreamTest, RefusesUnknownWorkflowsStrangersAndTooMany) {
  Open({"secret"});
  Mirror("claude", 1);
  EXPECT_EQ(Stream({}).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  v1::StreamScorecardsRequest request;
  request.set_workflow("suport");
  const grpc::Status unknown = Stream(request, "secret");
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(unknown.error_message(), HasSubstr("support"));
  // Streams that nobody reads from keep their places: more than fits what is buffered on the way.
  v1::Scorecard card = Card("claude");
  card.set_served_model(std::string(500'000, 'm'));
  for (int i = 0; i < 40; ++i) Store(card);
  Advance(absl::Seconds(1));
  request.set_workflow("support");
  std::vector<std::unique_ptr<grpc::ClientContext>> calls;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::StreamScorecardsResponse>>> open;
  v1::StreamScorecardsResponse first;
  for (int i = 0; i < kMaxCardStreams; ++i) {
    calls.push_back(std::make_unique<grpc::ClientContext>());
    calls.back()->AddMetadata("authorization", "Bearer secret");
    open.push_back(admin_->StreamScorecards(calls.back().get(), request));
    ASSERT_TRUE(open.back()->Read(&first));
  }
  EXPECT_EQ(Stream(request, "secret").error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  for (size_t i = 0; i < open.size(); ++i) {
    calls[i]->TryCancel();
    open[i]->Finish();
  }
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
