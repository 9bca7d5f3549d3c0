#include "failover/policy.h"

#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;

constexpr int kDowntime = -1;
constexpr int kStay = -2;

// Conformance: G green, A amber, R red, C cold.
// Health: h healthy, u unhealthy, d down, ? unknown.
// A ladder is written "Gh Gh G?": primary, backup, backup, degraded, as many as given (the last of
// four is degraded).
struct Row {
  const char* name;
  const char* ladder;
  int active;
  int expected;
  v1::FlipCause cause = v1::FLIP_CAUSE_UNSPECIFIED;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

PathFacts Facts(const std::string& code, int index) {
  PathFacts facts;
  facts.name = "p" + std::to_string(index);
  facts.role = index == 0 ? v1::ROLE_PRIMARY : index == 3 ? v1::ROLE_DEGRADED : v1::ROLE_BACKUP;
  facts.conformance = code[0] == 'G'   ? v1::CONFORMANCE_GREEN
                      : code[0] == 'R' ? v1::CONFORMANCE_RED
                      : code[0] == 'C' ? v1::CONFORMANCE_COLD
                                       : v1::CONFORMANCE_AMBER;
  if (code[0] == 'G') facts.green_since = kNow - absl::Hours(1);
  facts.health = code[1] == 'h'   ? v1::HEALTH_HEALTHY
                 : code[1] == 'u' ? v1::HEALTH_UNHEALTHY
                 : code[1] == 'd' ? v1::HEALTH_DOWN
                                  : v1::HEALTH_UNSPECIFIED;
  facts.health_since = kNow - absl::Hours(1);
  return facts;
}

PolicySnapshot Snapshot(const std::string& ladder, int active) {
  PolicySnapshot snapshot;
  snapshot.now = kNow;
  for (size_t at = 0; at < ladder.size(); at += 3) {
    snapshot.paths.push_back(Facts(ladder.substr(at, 2), static_cast<int>(at / 3)));
  }
  if (active != kDowntime) snapshot.active = active;
  return snapshot;
}

int Target(const std::optional<FlipDecision>& decision) {
  return !decision ? kStay : decision->to.value_or(kDowntime);
}

class DecideTable : public ::testing::TestWithParam<Row> {};

TEST_P(DecideTable, Row) {
  const auto decision =
      Decide(Snapshot(GetParam().ladder, GetParam().active), FailoverParameters());
  EXPECT_EQ(Target(decision), GetParam().expected) << (decision ? decision->reason : "stays");
  if (decision && GetParam().expected != kStay) {
    EXPECT_EQ(decision->cause, GetParam().cause) << decision->reason;
    EXPECT_FALSE(decision->reason.empty());
  }
}

const auto kUnhealthy = v1::FLIP_CAUSE_UNHEALTHY;
const auto kNonconforming = v1::FLIP_CAUSE_NONCONFORMING;
const auto kNothing = v1::FLIP_CAUSE_NOTHING_GREEN;
const auto kRecovery = v1::FLIP_CAUSE_RECOVERY;
const auto kFailback = v1::FLIP_CAUSE_FAILBACK;

INSTANTIATE_TEST_SUITE_P(
    PrimaryServes, DecideTable,
    ::testing::Values(
        Row{"healthy and unproven stays", "Ch Gh G? G?", 0, kStay},
        Row{"never seen stays", "C? Gh G? G?", 0, kStay},
        Row{"amber stays", "Ah Gh G? G?", 0, kStay},
        Row{"down goes to the first green", "Cd Gh Gh G?", 0, 1, kUnhealthy},
        Row{"unhealthy goes to the first green", "Gu Gh Gh G?", 0, 1, kUnhealthy},
        Row{"red goes to the first green", "Rh Gh Gh G?", 0, 1, kNonconforming},
        Row{"skips amber", "Cd Ah Gh G?", 0, 2, kUnhealthy},
        Row{"skips cold", "Cd Ch Gh G?", 0, 2, kUnhealthy},
        Row{"skips red", "Cd Rh Gh G?", 0, 2, kUnhealthy},
        Row{"skips green that is down", "Cd Gd Gh G?", 0, 2, kUnhealthy},
        Row{"skips green that is unhealthy", "Cd Gu Gh G?", 0, 2, kUnhealthy},
        Row{"green without live traffic will do", "Cd G? Gh G?", 0, 1, kUnhealthy},
        Row{"degraded comes last", "Cd Ah Ah G?", 0, 3, kUnhealthy},
        Row{"down and nothing green is downtime", "Gd Ah Rh Ch", 0, kDowntime, kNothing},
        Row{"unhealthy and nothing green stays", "Gu Ah Rh Ch", 0, kStay},
        Row{"red and nothing green stays", "Rh Ah Rh Ch", 0, kStay}));

INSTANTIATE_TEST_SUITE_P(
    StandInServes, DecideTable,
    ::testing::Values(
        Row{"primary still down stays", "Gd Gh Gh G?", 1, kStay},
        Row{"amber stays", "Gd Ah Gh G?", 1, kStay},
        Row{"primary healthy and green fails back", "Gh Gh Gh G?", 1, 0, kFailback},
        Row{"primary healthy and amber does not", "Ah Gh Gh G?", 1, kStay},
        Row{"primary green of unknown health does not", "G? Gh Gh G?", 1, kStay},
        Row{"down goes on to the next green", "Gd Gd Gh G?", 1, 2, kUnhealthy},
        Row{"down goes back to a green primary", "Gh Gd Gh G?", 1, 0, kUnhealthy},
        Row{"red goes on to the next green", "Gd Rh Gh G?", 1, 2, kNonconforming},
        Row{"red, nothing green, primary healthy: back", "Ah Rh Ah Ah", 1, 0, kNonconforming},
        Row{"red, nothing green, primary red: downtime", "Rh Rh Ah Ah", 1, kDowntime, kNothing},
        Row{"red, nothing green, primary down: downtime", "Gd Rh Ah Ah", 1, kDowntime, kNothing},
        Row{"unhealthy and nothing green stays", "Gd Gu Ah Ah", 1, kStay},
        Row{"down and nothing green is downtime", "Gd Gd Ah Ah", 1, kDowntime, kNothing},
        Row{"degraded climbs to a green backup", "Gd Ah Gh Gh", 3, 2, kRecovery},
        Row{"degraded stays without a green backup", "Gd Ah Ah Gh", 3, kStay},
        Row{"degraded fails back before it climbs", "Gh Gh Gh Gh", 3, 0, kFailback}));

INSTANTIATE_TEST_SUITE_P(
    Downtime, DecideTable,
    ::testing::Values(
        Row{"nothing green, primary down: stays", "Gd Ah Rh Ch", kDowntime, kStay},
        Row{"primary unhealthy: stays", "Gu Ah Rh Ch", kDowntime, kStay},
        Row{"primary of unknown health: stays", "C? Ah Rh Ch", kDowntime, kStay},
        Row{"primary healthy again", "Gh Gh Rh Ch", kDowntime, 0, kRecovery},
        Row{"primary healthy, unproven, nothing green", "Ch Ah Rh Ch", kDowntime, 0, kRecovery},
        Row{"primary healthy, unproven: green goes first", "Ch Gh Rh Ch", kDowntime, 1, kRecovery},
        Row{"primary red never comes back by itself", "Rh Ah Rh Ch", kDowntime, kStay},
        Row{"any green path", "Gd Ah Rh G?", kDowntime, 3, kRecovery}));

PolicySnapshot Ramping(const std::string& ladder, int active, int from,
                       v1::RampPhase phase = v1::RAMP_PHASE_RUNNING) {
  PolicySnapshot snapshot = Snapshot(ladder, active);
  snapshot.ramp = {.from = from, .start = kNow - absl::Minutes(5), .phase = phase, .words = "evidence"};
  snapshot.flips = {{.time = kNow - absl::Minutes(5)}};
  return snapshot;
}

// While a ramp moves traffic from one path to another; the dwell of its flip is never over.
struct RampRow {
  const char* name;
  const char* ladder;
  int from;
  int active;
  v1::RampPhase phase;
  int expected;
  bool over = false;
};

void PrintTo(const RampRow& row, std::ostream* out) { *out << row.name; }

class RampTable : public ::testing::TestWithParam<RampRow> {};

TEST_P(RampTable, Row) {
  const RampRow& row = GetParam();
  PolicySnapshot snapshot = Ramping(row.ladder, row.active, row.from, row.phase);
  const auto decision = Decide(snapshot, FailoverParameters());
  EXPECT_EQ(Target(decision), row.expected) << (decision ? decision->reason : "stays");
  if (decision) {
    EXPECT_TRUE(decision->hard) << "it waits for no dwell";
    EXPECT_FALSE(decision->ramp) << "most of the traffic is elsewhere";
  }
  EXPECT_EQ(RampIsOver(snapshot, FailoverParameters()), row.over);
  snapshot.pinned = true;
  EXPECT_EQ(Target(Decide(snapshot, FailoverParameters())), kStay);
  EXPECT_FALSE(RampIsOver(snapshot, FailoverParameters()));
}

const auto kRunning = v1::RAMP_PHASE_RUNNING;
const auto kHeld = v1::RAMP_PHASE_HELD;
const auto kAborted = v1::RAMP_PHASE_ABORTED;
const auto kFull = v1::RAMP_PHASE_FULL;

INSTANTIATE_TEST_SUITE_P(
    ToTheStandIn, RampTable,
    ::testing::Values(
        RampRow{"goes on", "Gu Gh Gh G?", 0, 1, kRunning, kStay},
        RampRow{"held goes on", "Gu Gh Gh G?", 0, 1, kHeld, kStay},
        RampRow{"is over at full share", "Gu Gh Gh G?", 0, 1, kFull, kStay, true},
        RampRow{"is over when the old path dies", "Gd Gh Gh G?", 0, 1, kHeld, kStay, true},
        RampRow{"a red primary goes on serving the rest", "Rh Gh Gh G?", 0, 1, kRunning, kStay},
        RampRow{"aborted goes on to the next green", "Gu Gh Gh G?", 0, 1, kAborted, 2},
        RampRow{"aborted goes back if the old path may receive", "Gh Gh Gh G?", 0, 1, kAborted, 0},
        RampRow{"aborted, nothing green: stays if the old one is no better", "Au Gh Ah A?", 0, 1,
                kAborted, kStay},
        RampRow{"aborted, nothing green, the old one red: stays", "Rh Gh Ah A?", 0, 1, kAborted,
                kStay},
        RampRow{"down goes back although the old one is amber", "Ah Gd Ah A?", 0, 1, kRunning, 0},
        RampRow{"down goes back although the old one burns its budget", "Au Gd Ah A?", 0, 1,
                kRunning, 0},
        RampRow{"red goes back although the old one burns its budget", "Au Rh Ah A?", 0, 1,
                kRunning, 0},
        RampRow{"down and the old one red is downtime", "Rh Gd Ah A?", 0, 1, kRunning, kDowntime}));

INSTANTIATE_TEST_SUITE_P(
    BackToThePrimary, RampTable,
    ::testing::Values(
        RampRow{"goes on", "Gh Gh Gh G?", 1, 0, kRunning, kStay},
        RampRow{"is over when the stand-in turns red", "Gh Rh Gh G?", 1, 0, kRunning, kStay, true},
        RampRow{"aborted goes back to the stand-in first", "Gh G? Gh G?", 2, 0, kAborted, 2},
        RampRow{"a red primary aborts without a dwell", "Rh Gh Gh G?", 2, 0, kRunning, 2},
        RampRow{"a red primary aborts to an amber stand-in", "Rh Ah Ah A?", 2, 0, kRunning, 2},
        RampRow{"a primary that is down goes back", "Gd Gh Ah G?", 2, 0, kRunning, 1},
        RampRow{"an aborted primary without anything better stays", "Gh Ah Ah A?", 1, 0, kAborted,
                kStay}));

TEST(Decide, AnAbortedRampGoesBackIfTheOldPathIsFurtherWithinItsLimits) {
  PolicySnapshot snapshot = Ramping("Au Gh", 1, 0, kAborted);
  snapshot.ramp->margin = -2;
  EXPECT_EQ(Target(Decide(snapshot, FailoverParameters())), 0);
  EXPECT_EQ(Decide(snapshot, FailoverParameters())->reason,
            "the ramp to p1 was aborted: evidence; p0 conforms better");
  snapshot.paths[0].margin = -3;
  EXPECT_EQ(Target(Decide(snapshot, FailoverParameters())), kStay);
}

TEST(Decide, RampsWhatNothingForces) {
  const std::pair<const char*, int> discretionary[] = {
      {"Gu Gh Gh G?", 0}, {"Rh Gh Gh G?", 0}, {"Gh Gh Gh G?", 1}, {"Gd Ah Gh Gh", 3}};
  for (const auto& [ladder, active] : discretionary) {
    auto decision = Decide(Snapshot(ladder, active), FailoverParameters());
    ASSERT_TRUE(decision) << ladder;
    EXPECT_TRUE(decision->ramp) << ladder;
    FailoverParameters off;
    off.ramp = false;
    EXPECT_FALSE(Decide(Snapshot(ladder, active), off)->ramp) << ladder;
  }
  const std::pair<const char*, int> forced[] = {
      {"Gd Gh Gh G?", 0}, {"Gd Rh Gh G?", 1}, {"Gh Ah Rh Ch", kDowntime}};
  for (const auto& [ladder, active] : forced) {
    EXPECT_FALSE(Decide(Snapshot(ladder, active), FailoverParameters())->ramp) << ladder;
  }
}

TEST(RampIsOver, AfterRampMaxIfNothingSpeaksAgainstIt) {
  PolicySnapshot snapshot = Ramping("Gh Gh", 0, 1);
  snapshot.ramp->start = kNow - absl::Minutes(59);
  EXPECT_FALSE(RampIsOver(snapshot, FailoverParameters()));
  snapshot.ramp->start = kNow - absl::Minutes(60);
  EXPECT_TRUE(RampIsOver(snapshot, FailoverParameters()));
  snapshot.ramp->phase = kHeld;
  EXPECT_FALSE(RampIsOver(snapshot, FailoverParameters()));
}

TEST(MayReceive, AsksForReadinessWhereConfigured) {
  FailoverParameters parameters;
  parameters.require_flip_ready = true;
  PolicySnapshot snapshot = Snapshot("Cd Gh Gh G?", 0);
  EXPECT_EQ(Target(Decide(snapshot, parameters)), kDowntime);
  snapshot.paths[2].flip_ready = true;
  EXPECT_EQ(Target(Decide(snapshot, parameters)), 2);
  EXPECT_EQ(Target(Decide(Snapshot("Gh Gd Gh G?", 1), parameters)), 0) << "the primary always may";
}

TEST(BestTarget, TakesTheLargerMarginInWholeNats) {
  const FailoverParameters parameters;
  PolicySnapshot snapshot = Snapshot("Cd Gh Gh G?", 0);
  snapshot.paths[1].margin = 0.2;
  snapshot.paths[2].margin = 0.9;
  EXPECT_EQ(BestTarget(snapshot, parameters), 1) << "the same in whole nats: ladder order";
  snapshot.paths[2].margin = 1.1;
  EXPECT_EQ(BestTarget(snapshot, parameters), 2);
  snapshot.paths[3].margin = 5;
  EXPECT_EQ(BestTarget(snapshot, parameters), 2) << "degraded comes last";
}

TEST(Decide, NothingMovesAPinnedWorkflow) {
  PolicySnapshot snapshot = Snapshot("Gd Gh", 0);
  snapshot.pinned = true;
  EXPECT_EQ(Target(Decide(snapshot, FailoverParameters())), kStay);
}

TEST(Decide, FailbackWaitsUntilThePrimaryHasSettled) {
  const FailoverParameters parameters;
  PolicySnapshot snapshot = Snapshot("Gh Gh", 1);
  snapshot.paths[0].health_since = kNow - absl::Minutes(9);
  EXPECT_EQ(Target(Decide(snapshot, parameters)), kStay);
  snapshot.paths[0].health_since = kNow - absl::Minutes(10);
  EXPECT_EQ(Target(Decide(snapshot, parameters)), 0);
  snapshot.paths[0].green_since = kNow - absl::Minutes(9);
  EXPECT_EQ(Target(Decide(snapshot, parameters)), kStay);
}

TEST(Decide, FailbackCanBeSwitchedOff) {
  FailoverParameters parameters;
  parameters.auto_failback = false;
  EXPECT_EQ(Target(Decide(Snapshot("Gh Gh", 1), parameters)), kStay);
  EXPECT_EQ(Target(Decide(Snapshot("Gh Rh", 1), parameters)), 0) << "still a target when needed";
}

TEST(Decide, AStandInThatTurnsRedLeavesAtOnce) {
  const FailoverParameters parameters;
  PolicySnapshot snapshot = Snapshot("Gd Rh Ah Gh", 1);
  snapshot.flips = {{.time = kNow - absl::Seconds(1)}};
  EXPECT_EQ(Target(Decide(snapshot, parameters)), 3);
  snapshot = Snapshot("Gd Rh Ah Ah", 1);
  snapshot.flips = {{.time = kNow - absl::Seconds(1)}};
  EXPECT_EQ(Target(Decide(snapshot, parameters)), kDowntime);
}

TEST(Decide, OnlyAHardOutageIgnoresTheDwell) {
  const FailoverParameters parameters;
  for (const char* ladder : {"Gu Gh", "Rh Gh"}) {
    PolicySnapshot snapshot = Snapshot(ladder, 0);
    snapshot.flips = {{.time = kNow - absl::Minutes(14)}};
    EXPECT_EQ(Target(Decide(snapshot, parameters)), kStay) << ladder;
    snapshot.flips = {{.time = kNow - absl::Minutes(15)}};
    EXPECT_EQ(Target(Decide(snapshot, parameters)), 1) << ladder;
  }
  PolicySnapshot snapshot = Snapshot("Gd Gh", 0);
  snapshot.flips = {{.time = kNow - absl::Seconds(1)}};
  EXPECT_EQ(Target(Decide(snapshot, parameters)), 1);
  EXPECT_TRUE(Decide(snapshot, parameters)->hard);
}

TEST(RemainingDwell, DoublesWithEveryEarlierFlipOfTheDay) {
  const FailoverParameters parameters;
  PolicySnapshot snapshot;
  snapshot.now = kNow;
  EXPECT_EQ(RemainingDwell(snapshot, parameters), absl::ZeroDuration());
  const std::vector<absl::Duration> expected = {absl::Minutes(15), absl::Minutes(30), absl::Hours(1),
                                                absl::Hours(2),    absl::Hours(4),    absl::Hours(4)};
  for (size_t n = 0; n < expected.size(); ++n) {
    // The oldest first: n of them hours ago, the last one now.
    snapshot.flips.assign(n, {.time = kNow - absl::Hours(5)});
    snapshot.flips.push_back({.time = kNow});
    EXPECT_EQ(RemainingDwell(snapshot, parameters), expected[n]);
  }
  for (PastFlip& flip : snapshot.flips) flip.time = kNow - absl::Hours(25);
  snapshot.flips.back().time = kNow - absl::Minutes(1);
  EXPECT_EQ(RemainingDwell(snapshot, parameters), absl::Minutes(14)) << "a day is forgotten";
}

TEST(RemainingDwell, AllowsTwoDiscretionaryFlipsAnHour) {
  const FailoverParameters parameters;
  PolicySnapshot snapshot;
  snapshot.now = kNow;
  snapshot.flips = {{.time = kNow - absl::Minutes(50)}, {.time = kNow - absl::Minutes(31)}};
  EXPECT_EQ(RemainingDwell(snapshot, parameters), absl::Minutes(10));
  snapshot.flips[0].discretionary = false;
  EXPECT_LE(RemainingDwell(snapshot, parameters), absl::ZeroDuration());
}

}  // namespace
}  // namespace warmpath
