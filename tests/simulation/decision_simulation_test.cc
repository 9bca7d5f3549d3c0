// The whole decision system, single-threaded on virtual time, against random worlds: paths that fail,
// drift, fall silent and recover, operators that intervene, restarts, full disks. Whatever happens, the
// invariants of docs/architecture.md hold. WARMPATH_SIMULATION_SEED=n runs one seed alone.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "failover/controller.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "store/score_store.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using testing::IsOk;

constexpr int kSeeds = 24;
constexpr int kSteps = 600;
constexpr absl::Duration kStep = absl::Seconds(4);
constexpr absl::Duration kDwell = absl::Minutes(2);

// How one path behaves for a while.
struct Behaviour {
  double fails = 0;     // share of requests without an answer
  double diverges = 0;  // share of answers that do not conform
  bool mirrored = true;
};

class World {
 public:
  explicit World(uint64_t seed)
      : random_(seed),
        env_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
        files_(std::make_shared<testing::FaultFileSystem>(env_->GetFileSystem())),
        faulty_(testing::NewFaultyEnv(files_)) {
    const std::pair<const char*, v1::Role> ladder[] = {{"primary", v1::ROLE_PRIMARY},
                                                       {"one", v1::ROLE_BACKUP},
                                                       {"two", v1::ROLE_BACKUP},
                                                       {"rules", v1::ROLE_DEGRADED},
                                                       {"unseen", v1::ROLE_DEGRADED}};
    v1::WorkflowConfig& workflow = (*config_.mutable_workflows())["w"];
    for (const auto& [name, role] : ladder) {
      workflow.add_paths()->set_name(name);
      workflow.mutable_paths(workflow.paths_size() - 1)->set_role(role);
      behaviours_[name];
    }
    behaviours_["unseen"].mirrored = false;
    workflow.set_mode(Chance(.8) ? v1::FAILOVER_MODE_ENFORCE : v1::FAILOVER_MODE_OBSERVE);
    (*workflow.mutable_gate()->mutable_dimensions())["schema"].set_theta(.9);
    workflow.mutable_gate()->set_n_cold(10);
    // Cards by themselves, or in buckets of which some are open at any time.
    *workflow.mutable_gate()->mutable_bucket() = ToProto(Pick({absl::ZeroDuration(), absl::Seconds(10)}));
    workflow.mutable_gate()->set_refresh_n(10);
    *workflow.mutable_gate()->mutable_red_dwell() = ToProto(absl::Minutes(1));
    workflow.mutable_gate()->set_red_n_eff(20);
    *workflow.mutable_failover()->mutable_dwell() = ToProto(kDwell);
    workflow.mutable_failover()->set_auto_practice(Chance(.5));
    *workflow.mutable_failover()->mutable_failback_after() = ToProto(absl::Minutes(1));
    Open();
  }
  ~World() {
    files_->Heal();
    controller_.reset();
    store_.reset();
  }

  void Run() {
    for (int step = 0; step < kSteps && !::testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE(absl::StrCat("step ", step));
      clock_.Advance(kStep);
      Change();
      Traffic();
      mode_before_ = Status().mode();
      active_before_ = Status().active_path();
      ramped_before_ = Status().has_ramp();
      controller_->Tick();
      Check();
      Intervene();
      if (Chance(.01) && !disk_trouble_) Restart();
    }
  }
  int flips() const { return flips_; }
  int restarts() const { return restarts_; }
  int downtimes() const { return downtimes_; }
  int not_written() const { return not_written_; }
  int ramp_steps() const { return ramp_steps_; }

 private:
  bool Chance(double share) { return std::uniform_real_distribution<>(0, 1)(random_) < share; }
  template <typename T>
  T Pick(std::initializer_list<T> choices) {
    return choices.begin()[std::uniform_int_distribution<size_t>(0, choices.size() - 1)(random_)];
  }

  void Open() {
    controller_.reset();
    store_.reset();
    ScoreStoreOptions options;
    options.path = "/store";
    options.env = faulty_.get();
    auto store = ScoreStore::Open(options, clock_);
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
    auto controller = FailoverController::Create(config_, *store_, clock_, {});
    ASSERT_THAT(controller, IsOk());
    controller_ = *std::move(controller);
  }

  v1::WorkflowStatus Status() {
    auto status = controller_->Status("w");
    EXPECT_THAT(status, IsOk());
    return *std::move(status);
  }

  // The world changes its mind about a path now and then.
  void Change() {
    for (auto& [name, behaviour] : behaviours_) {
      if (name == "unseen" || !Chance(.015)) continue;
      behaviour.fails = Pick({0.0, 0.0, 0.0, 0.02, 0.2, 1.0});
      behaviour.diverges = Pick({0.0, 0.0, 0.0, 0.05, 0.5, 1.0});
      behaviour.mirrored = Chance(.85);
    }
    if (!disk_full_ && Chance(.004)) {
      files_->FailWritesAfter(0, rocksdb::IOStatus::NoSpace("disk full"));
      disk_full_ = disk_trouble_ = true;
    } else if (disk_full_ && Chance(.1)) {
      files_->Heal();
      disk_full_ = false;
    }
    if (Chance(.001)) clock_.Advance(absl::Hours(std::uniform_int_distribution<>(1, 30)(random_)));
  }

  // Live requests go where the plan says; shadows go to all other paths.
  void Traffic() {
    const auto plan = controller_->Plan();
    const WorkflowPlan& workflow = *plan->Find("w");
    for (int i = 0; i < 3; ++i) {
      const std::string conversation = absl::StrCat("c", random_() % 1000);
      std::string served_by;
      auto paths = workflow.PathsFor(conversation);
      if (const PlannedPath* probe = workflow.TakeProbe(clock_.Now())) paths.push_back(probe);
      for (const PlannedPath* path : paths) {
        const bool ok = !Chance(behaviours_[path->name].fails);
        controller_->ReportOutcome({.workflow = "w",
                                    .path = path->name,
                                    .ok = ok,
                                    .failure_class = v1::FAILURE_CLASS_SERVER_ERROR,
                                    .drill = workflow.InDrill(conversation)});
        if (!ok) continue;
        served_by = path->name;
        break;
      }
      for (const auto& [name, behaviour] : behaviours_) {
        if (behaviour.mirrored || name == served_by) Score(name, name == served_by, conversation);
      }
    }
    StoreCards();
  }

  void Score(const std::string& path, bool live, const std::string& conversation) {
    const Behaviour& behaviour = behaviours_[path];
    if (path == "unseen") return;
    v1::Scorecard card;
    card.set_workflow("w");
    card.set_candidate_path(path);
    card.set_source(live ? v1::SCORE_SOURCE_LIVE : v1::SCORE_SOURCE_MIRROR);
    card.set_evidence_key("key");
    if (Chance(.5)) card.set_conversation(conversation);
    *card.mutable_dispatch_time() = ToProto(clock_.Now() - absl::Milliseconds(random_() % 3000));
    if (!live && Chance(behaviour.fails)) {
      card.set_result(v1::EXCHANGE_RESULT_FAILED);
      card.set_failure_class(v1::FAILURE_CLASS_SERVER_ERROR);
    } else {
      card.set_result(v1::EXCHANGE_RESULT_SCORED);
      v1::DimensionScore* score = card.add_scores();
      score->set_dimension(v1::DIMENSION_SCHEMA);
      score->set_verdict(Chance(behaviour.diverges) ? v1::SCORE_VERDICT_FAIL
                                                    : v1::SCORE_VERDICT_PASS);
    }
    cards_.push_back({.card = std::move(card), .body = std::nullopt});
  }

  void StoreCards() {
    if (cards_.empty()) return;
    const bool stored = store_->AppendBatch(std::exchange(cards_, {})).ok();
    EXPECT_TRUE(stored || disk_trouble_);
    if (stored && !disk_full_) disk_trouble_ = false;
  }

  void Intervene() {
    if (!Chance(.02)) return;
    const std::string path = Pick({"primary", "one", "two", "rules", "unseen", ""});
    v1::FlipRequest flip;
    v1::PinRequest pin;
    v1::UnpinRequest unpin;
    v1::SetModeRequest mode;
    v1::StartDrillRequest drill;
    v1::HintRequest hint;
    for (auto* name : {flip.mutable_workflow(), pin.mutable_workflow(), unpin.mutable_workflow(),
                       mode.mutable_workflow(), drill.mutable_workflow()}) {
      *name = "w";
    }
    for (auto* reason : {flip.mutable_reason(), pin.mutable_reason(), unpin.mutable_reason(),
                         mode.mutable_reason(), drill.mutable_reason()}) {
      *reason = "because";
    }
    switch (random_() % 7) {
      case 0:
        flip.set_to_path(path);
        flip.set_force(Chance(.3));
        flip.set_ramp(Chance(.3));
        controller_->Flip(flip, "op").status().IgnoreError();
        break;
      case 1:
        *pin.mutable_duration() = ToProto(absl::Seconds(random_() % 600 + 1));
        controller_->Pin(pin, "op").status().IgnoreError();
        break;
      case 2:
        controller_->Unpin(unpin, "op").status().IgnoreError();
        break;
      case 3:
        mode.set_mode(Chance(.7) ? v1::FAILOVER_MODE_ENFORCE : v1::FAILOVER_MODE_OBSERVE);
        controller_->SetMode(mode, "op").status().IgnoreError();
        break;
      case 4:
        hint.set_workflow("w");
        hint.set_path(path);
        hint.set_reason("because");
        controller_->Hint(hint, "op").status().IgnoreError();
        break;
      default:
        drill.set_path(path);
        drill.set_practice(Chance(.5));
        drill.set_share(drill.practice() ? .05 : .5);
        *drill.mutable_duration() = ToProto(absl::Seconds(random_() % 300 + 1));
        controller_->StartDrill(drill, "op").status().IgnoreError();
    }
    last_flip_ = Status().last_flip();
    CheckDurable();
  }

  void Check() {
    const v1::WorkflowStatus status = Status();
    std::map<std::string, v1::PathVerdict> verdicts;
    for (const v1::PathStatus& path : status.paths()) verdicts[path.path()] = path.verdict();
    EXPECT_EQ(verdicts["unseen"].conformance(), v1::CONFORMANCE_COLD) << "no evidence, no GREEN";
    CheckPlan(status, verdicts);
    CheckDurable();
    const v1::Flip& flip = status.last_flip();
    if (flip.id() == last_flip_.id()) {
      EXPECT_EQ(status.active_path(), active_before_) << "nothing moves without a flip";
      return;
    }
    CheckFlip(flip, status.pinned());
    last_flip_ = flip;
  }

  void CheckFlip(const v1::Flip& flip, bool pinned) {
    ++flips_;
    SCOPED_TRACE(flip.ShortDebugString());
    EXPECT_TRUE(flip.enforced());
    if (flip.actor() == "config") {
      EXPECT_TRUE(active_before_.empty() && mode_before_ == v1::FAILOVER_MODE_OBSERVE);
      return;
    }
    EXPECT_EQ(flip.actor(), "automatic");
    EXPECT_FALSE(pinned) << "nothing moves a pinned workflow";
    EXPECT_EQ(mode_before_, v1::FAILOVER_MODE_ENFORCE) << "observe mode never flips";
    if (!flip.hard() && last_flip_.enforced()) {
      EXPECT_GE(FromProto(flip.decide_time()) - FromProto(last_flip_.decide_time()), kDwell);
    }
    if (flip.to_path().empty()) {
      ++downtimes_;
      return;
    }
    for (const v1::PathVerdict& verdict : flip.evidence()) {
      if (verdict.path() != flip.to_path()) continue;
      const bool green = verdict.conformance() == v1::CONFORMANCE_GREEN;
      const bool status_quo =
          flip.to_path() == "primary" && verdict.conformance() != v1::CONFORMANCE_RED;
      // Where a ramp's traffic came from served before.
      const bool came_from = last_flip_.from_path() == flip.to_path() && ramped_before_ &&
                             verdict.conformance() != v1::CONFORMANCE_RED;
      EXPECT_TRUE(green || status_quo || came_from) << "moved to a path that is not GREEN";
    }
  }

  void CheckPlan(const v1::WorkflowStatus& status,
                 const std::map<std::string, v1::PathVerdict>& verdicts) {
    const auto plan = controller_->Plan();
    const WorkflowPlan& workflow = *plan->Find("w");
    if (status.active_path().empty()) {
      EXPECT_TRUE(workflow.paths.empty());
      EXPECT_FALSE(workflow.downtime_reason.empty());
      return;
    }
    ASSERT_FALSE(workflow.paths.empty());
    EXPECT_EQ(workflow.paths[0].name, status.active_path());
    if (workflow.mode == v1::FAILOVER_MODE_OBSERVE) {
      EXPECT_EQ(workflow.paths.size(), 1u);
    }
    for (size_t i = 1; i < workflow.paths.size(); ++i) {
      EXPECT_EQ(verdicts.at(workflow.paths[i].name).conformance(), v1::CONFORMANCE_GREEN)
          << workflow.paths[i].name;
    }
    EXPECT_EQ(workflow.ramp.has_value(), status.has_ramp());
    if (workflow.ramp) {
      ++ramp_steps_;
      EXPECT_FALSE(workflow.drill.has_value());
      EXPECT_EQ(status.ramp().to_path(), status.active_path());
      EXPECT_GT(workflow.ramp->share, 0);
      EXPECT_LE(workflow.ramp->share, 1);
      CheckRampShare(status);
    }
    if (workflow.drill) {
      EXPECT_EQ(verdicts.at(workflow.drill->path.name).conformance(), v1::CONFORMANCE_GREEN);
    }
  }

  // A pinned workflow's ramp holds, and so does one in observe mode.
  void CheckRampShare(const v1::WorkflowStatus& status) {
    const std::string ramp = absl::StrCat(status.last_flip().id(), " ", restarts_);
    const bool holds = status.pinned() || status.mode() == v1::FAILOVER_MODE_OBSERVE;
    if (ramp == ramp_seen_ && held_before_ && holds) {
      EXPECT_EQ(status.ramp().share(), share_seen_);
    }
    ramp_seen_ = ramp;
    held_before_ = holds;
    share_seen_ = status.ramp().share();
  }

  // What serves is what the store says.
  void CheckDurable() {
    const auto states = store_->ListActiveStates();
    ASSERT_THAT(states, IsOk());
    const std::string stored = states->empty() ? "primary" : (*states)[0].active_path();
    // A config-made change is the only one that is acted on without the store.
    if (stored != Status().active_path()) {
      ++not_written_;
      EXPECT_EQ(Status().last_flip().actor(), "config");
    }
  }

  void Restart() {
    ++restarts_;
    const v1::WorkflowStatus before = Status();
    Open();
    const v1::WorkflowStatus after = Status();
    EXPECT_EQ(after.active_path(), before.active_path());
    EXPECT_EQ(after.mode(), before.mode());
    EXPECT_EQ(after.pinned(), before.pinned());
    EXPECT_EQ(after.has_ramp(), before.has_ramp());
    for (int i = 0; i < before.paths_size(); ++i) {
      EXPECT_EQ(after.paths(i).verdict().ShortDebugString(),
                before.paths(i).verdict().ShortDebugString());
    }
  }

  std::mt19937_64 random_;
  testing::ManualClock clock_;
  v1::Config config_;
  std::unique_ptr<rocksdb::Env> env_;
  std::shared_ptr<testing::FaultFileSystem> files_;
  std::unique_ptr<rocksdb::Env> faulty_;
  std::unique_ptr<ScoreStore> store_;
  std::unique_ptr<FailoverController> controller_;
  std::map<std::string, Behaviour> behaviours_;
  std::vector<NewCard> cards_;
  bool disk_full_ = false;
  // The disk was full, and the store has not taken a card since.
  bool disk_trouble_ = false;
  v1::Flip last_flip_;
  v1::FailoverMode mode_before_ = v1::FAILOVER_MODE_UNSPECIFIED;
  std::string active_before_;
  bool ramped_before_ = false, held_before_ = false;
  std::string ramp_seen_;
  double share_seen_ = 0;
  int ramp_steps_ = 0;
  int flips_ = 0, restarts_ = 0, downtimes_ = 0, not_written_ = 0;
};

TEST(DecisionSimulation, KeepsItsInvariantsInRandomWorlds) {
  const char* const only = std::getenv("WARMPATH_SIMULATION_SEED");
  const uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  const uint64_t count = only != nullptr ? 1 : kSeeds;
  int flips = 0, restarts = 0, downtimes = 0, ramp_steps = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE(absl::StrCat("WARMPATH_SIMULATION_SEED=", seed));
    World world(seed);
    world.Run();
    flips += world.flips();
    restarts += world.restarts();
    downtimes += world.downtimes();
    ramp_steps += world.ramp_steps();
    if (::testing::Test::HasFailure()) return;
  }
  std::printf("%llu worlds: %d flips, %d restarts, %d downtimes, %d steps within ramps\n",
              static_cast<unsigned long long>(count), flips, restarts, downtimes, ramp_steps);
  if (only != nullptr) return;
  // The worlds were eventful enough to mean something.
  EXPECT_GT(flips, kSeeds);
  EXPECT_GT(restarts, kSeeds);
  EXPECT_GT(downtimes, 0);
  EXPECT_GT(ramp_steps, kSeeds);
}

}  // namespace
}  // namespace warmpath
