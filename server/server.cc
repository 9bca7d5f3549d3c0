#include "server/server.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "admin/admin_context.h"
#include "admin/admin_http.h"
#include "admin/admin_service.h"
#include "admin/drill_service.h"
#include "admin/failover_service.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "boost/asio/steady_timer.hpp"
#include "boost/json.hpp"
#include "config/config.h"
#include "failover/controller.h"
#include "gateway/chat_service.h"
#include "gateway/plan_service.h"
#include "gateway/report_service.h"
#include "scorer/contract.h"
#include "server/grpc_door.h"
#include "server/live_thread.h"
#include "server/replicas.h"
#include "server/sample_shares.h"
#include "server/shadow_thread.h"
#include "shadow/mirror.h"
#include "store/score_store.h"

namespace warmpath {
namespace {

uint64_t RandomSeed() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

absl::StatusOr<std::shared_ptr<const v1::Config>> Load(const std::string& path) {
  auto config = std::make_shared<v1::Config>();
  RETURN_IF_ERROR(ConfigProblemsToStatus(LoadConfig(path, *config)));
  return config;
}

ScoreStoreOptions StoreOptions(const v1::StoreConfig& config) {
  ScoreStoreOptions options;
  options.path = config.path();
  options.card_retention = FromProto(config.card_retention());
  options.tally_retention = FromProto(config.tally_retention());
  options.body_retention = FromProto(config.body_retention());
  return options;
}

absl::StatusOr<std::shared_ptr<const FrontSettings>> MakeFrontSettings(
    const v1::Config& config, const v1::ListenerConfig& listener) {
  ASSIGN_OR_RETURN(AccessTokens tokens, AccessTokens::Load(listener));
  return std::make_shared<const FrontSettings>(
      FrontSettings{WorkflowDirectory(config), std::move(tokens)});
}

absl::StatusOr<HttpServerOptions> DoorOptions(const v1::ListenerConfig& listener, int threads) {
  HttpServerOptions options;
  options.max_connections = std::max(1, listener.max_connections() / threads);
  options.max_body_bytes = listener.max_body_bytes();
  if (listener.has_tls()) {
    ASSIGN_OR_RETURN(options.tls, MakeTlsServerContext({
                                      .certificate_file = listener.tls().certificate_file(),
                                      .key_file = listener.tls().key_file(),
                                  }));
  }
  return options;
}

bool IsOpen(const v1::ListenerConfig& listener) { return listener.address() != "off"; }

std::string WithoutTokens(v1::ListenConfig listen) {
  for (v1::ListenerConfig* door : {listen.mutable_http(), listen.mutable_grpc()}) {
    door->clear_bearer_tokens();
  }
  return listen.SerializeAsString();
}

// What only a restart changes.
std::string NeedsRestart(const v1::Config& now, const v1::Config& next) {
  std::string fields;
  // Tokens are read anew by every reload.
  if (WithoutTokens(now.listen()) != WithoutTokens(next.listen())) fields += " listen";
  if (now.store().SerializeAsString() != next.store().SerializeAsString()) fields += " store";
  if (now.threads() != next.threads()) fields += " threads";
  if (now.replicas().SerializeAsString() != next.replicas().SerializeAsString()) fields += " replicas";
  if (now.shadow().threads() != next.shadow().threads()) fields += " shadow.threads";
  return fields;
}

class RunningServer final : public Server {
 public:
  explicit RunningServer(std::string config_path) : config_path_(std::move(config_path)) {}
  ~RunningServer() override { Stop(absl::ZeroDuration()); }

  absl::Status Build() {
    start_time_ = clock_.Now();
    ASSIGN_OR_RETURN(config_, Load(config_path_));
    RETURN_IF_ERROR(OpenEvidence());
    RETURN_IF_ERROR(StartThreads());
    RETURN_IF_ERROR(Apply(config_));
    ASSIGN_OR_RETURN(replicas_, Replicas::Start(config_->replicas(), replica_, *store_, clock_));
    RETURN_IF_ERROR(OpenAdminDoors());
    RETURN_IF_ERROR(OpenFrontDoors());
    StartTicking();
    SetConfigState("");
    LogInfo("serving", {{"config", config_path_}, {"ports", PortsJson()}});
    return absl::OkStatus();
  }

  std::string PortsJson() const override {
    boost::json::object ports;
    if (http_listener_) ports["http"] = http_listener_->address();
    if (chat_door_) ports["grpc"] = chat_door_->address();
    if (admin_listener_) ports["admin_http"] = admin_listener_->address();
    if (admin_door_) ports["admin_grpc"] = admin_door_->address();
    return boost::json::serialize(ports);
  }

  absl::Status Reload() override {
    absl::Status status = TryReload();
    SetConfigState(status.ok() ? "" : std::string(status.message()));
    v1::AuditEntry entry;
    entry.set_actor("SIGHUP");
    entry.set_action("reload");
    entry.set_reason(status.ok() ? "" : "refused; the old config stays");
    entry.set_detail(status.ok() ? config_path_ : std::string(status.message()));
    if (const absl::Status stored = store_->PutAudit(entry); !stored.ok()) {
      LogError("audit entry not written", {{"error", stored.message()}});
    }
    return status;
  }

  void Stop(absl::Duration grace) override {
    if (stopped_) return;
    stopped_ = true;
    LogInfo("stopping", {{"grace_seconds", absl::ToInt64Seconds(grace)}});
    // Front doors first, all at once, while everything behind them still runs.
    std::vector<std::future<void>> closing;
    for (auto& thread : live_threads_) {
      closing.push_back(std::async(std::launch::async, [&] { thread->StopServing(grace); }));
    }
    // Watching never ends by itself.
    if (plan_) plan_->Stop();
    if (chat_door_) chat_door_->Stop(grace);
    for (auto& closed : closing) closed.wait();
    if (replicas_) replicas_->Stop();
    if (admin_door_) admin_door_->Stop(absl::ZeroDuration());
    tick_loop_.Stop();
    admin_loop_.Stop();
    // Lets go of the shadows' paths while the loops that they belong to still run.
    if (mirror_) (void)mirror_->Configure(std::make_shared<const v1::Config>(), {});
    for (auto& thread : shadow_threads_) thread->loop().Stop();
    for (auto& thread : live_threads_) thread->loop().Stop();
    if (failover_) {
      if (const absl::Status status = failover_->Checkpoint(); !status.ok()) {
        LogError("checkpoint not written", {{"error", status.message()}});
      }
    }
  }

 private:
  absl::Status OpenEvidence() {
    ASSIGN_OR_RETURN(store_, ScoreStore::Open(StoreOptions(config_->store()), clock_));
    FailoverControllerOptions options;
    // Asked by ticks, which begin after both are made.
    options.oldest_pending = [this](const std::string& workflow, const std::string& path) {
      return std::min(mirror_->OldestPending(workflow, path), replicas_->Watermark());
    };
    options.metrics = &metrics_;
    ASSIGN_OR_RETURN(failover_, FailoverController::Create(*config_, *store_, clock_, options));
    mirror_ = std::make_unique<Mirror>(
        Mirror::Dependencies{clock_, *store_, replica_, &metrics_});
    return absl::OkStatus();
  }

  absl::Status StartThreads() {
    const int cores = std::max(1u, std::thread::hardware_concurrency());
    const int live = config_->threads() > 0 ? config_->threads() : cores;
    for (int i = 0; i < live; ++i) {
      live_threads_.push_back(std::make_unique<LiveThread>(
          i, LiveShared{*failover_, *mirror_, clock_, gateway_metrics_, signers_}, RandomSeed()));
      live_threads_.back()->Start();
    }
    for (int i = 0; i < config_->shadow().threads(); ++i) {
      shadow_threads_.push_back(std::make_unique<ShadowThread>(i, clock_));
      shadow_threads_.back()->Start();
    }
    admin_loop_.Start();
    tick_loop_.Start();
    return absl::OkStatus();
  }

  // Makes everything that a config says before anything of it takes effect.
  absl::Status Apply(std::shared_ptr<const v1::Config> config) {
    ASSIGN_OR_RETURN(auto http_settings, MakeFrontSettings(*config, config->listen().http()));
    ASSIGN_OR_RETURN(auto grpc_settings, MakeFrontSettings(*config, config->listen().grpc()));
    std::vector<std::shared_ptr<PathSet>> live_paths;
    for (auto& thread : live_threads_) {
      ASSIGN_OR_RETURN(live_paths.emplace_back(), thread->MakePaths(*config));
    }
    std::vector<ShadowWorker> workers;
    for (auto& thread : shadow_threads_) {
      ASSIGN_OR_RETURN(auto paths, thread->MakePaths(*config));
      workers.push_back({thread->loop().io().get_executor(), std::move(paths)});
    }
    // Whatever can be refused is refused before the first part takes effect; contracts are, here.
    ASSIGN_OR_RETURN(const std::shared_ptr<const LiveRules> rules, LiveRules::Create(*config));
    RETURN_IF_ERROR(failover_->UpdateConfig(*config));
    RETURN_IF_ERROR(mirror_->Configure(config, std::move(workers)));
    for (size_t i = 0; i < live_threads_.size(); ++i) {
      live_threads_[i]->Configure(std::move(live_paths[i]), rules, http_settings);
    }
    grpc_settings_ = std::move(grpc_settings);
    if (chat_) ConfigureGrpcDoor();
    return absl::OkStatus();
  }

  absl::Status TryReload() {
    ASSIGN_OR_RETURN(auto next, Load(config_path_));
    RETURN_IF_ERROR(Apply(next));
    if (const std::string fields = NeedsRestart(*config_, *next); !fields.empty()) {
      LogWarning("reloaded, but some changes need a restart", {{"fields", fields}});
    } else {
      LogInfo("reloaded", {{"config", config_path_}});
    }
    config_ = std::move(next);
    return absl::OkStatus();
  }

  absl::Status OpenFrontDoors() {
    const v1::ListenConfig& listen = config_->listen();
    if (IsOpen(listen.http())) {
      ASSIGN_OR_RETURN(http_listener_, HttpListener::Open(listen.http().address()));
      ASSIGN_OR_RETURN(HttpServerOptions options,
                       DoorOptions(listen.http(), static_cast<int>(live_threads_.size())));
      options.render_problem = [](const HttpProblem& problem) {
        return HttpProblemBody{
            "application/json",
            HttpFront::ProblemBody(problem.status, problem.reason, problem.target)};
      };
      for (auto& thread : live_threads_) {
        RETURN_IF_ERROR(thread->Serve(*http_listener_, options));
      }
    }
    if (IsOpen(listen.grpc())) {
      std::vector<ChatWorker> workers;
      for (auto& thread : live_threads_) workers.push_back({&thread->loop().io(), &thread->caller()});
      chat_ = std::make_unique<ChatServiceImpl>(std::move(workers), clock_, RandomSeed());
      std::vector<boost::asio::any_io_executor> executors;
      for (auto& thread : shadow_threads_) {
        executors.push_back(thread->loop().io().get_executor());
      }
      intake_ = std::make_unique<ReportIntake>(*failover_, *mirror_, clock_, metrics_);
      report_ = std::make_unique<ReportServiceImpl>(*intake_, std::move(executors));
      plan_ = std::make_unique<PlanServiceImpl>(*failover_, clock_, PlanServiceOptions{});
      ConfigureGrpcDoor();
      ASSIGN_OR_RETURN(chat_door_, GrpcDoor::Open(listen.grpc(),
                                                  {chat_.get(), report_.get(), plan_.get()}));
    }
    return absl::OkStatus();
  }

  void ConfigureGrpcDoor() {
    chat_->Configure(grpc_settings_);
    const auto settings = std::make_shared<const GrpcDoorSettings>(
        GrpcDoorSettings{grpc_settings_->directory, grpc_settings_->tokens});
    report_->Configure(settings);
    plan_->Configure(settings);
  }

  absl::Status OpenAdminDoors() {
    const v1::ListenConfig& listen = config_->listen();
    context_ = std::make_unique<AdminContext>(AdminContext{
        .failover = *failover_,
        .mirror = *mirror_,
        .store = *store_,
        .clock = clock_,
        .start_time = start_time_,
        .metrics = metrics_,
        .config_state = [this] {
          absl::MutexLock lock(&mutex_);
          return config_state_;
        },
        .replica = replica_,
        .replicas = [this] { return replicas_->Statuses(); },
    });
    ASSIGN_OR_RETURN(AccessTokens grpc_tokens, AccessTokens::Load(listen.admin_grpc()));
    ASSIGN_OR_RETURN(AccessTokens http_tokens, AccessTokens::Load(listen.admin_http()));
    if (IsOpen(listen.admin_grpc())) {
      admin_service_ = std::make_unique<AdminServiceImpl>(*context_, grpc_tokens);
      failover_service_ = std::make_unique<FailoverServiceImpl>(*context_, grpc_tokens);
      drill_service_ = std::make_unique<DrillServiceImpl>(*context_, grpc_tokens);
      ASSIGN_OR_RETURN(admin_door_,
                       GrpcDoor::Open(listen.admin_grpc(), {admin_service_.get(),
                                                            failover_service_.get(),
                                                            drill_service_.get()}));
    }
    if (IsOpen(listen.admin_http())) {
      ASSIGN_OR_RETURN(admin_listener_, HttpListener::Open(listen.admin_http().address()));
      ASSIGN_OR_RETURN(HttpServerOptions options, DoorOptions(listen.admin_http(), 1));
      admin_http_ = std::make_unique<AdminHttp>(*context_, http_tokens);
      absl::Status status;
      admin_loop_.Run([&] {
        auto server = HttpServer::Start(
            admin_loop_.io(), admin_loop_.deadlines(), *admin_listener_, std::move(options),
            [this](HttpExchange& exchange) { return admin_http_->Handle(exchange); });
        status = server.status();
        if (server.ok()) admin_server_ = *std::move(server);
      });
      RETURN_IF_ERROR(status);
    }
    return absl::OkStatus();
  }

  void StartTicking() {
    failover_->SetWake([this] {
      if (!wake_pending_.exchange(true)) {
        boost::asio::post(tick_loop_.io(), [this] {
          wake_pending_ = false;
          failover_->Tick();
        });
      }
    });
    failover_->SetSamplePlan({
        .traffic = [this](const std::string& workflow) {
          const TrafficCount count = mirror_->Traffic(workflow);
          return SampleTraffic{count.conversations, count.exchanges};
        },
        .publish = [this](const v1::GetBudgetResponse& plan) { mirror_->SetShares(SharesOf(plan)); },
    });
    if (plan_) {
      failover_->SetPlanListener([this] {
        if (!plan_pending_.exchange(true)) {
          boost::asio::post(tick_loop_.io(), [this] {
            plan_pending_ = false;
            plan_->Update();
          });
        }
      });
    }
    boost::asio::post(tick_loop_.io(), [this] { TickAndWait(); });
  }

  // While traffic moves bit by bit, every live answer of the path that it moves to is scored.
  void TellRamps() {
    const std::shared_ptr<const Plan> plan = failover_->Plan();
    for (const auto& [name, workflow] : plan->workflows) {
      const bool ramps = workflow.ramp && !workflow.paths.empty();
      mirror_->ScoreLive(name, ramps ? workflow.paths.front().name : "");
    }
  }

  void TickAndWait() {
    failover_->Tick();
    TellRamps();
    if (plan_) plan_->Update();
    tick_timer_.expires_after(absl::ToChronoNanoseconds(failover_->TickInterval()));
    tick_timer_.async_wait([this](boost::system::error_code error) {
      if (!error) TickAndWait();
    });
  }

  void SetConfigState(const std::string& error) {
    if (!error.empty()) LogError("config refused; the old one stays", {{"error", error}});
    absl::MutexLock lock(&mutex_);
    if (error.empty()) config_state_.load_time = clock_.Now();
    config_state_.error = error;
  }

  const std::string config_path_;
  const SystemClock clock_;
  absl::Time start_time_;
  // Names this run of the process.
  const std::string replica_ = IdGenerator(RandomSeed()).Next("run", clock_.Now());
  std::shared_ptr<const v1::Config> config_;

  // Counted on the live path, and what it remembers of conversations.
  Metrics metrics_;
  GatewayMetrics gateway_metrics_{metrics_};
  Signers signers_;

  // Evidence and decisions.
  std::unique_ptr<ScoreStore> store_;
  std::unique_ptr<FailoverController> failover_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<Replicas> replicas_;

  // Threads; each owns what runs on it.
  std::vector<std::unique_ptr<ShadowThread>> shadow_threads_;
  std::vector<std::unique_ptr<LiveThread>> live_threads_;
  EventLoop admin_loop_{"admin", /*niceness=*/0};
  EventLoop tick_loop_{"tick", /*niceness=*/0};
  boost::asio::steady_timer tick_timer_{tick_loop_.io()};
  std::atomic<bool> wake_pending_ = false;
  std::atomic<bool> plan_pending_ = false;

  // Doors.
  std::shared_ptr<const FrontSettings> grpc_settings_;
  std::unique_ptr<HttpListener> http_listener_;
  std::unique_ptr<ChatServiceImpl> chat_;
  std::unique_ptr<ReportIntake> intake_;
  std::unique_ptr<ReportServiceImpl> report_;
  std::unique_ptr<PlanServiceImpl> plan_;
  std::unique_ptr<GrpcDoor> chat_door_;
  std::unique_ptr<AdminContext> context_;
  std::unique_ptr<AdminServiceImpl> admin_service_;
  std::unique_ptr<FailoverServiceImpl> failover_service_;
  std::unique_ptr<DrillServiceImpl> drill_service_;
  std::unique_ptr<GrpcDoor> admin_door_;
  std::unique_ptr<HttpListener> admin_listener_;
  std::unique_ptr<AdminHttp> admin_http_;
  std::unique_ptr<HttpServer> admin_server_;

  absl::Mutex mutex_;
  ConfigState config_state_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& config_path) {
  auto server = std::make_unique<RunningServer>(config_path);
  RETURN_IF_ERROR(server->Build());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace warmpath
