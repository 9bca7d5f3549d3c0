// A mirror on one thread, with embedded paths and a store in memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http/deadlines.h"
#include "base/metrics.h"
#include "boost/asio/io_context.hpp"
#include "boost/json/serialize.hpp"
#include "config/config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "shadow/mirror.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace warmpath::testing {

// The fixture's vocabulary: Configure a workflow "desk" whose primary is "main", Offer what was Served,
// look at the Cards.
class MirrorFixture : public ::testing::Test {
 protected:
  MirrorFixture() {
    env_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    ScoreStoreOptions options;
    options.path = "/store";
    options.env = env_.get();
    auto store = ScoreStore::Open(options, clock_);
    EXPECT_THAT(store, IsOk());
    store_ = *std::move(store);
    mirror_ = std::make_unique<Mirror>(Mirror::Dependencies{
        .clock = clock_,
        .store = *store_,
        .replica = "run_1",
        .metrics = &metrics_,
        .confirmation_pause = absl::ZeroDuration()});
  }

  void Configure(const std::string& yaml) {
    config_ = std::make_shared<v1::Config>();
    const auto problems = ParseConfig(yaml, "test.yaml", *config_);
    ASSERT_TRUE(problems.empty()) << problems.front().ToString();
    auto paths = PathSet::Create(
        *config_,
        {.io = io_, .deadlines = deadlines_, .clock = clock_, .traffic = Traffic::kShadow});
    ASSERT_THAT(paths, IsOk());
    ASSERT_THAT(mirror_->Configure(config_, {{io_.get_executor(), *paths}}), IsOk());
  }

  // An exchange that "main" answered with `text`.
  Exchange Served(std::string_view text, uint64_t conversation = 7) {
    auto call = std::make_shared<ModelCall>();
    call->request_id = "req_1";
    call->workflow = "desk";
    call->body = std::make_shared<const std::string>(
        R"({"model":"desk","messages":[{"role":"user","content":"When do you open?"}]})");
    Exchange exchange{call, {}, conversation, v1::TURN_TYPE_TEXT};
    exchange.answer.path = "main";
    exchange.answer.http_status = 200;
    exchange.answer.dispatch_time = clock_.Now();
    exchange.answer.native = std::make_shared<const std::string>(
        R"({"id":"1","object":"chat.completion","model":"m","choices":[{"index":0,)"
        R"("finish_reason":"stop","message":{"role":"assistant","content":)" +
        boost::json::serialize(boost::json::string(text)) + "}}]}");
    exchange.answer.reply = exchange.answer.native;
    return exchange;
  }

  // And runs until nothing is left to do.
  void Offer(Exchange exchange) {
    mirror_->Offer(std::move(exchange));
    Run();
  }
  void Run() {
    io_.restart();
    io_.run();
  }

  // In the order in which they were stored.
  std::vector<v1::Scorecard> Cards() {
    std::vector<v1::Scorecard> cards;
    EXPECT_THAT(store_->VisitCardsAfter("", [&](const v1::Scorecard& card) {
      cards.push_back(card);
      return true;
    }), IsOk());
    return cards;
  }
  std::vector<v1::Scorecard> Cards(v1::ScoreSource source) {
    std::vector<v1::Scorecard> cards = Cards();
    std::erase_if(cards, [&](const v1::Scorecard& card) { return card.source() != source; });
    return cards;
  }

  static v1::ScoreVerdict VerdictOn(v1::Dimension dimension, const auto& scores) {
    for (const v1::DimensionScore& score : scores) {
      if (score.dimension() == dimension) return score.verdict();
    }
    return v1::SCORE_VERDICT_UNSPECIFIED;
  }

  // sampled = mirrored + dropped + pending, for each path, and nothing is pending.
  void ExpectAllSettled() {
    for (const v1::PathConfig& path : config_->workflows().at("desk").paths()) {
      const v1::MirrorCounts counts = mirror_->Counts("desk", path.name());
      int64_t sum = counts.mirrored();
      for (const auto& [reason, count] : counts.dropped()) sum += count;
      EXPECT_EQ(counts.sampled(), sum) << path.name();
      EXPECT_EQ(mirror_->OldestPending("desk", path.name()), absl::InfiniteFuture());
    }
    EXPECT_EQ(mirror_->pending(), 0);
  }

  ManualClock clock_;
  Metrics metrics_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<ScoreStore> store_;
  boost::asio::io_context io_;
  Deadlines deadlines_{io_};
  std::shared_ptr<v1::Config> config_;
  std::unique_ptr<Mirror> mirror_;
};

}  // namespace warmpath::testing
