// The operator's doors over a real controller, store and mirror.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admin/admin_context.h"
#include "config/access.h"
#include "tests/failover/controller_fixture.h"

namespace warmpath::testing {

// ControllerTest's story, with everything that admin/ reads on top.
class AdminTest : public ControllerTest {
 protected:
  // (Re)starts the process and loads the config, which also configures the mirror.
  void StartAll() {
    (*config_.mutable_providers())["vendor"].set_kind(v1::PROVIDER_KIND_STATIC);
    Start();
    mirror_ = std::make_unique<warmpath::Mirror>(
        warmpath::Mirror::Dependencies{clock_, *store_, "run_1"});
    ASSERT_THAT(mirror_->Configure(std::make_shared<const v1::Config>(config_), {}), IsOk());
    state_ = {clock_.Now(), ""};
    context_ =
        std::make_unique<AdminContext>(AdminContext{.failover = *controller_,
                                                    .mirror = *mirror_,
                                                    .store = *store_,
                                                    .clock = clock_,
                                                    .start_time = clock_.Now(),
                                                    .metrics = metrics_,
                                                    .config_state = [this] { return state_; },
                                                    .replica = "run_test"});
  }

  // A card on TOOLS that fails at `pointer`; returns its id.
  std::string Diverge(const std::string& path, v1::FindingKind kind, const std::string& pointer) {
    v1::Scorecard card = Card(path, /*conforms=*/true);
    card.set_request_id("req_" + std::to_string(++requests_));
    v1::DimensionScore& score = *card.add_scores();
    score.set_dimension(v1::DIMENSION_TOOLS);
    score.set_verdict(v1::SCORE_VERDICT_FAIL);
    v1::Finding& finding = *card.add_findings();
    finding.set_dimension(v1::DIMENSION_TOOLS);
    finding.set_kind(kind);
    finding.set_severity(v1::SEVERITY_VIOLATION);
    finding.set_pointer(pointer);
    const auto id = store_->Append(card);
    EXPECT_THAT(id, IsOk());
    Advance(absl::Seconds(1));
    return id.value_or("");
  }

  // Tokens as a door's config would give them, from the environment.
  static AccessTokens Tokens(const std::vector<std::string>& tokens) {
    v1::ListenerConfig listener;
    for (const std::string& token : tokens) {
      const std::string name =
          "WARMPATH_TEST_TOKEN_" + std::to_string(listener.bearer_tokens_size());
      setenv(name.c_str(), token.c_str(), 1);
      listener.add_bearer_tokens("env:" + name);
    }
    auto loaded = AccessTokens::Load(listener);
    EXPECT_THAT(loaded, IsOk());
    return loaded.ok() ? *std::move(loaded) : AccessTokens();
  }

  std::unique_ptr<warmpath::Mirror> mirror_;
  ConfigState state_;
  Metrics metrics_;
  std::unique_ptr<AdminContext> context_;

 private:
  int requests_ = 0;
};

}  // namespace warmpath::testing
