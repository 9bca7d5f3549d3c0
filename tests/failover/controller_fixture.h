// A workflow with a primary, two backups and rules, told as a story.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "failover/controller.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "store/score_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace warmpath::testing {

// The real controller on the real store in memory; a clock that moves when told.
class ControllerTest : public ::testing::Test {
 protected:
  ControllerTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
    AddPath("primary", v1::ROLE_PRIMARY);
    AddPath("claude", v1::ROLE_BACKUP);
    AddPath("mistral", v1::ROLE_BACKUP);
    AddPath("rules", v1::ROLE_DEGRADED);
    Support().set_mode(v1::FAILOVER_MODE_ENFORCE);
    v1::GateConfig& gate = *Support().mutable_gate();
    (*gate.mutable_dimensions())["schema"].set_theta(.9);
    *gate.mutable_bucket() = ToProto(absl::ZeroDuration());  // each card counts as it comes
    gate.set_n_cold(10);
    gate.set_refresh_n(20);
  }

  v1::WorkflowConfig& Support() { return (*config_.mutable_workflows())["support"]; }
  void AddPath(const std::string& name, v1::Role role) {
    v1::PathConfig* path = Support().add_paths();
    path->set_name(name);
    path->set_role(role);
    path->set_provider("vendor");
    path->set_model("model-" + name);
  }

  // (Re)starts the process: opens the store and builds the controller.
  void Start() {
    controller_.reset();
    store_.reset();
    ScoreStoreOptions options;
    options.path = "/store";
    options.env = env();
    auto store = ScoreStore::Open(options, clock_);
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
    auto controller = FailoverController::Create(config_, *store_, clock_, {});
    ASSERT_THAT(controller, IsOk());
    controller_ = *std::move(controller);
  }
  virtual rocksdb::Env* env() { return env_.get(); }

  void Advance(absl::Duration by) {
    clock_.Advance(by);
    controller_->Tick();
  }

  // Live requests, one a second, each seen by a tick.
  void Serve(int n, const std::string& path = "primary") { Live(n, path, true, false); }
  void Fail(int n, const std::string& path = "primary") { Live(n, path, false, false); }
  void Live(int n, const std::string& path, bool ok, bool drill) {
    for (int i = 0; i < n; ++i) {
      controller_->ReportOutcome({.workflow = "support",
                                  .path = path,
                                  .ok = ok,
                                  .failure_class = ok ? v1::FAILURE_CLASS_UNSPECIFIED
                                                      : v1::FAILURE_CLASS_TIMEOUT,
                                  .drill = drill});
      Advance(absl::Seconds(1));
    }
  }

  // Scored shadows, one a second.
  void Mirror(const std::string& path, int n, bool conforms = true) {
    for (int i = 0; i < n; ++i) {
      ASSERT_THAT(store_->Append(Card(path, conforms)), IsOk());
      Advance(absl::Seconds(1));
    }
  }
  // Shadows to several paths at once.
  void MirrorAll(const std::vector<std::string>& paths, int n) {
    for (int i = 0; i < n; ++i) {
      for (const std::string& path : paths) ASSERT_THAT(store_->Append(Card(path)), IsOk());
      Advance(absl::Seconds(1));
    }
  }
  // Shadows that got no answer.
  void MirrorFails(const std::string& path, int n) {
    for (int i = 0; i < n; ++i) {
      v1::Scorecard card = Card(path);
      card.clear_scores();
      card.set_result(v1::EXCHANGE_RESULT_FAILED);
      card.set_failure_class(v1::FAILURE_CLASS_CONNECT);
      ASSERT_THAT(store_->Append(card), IsOk());
      Advance(absl::Seconds(1));
    }
  }
  v1::Scorecard Card(const std::string& path, bool conforms = true) {
    v1::Scorecard card;
    card.set_workflow("support");
    card.set_candidate_path(path);
    card.set_control_path("primary");
    card.set_source(v1::SCORE_SOURCE_MIRROR);
    card.set_evidence_key("key-" + path);
    card.set_result(v1::EXCHANGE_RESULT_SCORED);
    *card.mutable_dispatch_time() = ToProto(clock_.Now());
    v1::DimensionScore* score = card.add_scores();
    score->set_dimension(v1::DIMENSION_SCHEMA);
    score->set_verdict(conforms ? v1::SCORE_VERDICT_PASS : v1::SCORE_VERDICT_FAIL);
    return card;
  }

  std::string Active() { return Status().active_path(); }
  v1::WorkflowStatus Status() {
    auto status = controller_->Status("support");
    EXPECT_THAT(status, IsOk());
    return status.ok() ? *std::move(status) : v1::WorkflowStatus();
  }
  v1::PathStatus PathOf(const std::string& name) {
    const v1::WorkflowStatus status = Status();
    for (const v1::PathStatus& path : status.paths()) {
      if (path.path() == name) return path;
    }
    ADD_FAILURE() << "no path " << name;
    return {};
  }
  v1::Conformance Verdict(const std::string& path) { return PathOf(path).verdict().conformance(); }
  // The names that a request of this conversation may try, in order.
  std::vector<std::string> Planned(const std::string& conversation = "talk") {
    std::vector<std::string> names;
    const auto plan = controller_->Plan();
    for (const PlannedPath* path : plan->Find("support")->PathsFor(conversation)) {
      names.push_back(path->name);
    }
    return names;
  }
  std::vector<v1::Flip> Flips() {
    auto page = store_->ListFlips({.workflow = "support", .limit = 1000});
    EXPECT_THAT(page, IsOk());
    return page.ok() ? page->items : std::vector<v1::Flip>();
  }

  ManualClock clock_;
  v1::Config config_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<ScoreStore> store_;
  std::unique_ptr<FailoverController> controller_;
};

}  // namespace warmpath::testing
