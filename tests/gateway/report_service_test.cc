// Reported exchanges through the real service, controller, mirror and store.
#include "gateway/report_service.h"

#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/http/deadlines.h"
#include "base/metrics.h"
#include "base/proto_time.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"
#include "config/config.h"
#include "failover/controller.h"
#include "gateway/reported_exchange.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kConfig[] = R"yaml(
store: {path: unused}
providers:
  json: {kind: static, static: {json: {reply: "hello"}}}
workflows:
  desk:
    aliases: [front-desk]
    paths:
      - {name: main, role: primary, provider: json}
      - {name: twin, role: backup, provider: json}
    contract:
      output_schema: {type: object, required: [reply]}
    mirror: {rate: 1, max_requests_per_second: 10000}
  quiet:
    paths:
      - {name: main, role: primary, provider: json}
    mirror: {rate: 0}
)yaml";

constexpr char kOpenAiRequest[] =
    R"({"model":"gpt-5","messages":[{"role":"user","content":"hello"}]})";
constexpr char kOpenAiAnswer[] =
    R"({"id":"1","object":"chat.completion","model":"gpt-5-2026","choices":[{"index":0,)"
    R"("finish_reason":"stop","message":{"role":"assistant","content":"{\"reply\":\"hi\"}"}}]})";
constexpr char kOpenAiBeginning[] =
    R"(data: {"id":"1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,)"
    R"("delta":{"role":"assistant","content":"{\"reply\":1}"}}]})"
    "\n\n";
constexpr char kOpenAiEnd[] =
    R"(data: {"id":"1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,)"
    R"("delta":{},"finish_reason":"stop"}]})"
    "\n\ndata: [DONE]\n\n";
constexpr char kAnthropicRequest[] =
    R"({"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"hello"}]})";
constexpr char kAnthropicAnswer[] =
    R"({"id":"m1","type":"message","role":"assistant","model":"claude-x","stop_reason":"end_turn",)"
    R"("content":[{"type":"text","text":"{\"reply\":1}"}],"usage":{"input_tokens":1,"output_tokens":1}})";

class ReportServiceTest : public ::testing::Test {
 protected:
  ReportServiceTest()
      : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
        work_(boost::asio::make_work_guard(io_)),
        thread_([this] { io_.run(); }) {}

  void SetUp() override {
    ScoreStoreOptions options;
    options.path = "/store";
    options.env = env_.get();
    auto store = ScoreStore::Open(options, clock_);
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
    config_ = std::make_shared<v1::Config>();
    const auto problems = ParseConfig(kConfig, "test.yaml", *config_);
    ASSERT_TRUE(problems.empty()) << problems.front().ToString();
    auto failover = FailoverController::Create(*config_, *store_, clock_, {});
    ASSERT_THAT(failover, IsOk());
    failover_ = *std::move(failover);
    mirror_ = std::make_unique<Mirror>(Mirror::Dependencies{clock_, *store_, "run_1"});
    Configure();
    intake_ = std::make_unique<ReportIntake>(*failover_, *mirror_, clock_, metrics_);
    service_ = std::make_unique<ReportServiceImpl>(
        *intake_, std::vector<boost::asio::any_io_executor>{io_.get_executor()});
    Admit({});
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::ReportService::NewStub(server_->InProcessChannel({}));
  }
  void TearDown() override {
    server_->Shutdown();
    server_->Wait();
    OnLoop([&] { (void)mirror_->Configure(std::make_shared<const v1::Config>(), {}); });
    work_.reset();
    thread_.join();
  }

  // Gives the mirror the config as it is now.
  void Configure() {
    OnLoop([&] {
      auto paths = PathSet::Create(
          *config_,
          {.io = io_, .deadlines = deadlines_, .clock = clock_, .traffic = Traffic::kShadow});
      ASSERT_THAT(paths, IsOk());
      ASSERT_THAT(mirror_->Configure(config_, {{io_.get_executor(), *paths}}), IsOk());
    });
  }
  void Admit(const std::vector<std::string>& tokens) {
    v1::ListenerConfig listener;
    for (const std::string& token : tokens) {
      setenv("WARMPATH_TEST_REPORT_TOKEN", token.c_str(), 1);
      listener.add_bearer_tokens("env:WARMPATH_TEST_REPORT_TOKEN");
    }
    service_->Configure(std::make_shared<const GrpcDoorSettings>(
        GrpcDoorSettings{WorkflowDirectory(*config_), *AccessTokens::Load(listener)}));
  }

  v1::ReportedExchange Answered(const std::string& id) {
    v1::ReportedExchange exchange;
    exchange.set_id(id);
    exchange.set_workflow("desk");
    exchange.set_dialect(v1::WIRE_DIALECT_OPENAI_CHAT);
    exchange.set_request_body(kOpenAiRequest);
    exchange.mutable_answer()->set_http_status(200);
    exchange.mutable_answer()->set_body(kOpenAiAnswer);
    *exchange.mutable_dispatch_time() = ToProto(clock_.Now() - absl::Seconds(1));
    *exchange.mutable_duration() = ToProto(absl::Seconds(1));
    return exchange;
  }
  v1::ReportedExchange Failed(const std::string& id) {
    v1::ReportedExchange exchange = Answered(id);
    exchange.mutable_failure()->set_failure_class(v1::FAILURE_CLASS_TIMEOUT);
    return exchange;
  }

  // Reports in batches of `batch`; what became of it.
  v1::ReportExchangesResponse Report(const std::vector<v1::ReportedExchange>& exchanges,
                                     size_t batch = 100) {
    grpc::ClientContext call;
    v1::ReportExchangesResponse response;
    auto writer = stub_->ReportExchanges(&call, &response);
    v1::ReportExchangesRequest request;
    for (const v1::ReportedExchange& exchange : exchanges) {
      *request.add_exchanges() = exchange;
      if (static_cast<size_t>(request.exchanges_size()) < batch) continue;
      writer->Write(request);
      request.Clear();
    }
    if (request.exchanges_size() > 0) writer->Write(request);
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    Settle();
    return response;
  }
  // Of the one exchange that is refused.
  v1::RefusedExchange Refusal(const v1::ReportedExchange& exchange) {
    const auto tally = Report({exchange});
    EXPECT_EQ(tally.accepted(), 0);
    EXPECT_EQ(tally.refused(), 1);
    EXPECT_THAT(tally.refusals(), SizeIs(1));
    return tally.refusals_size() > 0 ? tally.refusals(0) : v1::RefusedExchange();
  }

  template <typename Function>
  void OnLoop(const Function& function) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }
  // Waits until no shadow is under way: embedded paths need the loop alone.
  void Settle() {
    while (mirror_->pending() > 0) OnLoop([] {});
  }
  void Tick(absl::Duration by = absl::Seconds(1)) {
    clock_.Advance(by);
    failover_->Tick();
  }

  std::vector<v1::Scorecard> Cards() {
    std::vector<v1::Scorecard> cards;
    EXPECT_THAT(store_->VisitCardsAfter("", [&](const v1::Scorecard& card) {
      cards.push_back(card);
      return true;
    }), IsOk());
    return cards;
  }
  std::vector<std::pair<std::string, v1::ScoreSource>> CardsMade() {
    std::vector<std::pair<std::string, v1::ScoreSource>> made;
    for (const auto& card : Cards()) made.emplace_back(card.candidate_path(), card.source());
    return made;
  }
  v1::PathHealth HealthOf(const std::string& path) {
    const auto status = failover_->Status("desk");
    EXPECT_THAT(status, IsOk());
    for (const v1::PathStatus& known : status->paths()) {
      if (known.path() == path) return known.health();
    }
    ADD_FAILURE() << "no path " << path;
    return {};
  }

  testing::ManualClock clock_;
  Metrics metrics_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<ScoreStore> store_;
  std::shared_ptr<v1::Config> config_;
  boost::asio::io_context io_;
  Deadlines deadlines_{io_};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
  std::unique_ptr<FailoverController> failover_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<ReportIntake> intake_;
  std::unique_ptr<ReportServiceImpl> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::ReportService::Stub> stub_;
};

TEST_F(ReportServiceTest, AReportedExchangeIsMirroredAndScoredLikeALiveOne) {
  const auto tally = Report({Answered("ex-1")});
  EXPECT_EQ(tally.accepted(), 1);
  EXPECT_EQ(tally.not_sampled(), 0);
  EXPECT_THAT(tally.dropped(), IsEmpty());
  EXPECT_THAT(CardsMade(), UnorderedElementsAre(Pair("main", v1::SCORE_SOURCE_LIVE),
                                                Pair("twin", v1::SCORE_SOURCE_MIRROR)));
  for (const v1::Scorecard& card : Cards()) {
    EXPECT_EQ(card.request_id(), "ex-1");
    EXPECT_EQ(card.control_path(), "main");
    EXPECT_EQ(card.result(), v1::EXCHANGE_RESULT_SCORED);
    EXPECT_EQ(card.served_model(), card.candidate_path() == "main" ? "gpt-5-2026" : "");
  }
  EXPECT_EQ(mirror_->Live("desk"), 1);
}

TEST_F(ReportServiceTest, TheOutcomeCountsForThePathsHealth) {
  Report({Answered("a"), Answered("b"), Failed("c")});
  Tick();
  EXPECT_EQ(HealthOf("main").requests(), 3);
  EXPECT_EQ(HealthOf("main").failures(), 1);
  EXPECT_EQ(mirror_->Unanswered("desk"), 1);
}

TEST_F(ReportServiceTest, FailuresInARowPutThePathDown) {
  Report({Failed("a"), Failed("b"), Failed("c")});
  Tick();
  EXPECT_EQ(HealthOf("main").health(), v1::HEALTH_DOWN);
}

TEST_F(ReportServiceTest, OneThatEndedLongAgoIsMirroredButSaysNothingOfHealthNow) {
  v1::ReportedExchange old = Failed("old");
  *old.mutable_dispatch_time() = ToProto(clock_.Now() - absl::Minutes(5));
  const auto tally = Report({old});
  EXPECT_EQ(tally.accepted(), 1);
  EXPECT_EQ(tally.stale(), 1);
  Tick();
  EXPECT_EQ(HealthOf("main").requests(), 0);
  EXPECT_THAT(CardsMade(), ElementsAre(Pair("twin", v1::SCORE_SOURCE_MIRROR)));
}

TEST_F(ReportServiceTest, ARepeatedIdCountsOnceInACallAndAcrossCalls) {
  const auto first = Report({Answered("a"), Answered("a"), Answered("b")}, 1);
  EXPECT_EQ(first.accepted(), 2);
  EXPECT_EQ(first.duplicates(), 1);
  const auto again = Report({Answered("a"), Answered("b"), Answered("c")});
  EXPECT_EQ(again.accepted(), 1);
  EXPECT_EQ(again.duplicates(), 2);
  Tick();
  EXPECT_EQ(HealthOf("main").requests(), 3);
  EXPECT_THAT(Cards(), SizeIs(6));
}

TEST_F(ReportServiceTest, AnIdIsItsWorkflowsOwn) {
  v1::ReportedExchange other = Answered("a");
  other.set_workflow("quiet");
  EXPECT_EQ(Report({Answered("a"), other}).accepted(), 2);
}

TEST_F(ReportServiceTest, WhatIsRefusedMayBeSentAgainOnceItIsRight) {
  v1::ReportedExchange wrong = Answered("a");
  wrong.set_path("nope");
  EXPECT_EQ(Refusal(wrong).reason(), v1::REFUSAL_REASON_UNKNOWN_PATH);
  EXPECT_EQ(Report({Answered("a")}).accepted(), 1);
}

TEST_F(ReportServiceTest, SamplingIsTheWorkflowsOwn) {
  v1::ReportedExchange exchange = Answered("a");
  exchange.set_workflow("quiet");
  const auto tally = Report({exchange});
  EXPECT_EQ(tally.accepted(), 1);
  EXPECT_EQ(tally.not_sampled(), 1);
  EXPECT_THAT(Cards(), IsEmpty());
  EXPECT_EQ(mirror_->Live("quiet"), 1);
}

TEST_F(ReportServiceTest, SaysWhatTheMirrorHadNoRoomFor) {
  (*config_->mutable_workflows())["desk"].mutable_mirror()->set_max_body_bytes(10);
  Configure();
  const auto tally = Report({Answered("a"), Answered("b")});
  EXPECT_EQ(tally.accepted(), 2);
  EXPECT_THAT(tally.dropped(), UnorderedElementsAre(Pair("body_too_large", 2)));
  Tick();
  EXPECT_EQ(HealthOf("main").requests(), 2) << "health is not mirroring";
}

TEST_F(ReportServiceTest, TheModelNamesTheWorkflowUnlessTheExchangeDoes) {
  v1::ReportedExchange by_model = Answered("a");
  by_model.clear_workflow();
  by_model.set_request_body(R"({"model":"front-desk","messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(Report({by_model}).accepted(), 1);
  by_model.set_id("b");
  by_model.set_request_body(kOpenAiRequest);
  const auto refused = Refusal(by_model);
  EXPECT_EQ(refused.reason(), v1::REFUSAL_REASON_UNKNOWN_WORKFLOW);
  EXPECT_THAT(refused.message(), HasSubstr("desk"));
}

TEST_F(ReportServiceTest, APathMayBeNamedAndIsTheControlThen) {
  v1::ReportedExchange exchange = Answered("a");
  exchange.set_path("twin");
  Report({exchange});
  EXPECT_THAT(CardsMade(), UnorderedElementsAre(Pair("twin", v1::SCORE_SOURCE_LIVE),
                                                Pair("main", v1::SCORE_SOURCE_MIRROR)));
  Tick();
  EXPECT_EQ(HealthOf("twin").requests(), 1);
}

TEST_F(ReportServiceTest, TakesAnthropicMessagesAndCanonicalExchanges) {
  v1::ReportedExchange anthropic = Answered("a");
  anthropic.set_dialect(v1::WIRE_DIALECT_ANTHROPIC_MESSAGES);
  anthropic.set_request_body(kAnthropicRequest);
  anthropic.mutable_answer()->set_body(kAnthropicAnswer);

  v1::ReportedExchange canonical = Answered("b");
  canonical.set_dialect(v1::WIRE_DIALECT_CANONICAL);
  v1::ModelRequest request;
  v1::Message& message = *request.add_messages();
  message.set_role(v1::MESSAGE_ROLE_USER);
  message.add_parts()->set_text("hello");
  canonical.set_request_body(request.SerializeAsString());
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_END);
  observation.set_text(R"({"reply":1})");
  canonical.mutable_answer()->set_http_status(0);
  canonical.mutable_answer()->set_body(observation.SerializeAsString());

  const auto tally = Report({anthropic, canonical});
  EXPECT_EQ(tally.accepted(), 2) << tally.DebugString();
  EXPECT_THAT(Cards(), SizeIs(4));
  for (const v1::Scorecard& card : Cards()) {
    EXPECT_EQ(card.result(), v1::EXCHANGE_RESULT_SCORED) << card.DebugString();
  }
}

TEST_F(ReportServiceTest, TakesOpenAiResponsesAndGemini) {
  v1::ReportedExchange responses = Answered("a");
  responses.set_dialect(v1::WIRE_DIALECT_OPENAI_RESPONSES);
  responses.set_request_body(R"({"model":"gpt-5","input":"hello"})");
  responses.mutable_answer()->set_body(
      R"({"id":"r","object":"response","status":"completed","model":"gpt-5","output":[)"
      R"({"type":"message","id":"m","role":"assistant","status":"completed","content":[)"
      R"({"type":"output_text","text":"{\"reply\":1}","annotations":[]}]}]})");
  v1::ReportedExchange gemini = Answered("b");
  gemini.set_dialect(v1::WIRE_DIALECT_GEMINI_GENERATE_CONTENT);
  gemini.set_model("gemini-3");
  gemini.set_request_body(R"({"contents":[{"role":"user","parts":[{"text":"hello"}]}]})");
  gemini.mutable_answer()->set_body(
      R"({"candidates":[{"content":{"role":"model","parts":[{"text":"{\"reply\":1}"}]},)"
      R"("finishReason":"STOP"}],"modelVersion":"gemini-3-001"})");
  const auto tally = Report({responses, gemini});
  EXPECT_EQ(tally.accepted(), 2) << tally.DebugString();
  EXPECT_EQ(mirror_->Unanswered("desk"), 0);
  EXPECT_THAT(Cards(), SizeIs(4));
  for (const v1::Scorecard& card : Cards()) {
    EXPECT_EQ(card.result(), v1::EXCHANGE_RESULT_SCORED) << card.DebugString();
  }
}

TEST_F(ReportServiceTest, AStreamWithoutItsEndIsAFailureAndOneWithItIsNot) {
  v1::ReportedExchange cut = Answered("cut");
  cut.mutable_answer()->set_streamed(true);
  cut.mutable_answer()->set_body(kOpenAiBeginning);
  v1::ReportedExchange whole = cut;
  whole.set_id("whole");
  whole.mutable_answer()->set_body(std::string(kOpenAiBeginning) + kOpenAiEnd);
  EXPECT_EQ(Report({cut, whole}).accepted(), 2);
  Tick();
  EXPECT_EQ(HealthOf("main").requests(), 2);
  EXPECT_EQ(HealthOf("main").failures(), 1);
  EXPECT_EQ(HealthOf("main").last_failure_class(), "interrupted");
}

TEST_F(ReportServiceTest, WhatTheProviderSaidDecidesNotTheStatusAlone) {
  v1::ReportedExchange empty = Answered("empty");
  empty.mutable_answer()->set_body("");
  v1::ReportedExchange limited = Answered("limited");
  limited.mutable_answer()->set_http_status(429);
  limited.mutable_answer()->set_body(R"({"error":{"message":"slow down","type":"requests"}})");
  v1::ReportedExchange callers_fault = Answered("bad");
  callers_fault.mutable_answer()->set_http_status(400);
  callers_fault.mutable_answer()->set_body(R"({"error":{"message":"no","type":"invalid"}})");
  Report({empty, limited, callers_fault});
  Tick();
  EXPECT_EQ(HealthOf("main").failures(), 2);
  EXPECT_EQ(mirror_->Unanswered("desk"), 3);
}

TEST_F(ReportServiceTest, EvidenceKeepsComingWhileNoPathIsAsked) {
  v1::ReportedExchange exchange = Answered("a");
  exchange.mutable_not_asked();
  EXPECT_EQ(Report({exchange}).accepted(), 1);
  EXPECT_THAT(CardsMade(), UnorderedElementsAre(Pair("main", v1::SCORE_SOURCE_MIRROR),
                                                Pair("twin", v1::SCORE_SOURCE_MIRROR)));
  Tick();
  EXPECT_EQ(mirror_->Unanswered("desk"), 1);
  exchange.set_id("b");
  exchange.set_path("main");
  EXPECT_EQ(Refusal(exchange).reason(), v1::REFUSAL_REASON_BAD_RESULT);
}

TEST_F(ReportServiceTest, AConversationIsInOrOutAsAWhole) {
  (*config_->mutable_workflows())["desk"].mutable_mirror()->set_rate(0.5);
  Configure();
  int sampled = 0;
  for (int i = 0; i < 20; ++i) {
    std::vector<v1::ReportedExchange> turns;
    for (int turn = 0; turn < 3; ++turn) {
      turns.push_back(Answered("t" + std::to_string(i) + "-" + std::to_string(turn)));
      turns.back().set_conversation("talk-" + std::to_string(i));
    }
    const auto tally = Report(turns);
    EXPECT_TRUE(tally.not_sampled() == 0 || tally.not_sampled() == 3) << tally.DebugString();
    sampled += tally.not_sampled() == 0;
  }
  EXPECT_GT(sampled, 0);
  EXPECT_LT(sampled, 20);
}

TEST_F(ReportServiceTest, RefusesWhatItCannotTakeAndSaysWhy) {
  struct Case {
    const char* what;
    v1::RefusalReason reason;
    std::function<void(v1::ReportedExchange&)> spoil;
  };
  const Case cases[] = {
      {"no id", v1::REFUSAL_REASON_BAD_ID, [](auto& e) { e.clear_id(); }},
      {"a long id", v1::REFUSAL_REASON_BAD_ID, [](auto& e) { e.set_id(std::string(129, 'x')); }},
      {"an id with a line break", v1::REFUSAL_REASON_BAD_ID, [](auto& e) { e.set_id("a\r\nb"); }},
      {"no dialect", v1::REFUSAL_REASON_BAD_DIALECT, [](auto& e) { e.clear_dialect(); }},
      {"a dialect of the future", v1::REFUSAL_REASON_BAD_DIALECT,
       [](auto& e) { e.set_dialect(static_cast<v1::WireDialect>(99)); }},
      {"an unknown workflow", v1::REFUSAL_REASON_UNKNOWN_WORKFLOW,
       [](auto& e) { e.set_workflow("dest"); }},
      {"an unknown path", v1::REFUSAL_REASON_UNKNOWN_PATH, [](auto& e) { e.set_path("nope"); }},
      {"no request", v1::REFUSAL_REASON_BAD_REQUEST, [](auto& e) { e.clear_request_body(); }},
      {"half a request", v1::REFUSAL_REASON_BAD_REQUEST,
       [](auto& e) { e.set_request_body(R"({"model":"m","messages":[)"); }},
      {"a request without messages", v1::REFUSAL_REASON_BAD_REQUEST,
       [](auto& e) { e.set_request_body(R"({"model":"m"})"); }},
      {"canonical bytes that are none", v1::REFUSAL_REASON_BAD_REQUEST,
       [](auto& e) { e.set_dialect(v1::WIRE_DIALECT_CANONICAL); }},
      {"no result", v1::REFUSAL_REASON_BAD_RESULT, [](auto& e) { e.clear_answer(); }},
      {"no status", v1::REFUSAL_REASON_BAD_RESULT,
       [](auto& e) { e.mutable_answer()->clear_http_status(); }},
      {"a failure of no class", v1::REFUSAL_REASON_BAD_RESULT, [](auto& e) { e.mutable_failure(); }},
      {"no time", v1::REFUSAL_REASON_BAD_TIME, [](auto& e) { e.clear_dispatch_time(); }},
      {"a time to come", v1::REFUSAL_REASON_BAD_TIME,
       [](auto& e) { e.mutable_dispatch_time()->set_seconds(4'000'000'000); }},
      {"nanoseconds below 0", v1::REFUSAL_REASON_BAD_TIME,
       [](auto& e) { e.mutable_dispatch_time()->set_nanos(-1); }},
      {"a negative duration", v1::REFUSAL_REASON_BAD_TIME,
       [](auto& e) { e.mutable_duration()->set_seconds(-1); }},
      {"one from long ago", v1::REFUSAL_REASON_TOO_OLD,
       [](auto& e) { e.mutable_dispatch_time()->set_seconds(1'600'000'000); }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    v1::ReportedExchange exchange = Answered("ex");
    c.spoil(exchange);
    const v1::RefusedExchange refusal = Refusal(exchange);
    EXPECT_EQ(refusal.reason(), c.reason) << refusal.message();
    EXPECT_FALSE(refusal.message().empty());
  }
  EXPECT_THAT(Cards(), IsEmpty());
  EXPECT_EQ(mirror_->Live("desk"), 0);
}

TEST_F(ReportServiceTest, TellsTheFirstRefusalsAndCountsAll) {
  std::vector<v1::ReportedExchange> exchanges(150, Answered(std::string("\x01\x02 x")));
  exchanges.push_back(Answered("good"));
  const auto tally = Report(exchanges);
  EXPECT_EQ(tally.refused(), 150);
  EXPECT_THAT(tally.refusals(), SizeIs(ReportIntake::kMaxRefusals));
  EXPECT_EQ(tally.refusals(0).id(), "???x");
  EXPECT_EQ(tally.accepted(), 1) << "one bad exchange ends nothing";
  const std::string page = metrics_.Text();
  EXPECT_THAT(page, HasSubstr(R"(warmpath_report_refusals_total{reason="bad_id"} 150)"));
  EXPECT_THAT(page, HasSubstr(R"(warmpath_reported_exchanges_total{result="accepted"} 1)"));
}

TEST_F(ReportServiceTest, RefusesAMessageThatIsTooLongAndSaysTheLimit) {
  grpc::ClientContext call;
  v1::ReportExchangesResponse response;
  auto writer = stub_->ReportExchanges(&call, &response);
  v1::ReportExchangesRequest request;
  for (int i = 0; i <= ReportServiceImpl::kMaxBatch; ++i) request.add_exchanges();
  writer->Write(request);
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("257 exchanges; at most 256"));
}

TEST_F(ReportServiceTest, RefusesMoreCallsThanThereIsRoomForAndRecovers) {
  struct Open {
    grpc::ClientContext call;
    v1::ReportExchangesResponse response;
    std::unique_ptr<grpc::ClientWriter<v1::ReportExchangesRequest>> writer;
  };
  std::vector<std::unique_ptr<Open>> open;
  const auto begin = [&](const std::string& id) {
    open.push_back(std::make_unique<Open>());
    open.back()->writer = stub_->ReportExchanges(&open.back()->call, &open.back()->response);
    v1::ReportExchangesRequest request;
    *request.add_exchanges() = Answered(id);
    open.back()->writer->Write(request);
  };
  const auto end = [](Open& one) {
    one.writer->WritesDone();
    return one.writer->Finish().error_code();
  };
  for (int i = 0; i < ReportServiceImpl::kMaxCalls; ++i) begin("c" + std::to_string(i));
  while (mirror_->Live("desk") < ReportServiceImpl::kMaxCalls) OnLoop([] {});
  begin("one-too-many");
  EXPECT_EQ(end(*open.back()), grpc::StatusCode::RESOURCE_EXHAUSTED);
  open.pop_back();
  for (auto& one : open) EXPECT_EQ(end(*one), grpc::StatusCode::OK);
  EXPECT_EQ(Report({Answered("after")}).accepted(), 1);
}

TEST_F(ReportServiceTest, AsksForATokenWhereTheDoorHasOne) {
  Admit({"secret"});
  for (const std::string credential : {"", "Bearer wrong", "Bearer secret"}) {
    SCOPED_TRACE(credential);
    grpc::ClientContext call;
    if (!credential.empty()) call.AddMetadata("authorization", credential);
    v1::ReportExchangesResponse response;
    auto writer = stub_->ReportExchanges(&call, &response);
    v1::ReportExchangesRequest request;
    *request.add_exchanges() = Answered("a");
    writer->Write(request);
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    const bool right = credential == "Bearer secret";
    EXPECT_EQ(status.error_code(),
              right ? grpc::StatusCode::OK : grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(response.accepted(), right ? 1 : 0);
  }
  Settle();
}

TEST_F(ReportServiceTest, ACallThatIsCancelledLeavesWhatItToldBefore) {
  {
    grpc::ClientContext call;
    v1::ReportExchangesResponse response;
    auto writer = stub_->ReportExchanges(&call, &response);
    v1::ReportExchangesRequest request;
    *request.add_exchanges() = Answered("a");
    writer->Write(request);
    while (mirror_->Live("desk") == 0) OnLoop([] {});
    call.TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  const auto again = Report({Answered("a"), Answered("b")});
  EXPECT_EQ(again.duplicates(), 1);
  EXPECT_EQ(again.accepted(), 1);
}

// The reading alone, where the service shows nothing of it.
class ReadReportTest : public ReportServiceTest {
 protected:
  void SetUp() override {
    ReportServiceTest::SetUp();
    plan_ = *failover_->Plan();
  }
  ReportReading Read(v1::ReportedExchange exchange) {
    ReportReading reading;
    const auto refusal =
        ReadReport(exchange, WorkflowDirectory(*config_), plan_, clock_.Now(), reading);
    EXPECT_FALSE(refusal.has_value()) << refusal->message;
    return reading;
  }

  Plan plan_;
};

TEST_F(ReadReportTest, TakesNoCredentialAmongTheHeaders) {
  v1::ReportedExchange exchange = Answered("a");
  (*exchange.mutable_request_headers())["Authorization"] = "Bearer secret";
  (*exchange.mutable_request_headers())["x-api-key"] = "secret";
  (*exchange.mutable_request_headers())["Anthropic-Beta"] = "tools-2026";
  EXPECT_THAT(Read(exchange).call->headers, ElementsAre(Pair("anthropic-beta", "tools-2026")));
  EXPECT_THAT(Read(exchange).call->caller_authorization, IsEmpty());
}

TEST_F(ReadReportTest, KnowsWhichModelWasAskedFor) {
  EXPECT_EQ(Read(Answered("a")).exchange.answer.requested_model, "gpt-5");
  v1::ReportedExchange by_model = Answered("b");
  by_model.clear_workflow();
  by_model.set_request_body(R"({"model":"desk","messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(Read(by_model).exchange.answer.requested_model, "");
  by_model.set_model("gpt-6");
  EXPECT_EQ(Read(by_model).exchange.answer.requested_model, "gpt-6");
}

TEST_F(ReadReportTest, ATimeSlightlyAheadCountsAsNow) {
  v1::ReportedExchange ahead = Answered("a");
  *ahead.mutable_dispatch_time() = ToProto(clock_.Now() + absl::Seconds(30));
  EXPECT_EQ(Read(ahead).exchange.answer.dispatch_time, clock_.Now());
}

TEST_F(ReadReportTest, OnlyTheDrillThatRunsCounts) {
  WorkflowPlan& desk = plan_.workflows["desk"];
  desk.drill = PlannedDrill{.id = "drill_1", .path = desk.ladder[1], .share = 1};
  v1::ReportedExchange exchange = Answered("a");
  exchange.set_path("twin");
  EXPECT_FALSE(Read(exchange).drill);
  exchange.set_drill_id("drill_of_yesterday");
  EXPECT_FALSE(Read(exchange).drill);
  exchange.set_drill_id("drill_1");
  EXPECT_TRUE(Read(exchange).drill);
  exchange.set_path("main");
  EXPECT_FALSE(Read(exchange).drill);
}

}  // namespace
}  // namespace warmpath
