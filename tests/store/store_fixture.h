// A store in memory, and cards to put in it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/proto_time.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "store/score_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace warmpath::testing {

// A card of `workflow` and `path` with one verdict for SCHEMA, as if asked at `dispatch`.
inline v1::Scorecard MakeCard(const std::string& workflow, const std::string& path,
                              v1::ScoreVerdict schema, absl::Time dispatch) {
  v1::Scorecard card;
  card.set_workflow(workflow);
  card.set_candidate_path(path);
  card.set_evidence_key("key");
  card.set_request_id("req_1");
  *card.mutable_dispatch_time() = ToProto(dispatch);
  v1::DimensionScore& score = *card.add_scores();
  score.set_dimension(v1::DIMENSION_SCHEMA);
  score.set_verdict(schema);
  score.set_grade(schema == v1::SCORE_VERDICT_PASS ? 1 : 0.25);
  return card;
}

// REQUIRES: `value` is OK.
template <typename T>
T ValueOf(absl::StatusOr<T> value) {
  EXPECT_THAT(value, IsOk());
  return value.ok() ? *std::move(value) : T();
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
    options_.path = "/parent/store";
    options_.env = env_.get();
    options_.id_seed = 1;
    Open();
  }

  // Opens the store, after closing it if it is open.
  void Open() {
    store_.reset();
    absl::StatusOr<std::unique_ptr<ScoreStore>> store = ScoreStore::Open(options_, clock_);
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
  }

  // Appends a card made now; returns its id.
  std::string Append(const std::string& workflow, const std::string& path,
                     v1::ScoreVerdict schema = v1::SCORE_VERDICT_PASS) {
    return ValueOf(store_->Append(MakeCard(workflow, path, schema, clock_.Now())));
  }

  std::vector<std::string> IdsAfter(const std::string& id) {
    std::vector<std::string> ids;
    EXPECT_THAT(store_->VisitCardsAfter(id,
                                        [&](const v1::Scorecard& card) {
                                          ids.push_back(card.id());
                                          return true;
                                        }),
                IsOk());
    return ids;
  }

  ManualClock clock_;
  std::unique_ptr<rocksdb::Env> env_;
  ScoreStoreOptions options_;
  std::unique_ptr<ScoreStore> store_;
};

}  // namespace warmpath::testing
