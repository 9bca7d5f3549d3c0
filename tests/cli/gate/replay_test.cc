// `warmpath gate replay`: lines in, lines out.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/gate/replay_config.h"
#include "cli/gate/run_replay.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::warmpath::testing::IsOk;

constexpr char kPolicy[] = R"({"op":"dim","name":"policy","q0":0.01})" "\n";

struct Output {
  int code = 0;
  std::string out, err;
  std::vector<std::string> lines() const {
    return absl::StrSplit(out, '\n', absl::SkipEmpty());
  }
};

Output Replay(const std::string& input, const std::string& config = "") {
  std::istringstream in(input);
  std::ostringstream out, err;
  Output run;
  run.code = RunGateReplay(config.empty() ? ReplayOptions()
                                        : ReadReplayConfig(config, "gate.yaml").value(), in, out, err);
  run.out = out.str();
  run.err = err.str();
  return run;
}

std::string Sample(double t, double loss, const std::string& more = "") {
  return absl::StrCat("{\"op\":\"sample\",\"t\":", t, ",\"path\":\"p\",\"loss\":{\"policy\":", loss, "}",
                      more, "}\n");
}

// One sample a minute, from..to.
std::string Minutes(int from, int to, double loss) {
  std::string lines;
  for (int i = from; i <= to; ++i) absl::StrAppend(&lines, Sample(60.0 * i, loss));
  return lines;
}

std::vector<std::string> Moments(const Output& run) {
  std::vector<std::string> moments;
  for (const std::string& line : run.lines()) {
    const size_t state = line.find("\"state\":\"") + 9;
    moments.push_back(absl::StrCat(line.substr(5, line.find(',') - 5), " ",
                                   line.substr(state, line.find('"', state) - state)));
  }
  return moments;
}

TEST(GateReplay, GivesTheWorkedValues) {
  EXPECT_THAT(Moments(Replay(kPolicy + Minutes(1, 700, 0))),
              ElementsAre("3000 AMBER", "36540 GREEN"));
  const Output falls = Replay(kPolicy + Minutes(1, 5000, 0) + Minutes(5001, 5004, 1) +
                           Minutes(5005, 6400, 0));
  EXPECT_THAT(Moments(falls),
              ElementsAre("3000 AMBER", "36540 GREEN", "300180 AMBER", "300240 RED",
                          "312240 AMBER", "377280 GREEN"));
}

TEST(GateReplay, PrintsAChangeWithItsEvidence) {
  const Output run = Replay(kPolicy + Minutes(1, 50, 0));
  ASSERT_THAT(run.lines(), SizeIs(1));
  EXPECT_THAT(run.out, ::testing::StartsWith(
      R"x({"t":3000,"wf":"","path":"p","fp":"","state":"AMBER",)x"
                       R"x("reasons":["unproven(policy)","stale"],"dims":{"policy":{"G":)x"));
  EXPECT_THAT(run.out, HasSubstr(R"("granted":false,"suspect":false,"lease_end":null}},"fresh":)"));
  EXPECT_THAT(run.out, HasSubstr("\"neff\":50}"));
  EXPECT_EQ(run.code, 0);
}

// Silence after 5000 passes: stale after 2410 s, COLD after six hours, with or without ticks.
TEST(GateReplay, TimeAloneHappensAtItsOwnMoment) {
  const std::string start = kPolicy + Minutes(1, 5000, 0);
  const Output once = Replay(start + R"({"op":"tick","t":400000})");
  EXPECT_THAT(Moments(once), ElementsAre("3000 AMBER", "36540 GREEN", "302410 AMBER", "321601 COLD"));
  std::string ticks = start;
  for (int t = 300001; t < 400000; t += 777) absl::StrAppend(&ticks, R"({"op":"tick","t":)", t, "}\n");
  EXPECT_EQ(Replay(ticks + R"({"op":"tick","t":400000})").out, once.out);
}

TEST(GateReplay, ASevereEventIsRedInTheSameEvent) {
  const std::string s1 = R"({"op":"severe","t":300001,"path":"p","class":"S1","id":"e7"})" "\n";
  const std::string ack = R"({"op":"ack","t":300002,"path":"p"})" "\n";
  const Output run = Replay(kPolicy + Minutes(1, 5000, 0) + s1 + ack + Minutes(5001, 5300, 0));
  EXPECT_THAT(Moments(run), ElementsAre("3000 AMBER", "36540 GREEN", "300001 RED", "312000 AMBER"));
  EXPECT_THAT(run.out, HasSubstr(R"x("reasons":["severe(e7)"])x"));
}

TEST(GateReplay, APossibleSevereEventHoldsUntilItsReplays) {
  const auto op = [](int t, const char* kind) {
    return absl::StrCat(R"({"op":"severe","t":)", t, R"(,"path":"p","class":")", kind, "\",\"id\":\"e\"}\n");
  };
  const std::string start = kPolicy + Minutes(1, 5000, 0);
  const Output cleared = Replay(start + op(300001, "S2") + op(300002, "S2n"));
  EXPECT_THAT(Moments(cleared),
              ElementsAre("3000 AMBER", "36540 GREEN", "300001 AMBER", "300002 GREEN"));
  EXPECT_THAT(cleared.out, HasSubstr(R"x("reasons":["severe-pending(e)"])x"));
  EXPECT_THAT(Moments(Replay(start + op(300001, "S2") + op(300002, "S2c"))).back(), "300002 RED");
}

TEST(GateReplay, HintsAreStartMassOfVAlone) {
  const auto query = [](const std::string& hint) {
    return Replay(kPolicy + Minutes(1, 100, 0) + hint + R"({"op":"query","t":6000})").lines().back();
  };
  const std::string without = query("");
  const std::string with = query(R"({"op":"hint","t":6000,"path":"p","mass":0.05})" "\n");
  const auto part = [](const std::string& line, const char* from, const char* to) {
    const size_t at = line.find(from);
    return line.substr(at, line.find(to, at) - at);
  };
  EXPECT_EQ(part(with, "\"G\"", ","), part(without, "\"G\"", ","));
  double v0 = 0, v1 = 0;
  ASSERT_TRUE(absl::SimpleAtod(part(without, "\"V\":", ",").substr(4), &v0));
  ASSERT_TRUE(absl::SimpleAtod(part(with, "\"V\":", ",").substr(4), &v1));
  EXPECT_NEAR(v1 - v0, 0.05, 1e-12);
}

// Delta .02 and every z = 0: G reaches 100 at pair 394.
TEST(GateReplay, ProvesAPairedDimension) {
  std::string input = R"({"op":"dim","name":"policy","mode":"paired","delta":0.02})" "\n";
  for (int i = 1; i <= 400; ++i) input += Sample(60.0 * i, 1, R"(,"ctl":{"policy":1})");
  // A primary that always disagrees with itself is no reference; so the first 393 are looked at alone.
  const Output run = Replay(input + R"({"op":"query","t":24000})");
  EXPECT_THAT(run.out, HasSubstr("\"reference-unstable(policy)\""));
  std::string quiet = R"({"op":"dim","name":"policy","mode":"paired","delta":0.02})" "\n";
  for (int i = 1; i <= 400; ++i) quiet += Sample(60.0 * i, 0, R"(,"ctl":{"policy":0})");
  EXPECT_THAT(Moments(Replay(quiet)), ElementsAre("3000 AMBER", "23640 GREEN"));
  std::string uncontrolled = R"({"op":"dim","name":"policy","mode":"paired","delta":0.02})" "\n";
  EXPECT_THAT(Moments(Replay(uncontrolled + Minutes(1, 400, 0))), IsEmpty());
}

TEST(GateReplay, OneConversationWeighsOneSample) {
  // The key is created at 0.
  std::string input = absl::StrCat(kPolicy, R"({"op":"rearm","t":0,"path":"p"})", "\n");
  for (int turn = 1; turn <= 6; ++turn) input += Sample(20.0 * turn, turn == 3, R"(,"conv":"c")");
  const Output run = Replay(input + R"({"op":"query","t":120})");
  EXPECT_THAT(run.out, HasSubstr("\"G\":0.359881"));
  EXPECT_THAT(run.out, HasSubstr("\"neff\":1}"));
}

TEST(GateReplay, ItemsOfDrillsCountOnceADay) {
  std::string input = kPolicy;
  for (int i = 1; i <= 1300; ++i) input += Sample(60.0 * i, 0, R"(,"src":"drill","item":"i1")");
  const Output run = Replay(input + R"({"op":"query","t":78000})");
  EXPECT_THAT(run.out, HasSubstr("\"neff\":1}"));
}

TEST(GateReplay, HandWrittenItemsAloneProveNothing) {
  std::string input = kPolicy;
  for (int i = 1; i <= 2000; ++i) input += Sample(60.0 * i, 0, R"(,"synthetic":true)");
  EXPECT_THAT(Moments(Replay(input)), ElementsAre("3000 AMBER"));
}

// Any split over replicas, any order inside a bucket, and duplicates give the same bytes.
TEST(GateReplay, BucketsDoNotDependOnOrderSplitOrDuplicates) {
  const auto lines = [](int replicas, bool reversed, bool twice) {
    std::string input = kPolicy;
    for (int bucket = 1; bucket <= 900; ++bucket) {
      std::vector<std::string> in_bucket;
      for (int i = 0; i < 7; ++i) {
        const int n = bucket * 7 + i;
        in_bucket.push_back(Sample(bucket * 10 + i + 0.25, n % 97 == 0 || n % 101 == 0 ? 1 : 0,
                                   absl::StrCat(R"(,"id":"s)", n, R"(","replica":"r)", n / 3 % replicas,
                                                R"(","conv":"c)", n / 3, "\"")));
      }
      if (reversed) std::reverse(in_bucket.begin(), in_bucket.end());
      for (const std::string& line : in_bucket) input += twice ? line + line : line;
    }
    return input + R"({"op":"query","t":9100})";
  };
  const Output one = Replay(lines(1, false, false));
  EXPECT_GT(one.lines().size(), 1u);
  EXPECT_EQ(Replay(lines(8, true, false)).out, one.out);
  EXPECT_EQ(Replay(lines(3, true, true)).out, one.out);
  EXPECT_THAT(Replay(lines(3, true, true)).err, HasSubstr("whose id came before"));
}

TEST(GateReplay, ABucketWaitsForWhatWasDispatched) {
  std::string input = kPolicy;
  input += R"({"op":"dispatch","id":"slow","t":1,"path":"p"})" "\n";
  input += Sample(2, 0, R"(,"id":"a","replica":"r")");
  const std::string query = R"({"op":"query","t":60})" "\n";
  EXPECT_THAT(Replay(input + query, "gate: {bucket: 10s}").out, HasSubstr("\"neff\":0}"));
  const std::string answer = Sample(1, 1, R"(,"id":"slow","at":50,"replica":"r")");
  EXPECT_THAT(Replay(input + answer + query, "gate: {bucket: 10s}").out, HasSubstr("\"neff\":2}"));
  const std::string late = R"({"op":"query","t":130})" "\n";
  EXPECT_THAT(Replay(input + late, "gate: {bucket: 10s}").out, HasSubstr("\"neff\":1}"));
}

TEST(GateReplay, ARampStopsWhereHarmIsBounded) {
  std::string input = kPolicy;
  input += R"({"op":"live","t":0,"path":"p","n":0,"f":0})" "\n";
  input += R"({"op":"live","t":60,"path":"p","n":600,"f":0})" "\n";
  input += R"({"op":"live","t":120,"path":"p","n":100,"f":90})" "\n";
  const Output run = Replay(input);
  ASSERT_THAT(run.lines(), SizeIs(3));
  EXPECT_THAT(run.lines()[0], HasSubstr(R"("q_upper":1,"v":0,"ramp":"running")"));
  EXPECT_THAT(run.lines()[1], HasSubstr(R"("q_upper":0.01374)"));
  EXPECT_THAT(run.lines()[1], HasSubstr(R"("share":1,)"));
  EXPECT_THAT(run.lines()[2], HasSubstr(R"("ramp":"aborted")"));
}

// Silence after 5000 passes: stale after 2410 s; with an incident of half an hour in it, that much later.
TEST(GateReplay, ClocksOfFreshnessStandStillInAnIncident) {
  const auto run = [](int off) {
    return Moments(Replay(absl::StrCat(kPolicy, Minutes(1, 5000, 0),
                                       R"({"op":"incident","t":300600,"wf":"","on":true})", "\n",
                                       R"({"op":"incident","t":)", off, R"(,"wf":"","on":false})", "\n",
                                       R"({"op":"tick","t":400000})")));
  };
  EXPECT_THAT(run(302400), ElementsAre("3000 AMBER", "36540 GREEN", "304210 AMBER", "323401 COLD"));
  // An hour at most.
  EXPECT_THAT(run(309000), ElementsAre("3000 AMBER", "36540 GREEN", "306010 AMBER", "325201 COLD"));
}

TEST(GateReplay, PlansFloorBurstAndProof) {
  const auto plan = [](const std::string& before, int t, const std::string& more) {
    return Replay(absl::StrCat(kPolicy, before, R"({"op":"plan","t":)", t, more, "}\n")).lines().back();
  };
  const std::string green = Minutes(1, 5000, 0);
  EXPECT_THAT(plan(green, 300001, R"(,"traffic":{"/p":600})"),
              HasSubstr(R"("class":"floor","rate":0.99857)"));
  // One failure: V is above twice its resting level.
  EXPECT_THAT(plan(green + Minutes(5001, 5001, 1), 300061, R"(,"traffic":{"/p":600})"),
              HasSubstr(R"("class":"burst","rate":19.97)"));
  EXPECT_THAT(plan(Minutes(1, 10, 0), 601, R"(,"traffic":{"/p":600})"),
              HasSubstr(R"("class":"prove","rate":12,)"));
  // Too little traffic for the floor: drills make up for it.
  EXPECT_THAT(plan(green, 300001, R"(,"traffic":{"/p":0.5})"),
              HasSubstr(R"("class":"floor","rate":0.5,"drill":0.4985)"));
  // A budget holds for all of it; floors take a quarter of it at most.
  EXPECT_THAT(plan(green, 300001, R"(,"budget":2,"traffic":{"/p":600})"),
              HasSubstr(R"("class":"floor","rate":0.5,)"));
  EXPECT_THAT(plan(green + Minutes(5001, 5001, 1), 300061, R"(,"budget":2,"traffic":{"/p":600})"),
              HasSubstr(R"("class":"burst","rate":2,)"));
}

TEST(GateReplay, ABadLineIsToldAndTheRunGoesOn) {
  const Output run = Replay(absl::StrCat(kPolicy, "nonsense\n", Sample(60, 2), Sample(60, 0),
                                      Sample(30, 0), R"({"op":"fly","t":1})", "\n",
                                      R"({"op":"sample","t":61,"path":"p","loss":{"other":0}})", "\n",
                                      R"({"op":"query","t":70})"));
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.lines(),
              ElementsAre(R"({"line":2,"error":"not a JSON object"})",
                          R"({"line":3,"error":"loss of policy must be from 0 to 1"})",
                          R"({"line":5,"error":"t must not decrease"})",
                          R"({"line":6,"error":"unknown op 'fly'"})",
                          R"({"line":7,"error":"unknown dimension 'other'"})",
                          HasSubstr("\"neff\":1}")));
}

TEST(GateReplay, NoEvidenceIsNeverGreen) {
  std::string input = kPolicy;
  for (int i = 1; i < 3000; ++i) {
    absl::StrAppend(&input, R"({"op":"sample","t":)", i * 60, R"(,"path":"p","loss":{}})", "\n");
  }
  EXPECT_THAT(Replay(input + R"({"op":"tick","t":9999999})").out, IsEmpty());
}

TEST(ReplayConfig, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(ReadReplayConfig("gate: {tau: 4h, t_cold: 24h, rho: 0.5}", "g").status(), IsOk());
  for (const char* bad : {"gate: {tau: -1}", "gate: {speed: 3}", "gates: {}", "gate: {bucket: 5s}",
                          "dimensions: {policy: {mode: paired}}", "dimensions: {policy: {theta: 1.5}}"}) {
    EXPECT_FALSE(ReadReplayConfig(bad, "g").ok()) << bad;
  }
}

}  // namespace
}  // namespace warmpath
