#include "shadow/mirror.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/http/deadlines.h"
#include "boost/asio/io_context.hpp"
#include "config/config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "shadow/evidence_key.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using testing::IsOk;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// Three embedded paths: no network. "wordy" answers with another shape than the contract asks for.
constexpr char kConfig[] = R"yaml(
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
)yaml";

constexpr char kBody[] =
    R"({"model":"desk","messages":[{"role":"user","content":"hello, write to me@example.com"}]})";
constexpr char kAnswer[] =
    R"({"id":"1","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"stop",)"
    R"("message":{"role":"assistant","content":"{\"reply\":\"hi\"}"}}]})";

class MirrorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    env_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    ScoreStoreOptions options;
    options.path = "/store";
    options.env = env_.get();
    auto store = ScoreStore::Open(options, clock_);
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
    mirror_ = std::make_unique<Mirror>(Mirror::Dependencies{clock_, *store_, "run_1"});
    Configure("");
  }

  // kConfig with `more` behind it.
  void Configure(const std::string& more) { ConfigureWith(kConfig + more); }

  void ConfigureWith(const std::string& yaml) {
    auto config = std::make_shared<v1::Config>();
    const auto problems = ParseConfig(yaml, "test.yaml", *config);
    ASSERT_TRUE(problems.empty()) << problems.front().ToString();
    auto paths = PathSet::Create(
        *config,
        {.io = io_, .deadlines = deadlines_, .clock = clock_, .traffic = Traffic::kShadow});
    ASSERT_THAT(paths, IsOk());
    ASSERT_THAT(mirror_->Configure(config, {{io_.get_executor(), *paths}}), IsOk());
  }

  Exchange Served(const std::string& body = kBody) {
    auto call = std::make_shared<ModelCall>();
    call->request_id = "req_1";
    call->workflow = "desk";
    call->body = std::make_shared<const std::string>(body);
    call->caller_authorization = "Bearer secret";
    Exchange exchange{call, {}, 7, v1::TURN_TYPE_TEXT};
    exchange.answer.path = "main";
    exchange.answer.http_status = 200;
    exchange.answer.dispatch_time = clock_.Now();
    exchange.answer.native = std::make_shared<const std::string>(kAnswer);
    exchange.answer.reply = exchange.answer.native;
    return exchange;
  }

  void Offer(Exchange exchange) {
    mirror_->Offer(std::move(exchange));
    io_.restart();
    io_.run();
  }

  std::vector<v1::Scorecard> Cards() {
    std::vector<v1::Scorecard> cards;
    EXPECT_THAT(store_->VisitCardsAfter("", [&](const v1::Scorecard& card) {
      cards.push_back(card);
      return true;
    }), IsOk());
    return cards;
  }

  static v1::ScoreVerdict VerdictOn(const v1::Scorecard& card, v1::Dimension dimension) {
    for (const v1::DimensionScore& score : card.scores()) {
      if (score.dimension() == dimension) return score.verdict();
    }
    return v1::SCORE_VERDICT_UNSPECIFIED;
  }

  // sampled = mirrored + dropped + pending, for each path.
  void ExpectAccounted() {
    for (const char* path : {"main", "twin", "wordy"}) {
      const v1::MirrorCounts counts = mirror_->Counts("desk", path);
      int64_t sum = counts.mirrored() + counts.pending();
      for (const auto& [reason, count] : counts.dropped()) sum += count;
      EXPECT_EQ(counts.sampled(), sum) << path;
    }
  }

  testing::ManualClock clock_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<ScoreStore> store_;
  boost::asio::io_context io_;
  Deadlines deadlines_{io_};
  std::unique_ptr<Mirror> mirror_;
};

TEST_F(MirrorTest, MakesACardForEveryOtherPathAndOneForTheLiveAnswer) {
  Offer(Served());
  const auto cards = Cards();
  std::vector<std::pair<std::string, v1::ScoreSource>> made;
  for (const v1::Scorecard& card : cards) made.emplace_back(card.candidate_path(), card.source());
  EXPECT_THAT(made, UnorderedElementsAre(Pair("main", v1::SCORE_SOURCE_LIVE),
                                         Pair("twin", v1::SCORE_SOURCE_MIRROR),
                                         Pair("wordy", v1::SCORE_SOURCE_MIRROR)));
  for (const v1::Scorecard& card : cards) {
    EXPECT_EQ(card.result(), v1::EXCHANGE_RESULT_SCORED);
    EXPECT_EQ(VerdictOn(card, v1::DIMENSION_SCHEMA), card.candidate_path() == "wordy"
                                                         ? v1::SCORE_VERDICT_FAIL
                                                         : v1::SCORE_VERDICT_PASS)
        << card.candidate_path();
    EXPECT_EQ(card.control_path(), "main");
    EXPECT_FALSE(card.evidence_key().empty());
  }
  EXPECT_EQ(mirror_->pending(), 0);
  ExpectAccounted();
}

// So that the judge can tell what a changed key leaves standing, and whom paired evidence was held against.
TEST_F(MirrorTest, EveryCardTellsThePartsOfItsKeyAndWhoAnsweredAsThePrimary) {
  Offer(Served());
  const auto cards = Cards();
  ASSERT_THAT(cards, SizeIs(3));
  std::set<std::string> paths;
  for (const v1::Scorecard& card : cards) {
    v1::EvidenceKeyParts parts = card.key_parts();
    EXPECT_EQ(card.evidence_key(), EvidenceKey(parts));
    EXPECT_FALSE(parts.scorer().empty());
    paths.insert(parts.path());
    // The first card is that of the live answer.
    EXPECT_EQ(card.control_path_key(), cards[0].key_parts().path());
    EXPECT_EQ(parts.policy(), cards[0].key_parts().policy());
  }
  EXPECT_THAT(paths, SizeIs(3));
}

TEST_F(MirrorTest, AStandInIsNotThePrimary) {
  Exchange exchange = Served();
  exchange.answer.path = "twin";
  Offer(std::move(exchange));
  for (const v1::Scorecard& card : Cards()) EXPECT_EQ(card.control_path_key(), "");
  // A primary whose answer broke the contract has answered all the same.
  exchange = Served();
  exchange.call = std::make_shared<ModelCall>(*exchange.call);
  exchange.rejected.push_back(exchange.answer);
  exchange.answer.path = "twin";
  Offer(std::move(exchange));
  EXPECT_NE(Cards().back().control_path_key(), "");
}

TEST_F(MirrorTest, JudgesCandidatesWithoutAControlWhileThePrimaryFails) {
  Exchange exchange = Served();
  exchange.answer.native = nullptr;
  exchange.answer.failure.emplace().set_failure_class(v1::FAILURE_CLASS_RESET);
  Offer(std::move(exchange));
  const auto cards = Cards();
  ASSERT_THAT(cards, SizeIs(2));
  for (const v1::Scorecard& card : cards) {
    EXPECT_NE(VerdictOn(card, v1::DIMENSION_SCHEMA), v1::SCORE_VERDICT_NOT_APPLICABLE);
  }
}

TEST_F(MirrorTest, NeverMirrorsAShadow) {
  Exchange exchange = Served();
  auto call = std::make_shared<ModelCall>(*exchange.call);
  call->shadow = true;
  exchange.call = call;
  Offer(std::move(exchange));
  EXPECT_THAT(Cards(), SizeIs(0));
  EXPECT_EQ(mirror_->Counts("desk", "twin").sampled(), 0);
}

TEST_F(MirrorTest, CountsWhatMayNotBeMirroredWithItsReason) {
  Offer(Served(R"({"model":"desk","store":true,"messages":[{"role":"user","content":"hi"}]})"));
  EXPECT_THAT(Cards(), SizeIs(0));
  EXPECT_THAT(mirror_->Counts("desk", "twin").dropped(), UnorderedElementsAre(Pair("stateful", 1)));
  ExpectAccounted();
}

// A path that cannot take a request says nothing of its model: the reason is kept, and nothing scored.
TEST_F(MirrorTest, ARequestThatAPathCannotTakeIsNeverDivergence) {
  auto config = std::make_shared<v1::Config>();
  const std::string yaml = std::string(kConfig) + R"yaml(
      - {name: foreign, role: backup, provider: claude, model: m}
      - {name: small, role: backup, provider: gpt, model: m, capabilities: {context_window_tokens: 5}}
)yaml";
  // The paths go before the contract, the providers behind the others. Nothing is ever sent to them.
  const size_t contract = yaml.find("    contract:");
  const size_t more = yaml.find("      - {name: foreign");
  std::string ordered = yaml.substr(0, contract) + yaml.substr(more) +
                        yaml.substr(contract, more - contract);
  ordered.insert(ordered.find("workflows:"),
                 "  claude: {kind: anthropic, base_url: \"http://127.0.0.1:9\"}\n"
                 "  gpt: {kind: openai, base_url: \"http://127.0.0.1:9\"}\n");
  const auto problems = ParseConfig(ordered, "test.yaml", *config);
  ASSERT_TRUE(problems.empty()) << problems.front().ToString();
  auto paths = PathSet::Create(
      *config, {.io = io_, .deadlines = deadlines_, .clock = clock_, .traffic = Traffic::kShadow});
  ASSERT_THAT(paths, IsOk());
  ASSERT_THAT(mirror_->Configure(config, {{io_.get_executor(), *paths}}), IsOk());

  // An answer that was begun: nobody but the one who wrote it goes on with it.
  Offer(Served(R"({"model":"desk","messages":[{"role":"user","content":"hello, tell me everything"},)"
               R"({"role":"assistant","content":"Well,"}]})"));
  const auto cards = Cards();
  int untranslatable = 0;
  for (const v1::Scorecard& card : cards) {
    const bool foreign = card.candidate_path() == "foreign";
    if (!foreign && card.candidate_path() != "small") continue;
    ++untranslatable;
    EXPECT_EQ(card.result(), v1::EXCHANGE_RESULT_UNTRANSLATABLE);
    EXPECT_EQ(card.failure_class(), foreign ? v1::FAILURE_CLASS_UNTRANSLATABLE
                                            : v1::FAILURE_CLASS_CONTEXT_WINDOW);
    EXPECT_THAT(card.scores(), SizeIs(0));
    EXPECT_THAT(card.findings(), SizeIs(0));
    EXPECT_TRUE(card.evidence_key().empty());
    EXPECT_EQ(card.fidelity().fidelity(), v1::FIDELITY_UNTRANSLATABLE);
    ASSERT_THAT(card.fidelity().losses(), SizeIs(1));
    EXPECT_FALSE(card.fidelity().losses(0).message().empty());
  }
  EXPECT_EQ(untranslatable, 2);
  ExpectAccounted();
}

TEST_F(MirrorTest, DropsAnExchangeThatIsTooLarge) {
  Configure("    # limits\n");
  Offer(Served(R"({"model":"desk","messages":[{"role":"user","content":")" +
               std::string(9'000'000, 'x') + R"("}]})"));
  EXPECT_THAT(mirror_->Counts("desk", "wordy").dropped(),
              UnorderedElementsAre(Pair("body_too_large", 1)));
  EXPECT_EQ(mirror_->pending(), 0);
  ExpectAccounted();
}

TEST_F(MirrorTest, DropsWhatDoesNotFitIntoTheQueue) {
  Configure("shadow: {max_queue: 2}\n");
  for (int i = 0; i < 5; ++i) mirror_->Offer(Served());
  EXPECT_EQ(mirror_->Counts("desk", "twin").dropped().at("queue_full"), 3);
  io_.run();
  EXPECT_EQ(mirror_->Counts("desk", "twin").mirrored(), 2);
  ExpectAccounted();
}

// What the judge may take as complete: up to the oldest exchange whose card is not in the store yet.
TEST_F(MirrorTest, KnowsTheOldestExchangeThatLacksACard) {
  EXPECT_EQ(mirror_->OldestPending("desk", "twin"), absl::InfiniteFuture());
  const absl::Time dispatched = clock_.Now();
  Exchange first = Served();
  clock_.Advance(absl::Seconds(2));
  const absl::Time offered = clock_.Now();
  mirror_->Offer(std::move(first));
  clock_.Advance(absl::Seconds(5));
  mirror_->Offer(Served());
  EXPECT_EQ(mirror_->OldestPending("desk", "main"), dispatched);
  EXPECT_EQ(mirror_->OldestPending("desk", "twin"), offered);
  EXPECT_EQ(mirror_->OldestPending("desk", "nobody"), absl::InfiniteFuture());
  io_.run();
  EXPECT_THAT(Cards(), SizeIs(6));
  for (const char* path : {"main", "twin", "wordy"}) {
    EXPECT_EQ(mirror_->OldestPending("desk", path), absl::InfiniteFuture()) << path;
  }
}

TEST_F(MirrorTest, AwaitsNoCardOfWhatItDropped) {
  Configure("shadow: {max_queue: 1}\n");
  mirror_->Offer(Served());
  const absl::Time kept = clock_.Now();
  clock_.Advance(absl::Seconds(1));
  mirror_->Offer(Served());
  EXPECT_EQ(mirror_->OldestPending("desk", "twin"), kept);
  io_.run();
  Offer(Served(R"({"model":"desk","store":true,"messages":[{"role":"user","content":"hi"}]})"));
  EXPECT_EQ(mirror_->OldestPending("desk", "main"), absl::InfiniteFuture());
  EXPECT_EQ(mirror_->OldestPending("desk", "twin"), absl::InfiniteFuture());
}

TEST_F(MirrorTest, CountsLiveExchangesByKindOfTurn) {
  EXPECT_TRUE(mirror_->Samples("desk", 7, v1::TURN_TYPE_TEXT, false));
  Offer(Served());
  EXPECT_FALSE(mirror_->Samples("unknown", 7, v1::TURN_TYPE_TEXT, false));
  const auto coverage = mirror_->Coverage("desk");
  ASSERT_THAT(coverage, SizeIs(1));
  EXPECT_EQ(coverage[0].live(), 1);
  EXPECT_EQ(coverage[0].sampled(), 1);
  EXPECT_EQ(mirror_->Live("desk"), 1);
}

// A degraded path that stands aside is no evidence in either direction; that it does so is told.
TEST_F(MirrorTest, ACaseThatADegradedPathLeavesToPeopleIsMarkedAndNotScored) {
  ConfigureWith(R"yaml(
store: {path: unused}
providers:
  json: {kind: static, static: {json: {reply: "hello"}}}
  rules:
    kind: rules
    rules:
      rules:
        - {name: refund, keywords: [refund], answer_json: {reply: "A person will look at it."}}
workflows:
  desk:
    paths:
      - {name: main, role: primary, provider: json}
      - {name: book, role: degraded, provider: rules}
    contract:
      output_schema: {type: object, required: [reply]}
    mirror: {rate: 1, max_requests_per_second: 1000}
)yaml");
  Offer(Served());
  Offer(Served(R"({"model":"desk","messages":[{"role":"user","content":"a refund, please"}]})"));
  int left = 0;
  int answered = 0;
  for (const v1::Scorecard& card : Cards()) {
    if (card.candidate_path() != "book") {
      EXPECT_FALSE(card.handed_over());
      continue;
    }
    EXPECT_EQ(card.result(), v1::EXCHANGE_RESULT_SCORED);
    if (!card.handed_over()) {
      ++answered;
      EXPECT_EQ(VerdictOn(card, v1::DIMENSION_SCHEMA), v1::SCORE_VERDICT_PASS);
      continue;
    }
    ++left;
    EXPECT_FALSE(card.has_false_proceed());
    for (const v1::DimensionScore& score : card.scores()) {
      EXPECT_EQ(score.verdict(), v1::SCORE_VERDICT_NOT_APPLICABLE) << score.dimension();
    }
  }
  EXPECT_EQ(left, 1);
  EXPECT_EQ(answered, 1);
}

// Without a rate the shares of the plan decide; a limit for all counts at the last door.
TEST_F(MirrorTest, MirrorsWhatThePlanGivesOut) {
  std::string yaml = kConfig;
  yaml.replace(yaml.find("rate: 1, "), 9, "");
  ConfigureWith(yaml + "shadow: {max_requests_per_minute: 3}\n");
  const auto serve = [&](uint64_t conversation) {
    Exchange exchange = Served();
    exchange.conversation = conversation;
    exchange.ticket = mirror_->Samples("desk", conversation, v1::TURN_TYPE_TEXT, false);
    if (*exchange.ticket) Offer(std::move(exchange));
  };
  mirror_->SetShares({{"desk", {{"twin", 0, 0}, {"wordy", 0, 0}}}});
  for (uint64_t i = 0; i < 20; ++i) serve(i);
  EXPECT_THAT(Cards(), SizeIs(0));
  EXPECT_EQ(mirror_->Coverage("desk").front().skipped().at("not_sampled"), 20);

  mirror_->SetShares({{"desk", {{"twin", 1, 100}, {"wordy", 0, 0}}}});
  for (uint64_t i = 100; i < 105; ++i) serve(i);
  EXPECT_EQ(mirror_->Counts("desk", "twin").mirrored(), 3);
  EXPECT_EQ(mirror_->Counts("desk", "twin").dropped().at("global_rate"), 2);
  EXPECT_EQ(mirror_->Counts("desk", "wordy").sampled(), 0);
  EXPECT_EQ(mirror_->Traffic("desk").conversations, 25);
  EXPECT_EQ(mirror_->Spent().requests_last_minute, 3);
  ExpectAccounted();
}

TEST_F(MirrorTest, AsksOnlyThePathsThatWereDrawn) {
  Exchange exchange = Served();
  exchange.ticket = mirror_->Samples("desk", 7, v1::TURN_TYPE_TEXT, false);
  exchange.ticket->paths = 0b010;
  Offer(std::move(exchange));
  std::vector<std::string> made;
  for (const v1::Scorecard& card : Cards()) made.push_back(card.candidate_path());
  EXPECT_THAT(made, UnorderedElementsAre("main", "twin"));
  EXPECT_EQ(mirror_->Counts("desk", "wordy").sampled(), 0);
  ExpectAccounted();
}

TEST_F(MirrorTest, ScoresALiveAnswerAloneWhereTheServingPathIsLookedAt) {
  for (const bool ramp : {false, true}) {
    Exchange exchange = Served();
    exchange.ticket = mirror_->Samples("desk", 7, v1::TURN_TYPE_TEXT, false);
    exchange.ticket->paths = ramp ? 0 : 0b001;
    exchange.ticket->scored_live = ramp ? 0 : -1;
    Offer(std::move(exchange));
  }
  const auto cards = Cards();
  ASSERT_THAT(cards, SizeIs(2));
  for (const v1::Scorecard& card : cards) EXPECT_EQ(card.source(), v1::SCORE_SOURCE_LIVE);
  EXPECT_EQ(mirror_->Counts("desk", "twin").sampled(), 0);
  EXPECT_EQ(mirror_->Coverage("desk").front().skipped().at("scored_only"), 2);
}

TEST_F(MirrorTest, AStandInsOwnAnswerIsNotComparedWithItself) {
  for (const char* path : {"main", "twin"}) {
    Exchange exchange = Served();
    exchange.answer.path = path;
    Offer(std::move(exchange));
  }
  int seen = 0;
  for (const v1::Scorecard& card : Cards()) {
    if (card.source() != v1::SCORE_SOURCE_LIVE) continue;
    ++seen;
    EXPECT_EQ(VerdictOn(card, v1::DIMENSION_SCHEMA), v1::SCORE_VERDICT_PASS);
    EXPECT_EQ(VerdictOn(card, v1::DIMENSION_POLICY), card.candidate_path() == "main"
                                                         ? v1::SCORE_VERDICT_PASS
                                                         : v1::SCORE_VERDICT_NOT_APPLICABLE);
  }
  EXPECT_EQ(seen, 2);
}

TEST_F(MirrorTest, WhatAnotherPathServedDuringARampIsNotScored) {
  Exchange exchange = Served();
  exchange.ticket = mirror_->Samples("desk", 7, v1::TURN_TYPE_TEXT, false);
  exchange.ticket->paths = 0;
  exchange.ticket->scored_live = 1;
  EXPECT_EQ(mirror_->Offer(std::move(exchange)), "not_sampled");
  EXPECT_THAT(Cards(), SizeIs(0));
  EXPECT_EQ(mirror_->Coverage("desk").front().skipped().at("not_sampled"), 1);
}

TEST_F(MirrorTest, WhatWasDrawnForAnotherLadderIsDropped) {
  Exchange exchange = Served();
  exchange.ticket = mirror_->Samples("desk", 7, v1::TURN_TYPE_TEXT, false);
  exchange.ticket->sampler += 1;
  EXPECT_EQ(mirror_->Offer(std::move(exchange)), "ladder_changed");
  EXPECT_EQ(mirror_->Coverage("desk").front().skipped().at("ladder_changed"), 1);
}

TEST_F(MirrorTest, FilesAHandOverAsAReview) {
  Exchange exchange = Served();
  auto handover = std::make_shared<v1::Handover>();
  handover->set_reason("no_rule_matches");
  exchange.answer.handover = handover;
  mirror_->HandOver(*exchange.call, exchange.answer);
  io_.run();
  const auto reviews = store_->ListReviews({});
  ASSERT_THAT(reviews, IsOk());
  ASSERT_THAT(reviews->items, SizeIs(1));
  EXPECT_EQ(reviews->items[0].reason(), "no_rule_matches");
  EXPECT_TRUE(reviews->items[0].live());
}

}  // namespace
}  // namespace warmpath
