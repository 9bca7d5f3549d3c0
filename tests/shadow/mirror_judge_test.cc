// A plug-in judge beside the deterministic scorers, from the exchange to the card.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "base/http/deadlines.h"
#include "boost/asio/io_context.hpp"
#include "config/config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "shadow/mirror.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"
#include "warmpath/v1/judge.grpc.pb.h"

namespace warmpath {
namespace {

using testing::IsOk;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kBody[] = R"({"model":"desk","messages":[{"role":"user","content":"hello"}]})";
constexpr char kAnswer[] =
    R"({"id":"1","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"stop",)"
    R"("message":{"role":"assistant","content":"{\"reply\":\"hi\"}"}}]})";

// Says the same of every answer, and remembers which it was asked about.
class FakeService final : public v1::JudgeService::Service {
 public:
  void Say(v1::ScoreVerdict verdict, const std::string& reason, const std::string& version) {
    absl::MutexLock lock(&mutex_);
    response_.set_verdict(verdict);
    response_.set_reason(reason);
    response_.set_version(version);
  }
  std::vector<std::string> Asked() {
    absl::MutexLock lock(&mutex_);
    return asked_;
  }
  int with_control() {
    absl::MutexLock lock(&mutex_);
    return with_control_;
  }

 private:
  grpc::Status Judge(grpc::ServerContext*, const v1::JudgeRequest* request,
                     v1::JudgeResponse* response) override {
    absl::MutexLock lock(&mutex_);
    asked_.push_back(request->candidate().path());
    with_control_ += request->has_control();
    *response = response_;
    return grpc::Status::OK;
  }

  absl::Mutex mutex_;
  v1::JudgeResponse response_;
  std::vector<std::string> asked_;
  int with_control_ = 0;
};

class MirrorJudgeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&judge_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    target_ = "127.0.0.1:" + std::to_string(port);
    env_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    ScoreStoreOptions options;
    options.path = "/store";
    options.env = env_.get();
    auto store = ScoreStore::Open(options, clock_);
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
    Start();
  }
  void TearDown() override { server_->Shutdown(); }

  void Start(const std::string& judge_fields = "", const std::string& more = "") {
    // "wordy" answers with another shape than the contract asks for.
    const std::string yaml = R"yaml(
store: {path: unused}
providers:
  json: {kind: static, static: {json: {reply: "hello"}}}
  words: {kind: static, static: {text: "hello"}}
workflows:
  desk:
    paths:
      - {name: main, role: primary, provider: json}
      - {name: twin, role: backup, provider: json}
      - {name: wordy, role: backup, provider: words}
    contract:
      output_schema: {type: object, required: [reply]}
    mirror: {rate: 1, max_requests_per_second: 1000}
    judge: {target: ")yaml" + target_ + "\"" + judge_fields + "}\n" + more;
    auto config = std::make_shared<v1::Config>();
    const auto problems = ParseConfig(yaml, "test.yaml", *config);
    ASSERT_TRUE(problems.empty()) << problems.front().ToString();
    auto paths = PathSet::Create(
        *config,
        {.io = io_, .deadlines = deadlines_, .clock = clock_, .traffic = Traffic::kShadow});
    ASSERT_THAT(paths, IsOk());
    mirror_ = std::make_unique<Mirror>(
        Mirror::Dependencies{clock_, *store_, "run_1", &metrics_});
    ASSERT_THAT(mirror_->Configure(config, {{io_.get_executor(), *paths}}), IsOk());
  }

  // The cards of one exchange.
  std::vector<v1::Scorecard> Serve() {
    auto call = std::make_shared<ModelCall>();
    call->request_id = "req_" + std::to_string(++served_);
    call->workflow = "desk";
    call->body = std::make_shared<const std::string>(kBody);
    Exchange exchange{call, {}, 7, v1::TURN_TYPE_TEXT};
    exchange.answer.path = "main";
    exchange.answer.http_status = 200;
    exchange.answer.dispatch_time = clock_.Now();
    exchange.answer.native = std::make_shared<const std::string>(kAnswer);
    exchange.answer.reply = exchange.answer.native;
    mirror_->Offer(std::move(exchange));
    io_.restart();
    io_.run();
    return store_->CardsOfExchange(call->request_id).value();
  }

  static const v1::Scorecard& CardOf(const std::vector<v1::Scorecard>& cards,
                                     const std::string& path) {
    for (const v1::Scorecard& card : cards) {
      if (card.candidate_path() == path) return card;
    }
    ADD_FAILURE() << "no card of " << path;
    return v1::Scorecard::default_instance();
  }

  static v1::ScoreVerdict JudgedIn(const v1::Scorecard& card) {
    for (const v1::DimensionScore& score : card.scores()) {
      if (score.dimension() == v1::DIMENSION_JUDGE) return score.verdict();
    }
    return v1::SCORE_VERDICT_UNSPECIFIED;
  }

  static std::string ReasonIn(const v1::Scorecard& card) {
    for (const v1::Finding& finding : card.findings()) {
      if (finding.kind() == v1::FINDING_KIND_JUDGE_REJECTS) return finding.message();
    }
    return "";
  }

  testing::ManualClock clock_;
  Metrics metrics_;
  FakeService judge_;
  std::unique_ptr<grpc::Server> server_;
  std::string target_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<ScoreStore> store_;
  boost::asio::io_context io_;
  Deadlines deadlines_{io_};
  std::unique_ptr<Mirror> mirror_;
  int served_ = 0;
};

TEST_F(MirrorJudgeTest, JudgesLiveAnswersAndShadowsAlike) {
  judge_.Say(v1::SCORE_VERDICT_PASS, "", "v1");
  const auto cards = Serve();
  ASSERT_THAT(cards, SizeIs(3));
  EXPECT_EQ(JudgedIn(CardOf(cards, "main")), v1::SCORE_VERDICT_PASS);
  EXPECT_EQ(JudgedIn(CardOf(cards, "twin")), v1::SCORE_VERDICT_PASS);
  EXPECT_THAT(judge_.Asked(), UnorderedElementsAre("main", "twin"));
  // The live answer is not shown beside itself.
  EXPECT_EQ(judge_.with_control(), 1);
  EXPECT_EQ(CardOf(cards, "main").key_parts().judge(), "v1");
  EXPECT_EQ(CardOf(cards, "twin").key_parts().judge(), "v1");
  // What is not judged rests on the judge that is known.
  EXPECT_EQ(CardOf(Serve(), "wordy").key_parts().judge(), "v1");
}

TEST_F(MirrorJudgeTest, ADeterministicFailureIsNeverOutvoted) {
  judge_.Say(v1::SCORE_VERDICT_PASS, "", "v1");
  const auto cards = Serve();
  const v1::Scorecard& wordy = CardOf(cards, "wordy");
  EXPECT_EQ(JudgedIn(wordy), v1::SCORE_VERDICT_NOT_APPLICABLE);
  int failed = 0;
  for (const v1::DimensionScore& score : wordy.scores()) {
    failed += score.verdict() == v1::SCORE_VERDICT_FAIL;
  }
  EXPECT_GE(failed, 1);
}

TEST_F(MirrorJudgeTest, AnAnswerThatOnlyTheJudgeRejectsIsADivergenceOfThatDimension) {
  judge_.Say(v1::SCORE_VERDICT_FAIL, "rude to me@example.com", "v1");
  auto cards = Serve();
  EXPECT_EQ(JudgedIn(CardOf(cards, "twin")), v1::SCORE_VERDICT_FAIL);
  // What the judge says may hold content.
  EXPECT_EQ(ReasonIn(CardOf(cards, "twin")), "the judge rejects the answer");
  CardQuery query;
  query.workflow = "desk";
  query.dimension = v1::DIMENSION_JUDGE;
  EXPECT_THAT(store_->ListCards(query).value().items, SizeIs(2));

  Start("", "    keep_divergent_bodies: true\n");
  cards = Serve();
  EXPECT_EQ(ReasonIn(CardOf(cards, "twin")), "rude to [email]");
  EXPECT_TRUE(store_->GetBody(CardOf(cards, "twin").id()).value().has_value());
}

TEST_F(MirrorJudgeTest, AJudgeThatIsGoneCostsItsDimensionAndNothingElse) {
  server_->Shutdown();
  const auto cards = Serve();
  ASSERT_THAT(cards, SizeIs(3));
  EXPECT_EQ(JudgedIn(CardOf(cards, "twin")), v1::SCORE_VERDICT_SCORER_ERROR);
  EXPECT_EQ(CardOf(cards, "twin").result(), v1::EXCHANGE_RESULT_SCORED);
  EXPECT_EQ(mirror_->Counts("desk", "twin").mirrored(), 1);
  EXPECT_EQ(mirror_->OldestPending("desk", "main"), absl::InfiniteFuture());
}

TEST_F(MirrorJudgeTest, AnotherVersionOfTheJudgeStartsNewEvidence) {
  judge_.Say(v1::SCORE_VERDICT_PASS, "", "v1");
  const auto before = Serve();
  judge_.Say(v1::SCORE_VERDICT_PASS, "", "v2");
  const auto after = Serve();
  EXPECT_NE(CardOf(before, "twin").evidence_key(), CardOf(after, "twin").evidence_key());
  EXPECT_EQ(CardOf(before, "twin").key_parts().policy(), CardOf(after, "twin").key_parts().policy());
}

// Held against the primary's own noise, the primary's second answer is judged as well; else it is
// not.
TEST_F(MirrorJudgeTest, APairedJudgementHasThePrimarysSecondOneBesideIt) {
  judge_.Say(v1::SCORE_VERDICT_PASS, "", "v1");
  const auto has_judge = [](const auto& scores) {
    return std::any_of(scores.begin(), scores.end(), [](const v1::DimensionScore& score) {
      return score.dimension() == v1::DIMENSION_JUDGE && score.verdict() == v1::SCORE_VERDICT_PASS;
    });
  };
  Start("", "    gate: {dimensions: {judge: {mode: paired}}}\n");
  EXPECT_TRUE(has_judge(CardOf(Serve(), "twin").control_scores()));
  EXPECT_THAT(judge_.Asked(), UnorderedElementsAre("main", "main", "twin"));

  Start("", "    gate: {dimensions: {judge: {}, tools: {mode: paired}}}\n");
  const auto cards = Serve();
  EXPECT_FALSE(has_judge(CardOf(cards, "twin").control_scores()));
  EXPECT_TRUE(has_judge(CardOf(cards, "twin").scores()));
  EXPECT_THAT(judge_.Asked(), SizeIs(3 + 2));
}

// Else every restart would begin with cards of a judge that nobody knows.
TEST_F(MirrorJudgeTest, ARestartKeepsTheVersionThatCardsRestOn) {
  judge_.Say(v1::SCORE_VERDICT_PASS, "", "v1");
  const auto before = Serve();
  server_->Shutdown();
  Start();
  const auto after = Serve();
  EXPECT_EQ(JudgedIn(CardOf(after, "twin")), v1::SCORE_VERDICT_SCORER_ERROR);
  EXPECT_EQ(CardOf(before, "twin").evidence_key(), CardOf(after, "twin").evidence_key());
}

}  // namespace
}  // namespace warmpath
