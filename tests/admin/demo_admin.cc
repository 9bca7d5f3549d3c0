// Serves the operator's HTTP door over a real store and controller that have lived through three
// hours of a made-up workflow, for looking at the dashboard:
//
//   bazel run //tests/admin:demo_admin     prints the URL, serves until interrupted
#include <signal.h>

#include <cmath>
#include <iostream>
#include <memory>

#include "admin/admin_http.h"
#include "base/http/http_listener.h"
#include "base/http/http_server.h"
#include "base/proto_time.h"
#include "boost/asio/signal_set.hpp"
#include "boost/asio/steady_timer.hpp"
#include "rocksdb/env.h"

namespace warmpath {
namespace {

// Told at first, then the system's.
class StoryClock final : public Clock {
 public:
  absl::Time Now() const override { return now_ == absl::InfiniteFuture() ? absl::Now() : now_; }
  void Set(absl::Time now) { now_ = now; }
  void Release() { now_ = absl::InfiniteFuture(); }

 private:
  absl::Time now_ = absl::Now();
};

void AddPath(v1::WorkflowConfig& workflow, const char* name, v1::Role role, const char* provider,
             const char* model) {
  v1::PathConfig& path = *workflow.add_paths();
  path.set_name(name);
  path.set_role(role);
  path.set_provider(provider);
  path.set_model(model);
}

v1::Config MakeConfig() {
  v1::Config config;
  for (const char* name : {"support", "invoices", "triage"}) {
    v1::WorkflowConfig& workflow = (*config.mutable_workflows())[name];
    workflow.set_mode(v1::FAILOVER_MODE_ENFORCE);
    AddPath(workflow, "primary", v1::ROLE_PRIMARY, "openai", "gpt-4o");
    AddPath(workflow, "claude-b", v1::ROLE_BACKUP, "anthropic", "claude-sonnet");
    AddPath(workflow, "budget", v1::ROLE_BACKUP, "vendor-c", "small-1");
    AddPath(workflow, "rules", v1::ROLE_DEGRADED, "rules", "");
    v1::GateConfig& gate = *workflow.mutable_gate();
    (*gate.mutable_dimensions())["schema"].set_theta(.97);
    (*gate.mutable_dimensions())["tools"].set_theta(.95);
    *workflow.mutable_failover()->mutable_failback_after() = ToProto(absl::Minutes(10));
  }
  (*config.mutable_workflows())["invoices"].set_mode(v1::FAILOVER_MODE_OBSERVE);
  return config;
}

// Cheap reproducible noise: 0 to 1.
double Noise(int seed) {
  const double x = std::sin(seed * 12.9898) * 43758.5453;
  return x - std::floor(x);
}

struct Story {
  StoryClock& clock;
  ScoreStore& store;
  FailoverController& failover;
  int step = 0;

  void Score(const std::string& path, double tools, const std::string& key) {
    v1::Scorecard card;
    card.set_workflow("support");
    card.set_candidate_path(path);
    card.set_control_path("primary");
    card.set_request_id("req_" + std::to_string(step));
    card.set_source(v1::SCORE_SOURCE_MIRROR);
    card.set_evidence_key(key);
    card.set_result(v1::EXCHANGE_RESULT_SCORED);
    *card.mutable_dispatch_time() = ToProto(clock.Now());
    const int seed = step * 7 + static_cast<int>(path.size());
    for (const auto& [dimension, share] :
         {std::pair(v1::DIMENSION_SCHEMA, .998), std::pair(v1::DIMENSION_TOOLS, tools)}) {
      const bool pass = Noise(seed + dimension * 101) < share;
      v1::DimensionScore& score = *card.add_scores();
      score.set_dimension(dimension);
      score.set_verdict(pass ? v1::SCORE_VERDICT_PASS : v1::SCORE_VERDICT_FAIL);
      if (pass) continue;
      v1::Finding& finding = *card.add_findings();
      finding.set_dimension(dimension);
      finding.set_kind(v1::FINDING_KIND_ARGUMENT_DIFFERS);
      finding.set_pointer("/tool_calls/0/arguments/amount");
      finding.set_severity(v1::SEVERITY_VIOLATION);
    }
    if (const auto id = store.Append(card); !id.ok()) std::cerr << id.status() << "\n";
  }

  void Live(const std::string& workflow, bool ok) {
    const auto status = failover.Status(workflow);
    if (!status.ok() || status->active_path().empty()) return;
    // During its outage the primary fails and whatever else serves does not.
    failover.ReportOutcome({.workflow = workflow,
                            .path = status->active_path(),
                            .ok = ok || status->active_path() != "primary",
                            .failure_class = v1::FAILURE_CLASS_TIMEOUT,
                            .latency = absl::Milliseconds(900)});
  }

  // One step is five seconds of three hours.
  void Tell(absl::Time start) {
    for (step = 0; step < 3 * 720; ++step) {
      clock.Set(start + absl::Seconds(5 * step));
      const bool outage = step > 1500 && step < 1560;
      const bool lull = step > 600 && step < 690;
      Live("support", !outage);
      if (!lull) {
        Score("claude-b", .992, "key-1");
        Score("budget", .80, "key-2");
        if (step % 3 == 0) Score("rules", .985, step < 1900 ? "key-3" : "key-4");
        if (!outage) Score("primary", .997, "key-0");
      }
      if (step % 4 == 0) Live("triage", true);
      failover.Tick();
    }
  }
};

int Main() {
  StoryClock clock;
  const absl::Time start = absl::Now() - absl::Hours(3);
  clock.Set(start);
  const std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  ScoreStoreOptions options;
  options.path = "/demo";
  options.env = env.get();
  auto store = ScoreStore::Open(options, clock);
  const v1::Config config = MakeConfig();
  auto failover = FailoverController::Create(config, **store, clock, {});
  if (!failover.ok()) {
    std::cerr << failover.status() << "\n";
    return 1;
  }
  Mirror mirror(Mirror::Dependencies{clock, **store, "demo"});
  Story{clock, **store, **failover}.Tell(start);
  clock.Release();
  v1::StartDrillRequest drill;
  drill.set_workflow("support");
  drill.set_reason("monthly drill");
  drill.set_share(.1);
  if (const auto started = (*failover)->StartDrill(drill, "ana"); !started.ok()) {
    std::cerr << "no drill: " << started.status() << "\n";
  }
  const Metrics metrics;
  const AdminContext context{.failover = **failover,
                             .mirror = mirror,
                             .store = **store,
                             .clock = clock,
                             .start_time = start,
                             .metrics = metrics,
                             .config_state = [&] {
                               return ConfigState{start, ""};
                             }};
  boost::asio::io_context io{1};
  Deadlines deadlines{io};
  AdminHttp http(context, AccessTokens());
  auto listener = HttpListener::Open("127.0.0.1:0");
  auto server = HttpServer::Start(io, deadlines, **listener, {},
                                  [&](HttpExchange& exchange) { return http.Handle(exchange); });
  std::cout << "http://" << (*listener)->address() << "/" << std::endl;
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) { io.stop(); });
  boost::asio::steady_timer timer(io);
  std::function<void()> tick = [&] {
    (*failover)->Tick();
    timer.expires_after(std::chrono::seconds(1));
    timer.async_wait([&](boost::system::error_code error) {
      if (!error) tick();
    });
  };
  tick();
  io.run();
  server->reset();
  return 0;
}

}  // namespace
}  // namespace warmpath

int main() { return warmpath::Main(); }
