// `warmpath gate explain` and `gate replay --from-store` against a server's doors.
#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/proto_time.h"
#include "gmock/gmock.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "tests/cli/fixtures.h"
#include "warmpath/v1/admin.grpc.pb.h"
#include "warmpath/v1/failover.grpc.pb.h"

namespace warmpath {
namespace {

using ::testing::AllOf;
using testing::CliResult;
using testing::CliRun;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kNow;
using ::testing::Not;

// A server that has these cards, flips and audit entries.
struct Doors {
  struct Admin final : v1::AdminService::Service {
    grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest* request,
                           v1::GetStatusResponse* response) override {
      v1::WorkflowStatus& support = *response->add_workflows();
      support.set_workflow(request->workflow());
      testing::AddPath(support, "primary", v1::ROLE_PRIMARY, v1::CONFORMANCE_COLD);
      testing::AddPath(support, "backup", v1::ROLE_BACKUP, v1::CONFORMANCE_COLD);
      return grpc::Status::OK;
    }
    grpc::Status ListAuditEntries(grpc::ServerContext*, const v1::ListAuditEntriesRequest*,
                                  v1::ListAuditEntriesResponse* response) override {
      *response = audit;
      return grpc::Status::OK;
    }
    grpc::Status StreamScorecards(
        grpc::ServerContext*, const v1::StreamScorecardsRequest* request,
        grpc::ServerWriter<v1::StreamScorecardsResponse>* writer) override {
      v1::StreamScorecardsResponse batch;
      for (const v1::Scorecard& card : cards) {
        if (FromProto(card.create_time()) < FromProto(request->start_time())) continue;
        *batch.add_cards() = card;
        if (batch.cards_size() < 100) continue;
        writer->Write(batch);
        batch.Clear();
      }
      writer->Write(batch);
      return grpc::Status::OK;
    }
    std::vector<v1::Scorecard> cards;
    v1::ListAuditEntriesResponse audit;
  } admin;
  struct Failover final : v1::FailoverService::Service {
    grpc::Status ListFlips(grpc::ServerContext*, const v1::ListFlipsRequest*,
                           v1::ListFlipsResponse* response) override {
      *response = flips;
      return grpc::Status::OK;
    }
    v1::ListFlipsResponse flips;
  } failover;
};

class FromStoreTest : public ::testing::Test {
 protected:
  FromStoreTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&doors_.admin);
    builder.RegisterService(&doors_.failover);
    server_ = builder.BuildAndStart();
    config_ = File("gate.yaml", "dimensions: {schema: {theta: 0.97}}\n");
  }
  ~FromStoreTest() override { server_->Shutdown(); }

  static std::string File(const std::string& name, const std::string& text) {
    const std::string path = absl::StrCat(::testing::TempDir(), "/", name);
    std::ofstream(path) << text;
    return path;
  }

  // Stored at `stored`, asked for three seconds earlier.
  v1::Scorecard& Card(absl::Time stored, bool conforms = true, const std::string& key = "k1") {
    v1::Scorecard& card = doors_.admin.cards.emplace_back();
    card.set_id(absl::StrCat("card", 100000 + doors_.admin.cards.size()));
    card.set_workflow("support");
    card.set_candidate_path("backup");
    card.set_control_path("primary");
    card.set_source(v1::SCORE_SOURCE_MIRROR);
    card.set_result(v1::EXCHANGE_RESULT_SCORED);
    card.set_evidence_key(key);
    *card.mutable_dispatch_time() = ToProto(stored - absl::Seconds(3));
    *card.mutable_create_time() = ToProto(stored);
    v1::DimensionScore& score = *card.add_scores();
    score.set_dimension(v1::DIMENSION_SCHEMA);
    score.set_verdict(conforms ? v1::SCORE_VERDICT_PASS : v1::SCORE_VERDICT_FAIL);
    return card;
  }
  // One a minute; returns the time after the last one.
  absl::Time Cards(absl::Time from, int n, bool conforms = true, const std::string& key = "k1") {
    for (int i = 0; i < n; ++i, from += absl::Minutes(1)) Card(from, conforms, key);
    return from;
  }
  void Acknowledge(absl::Time time) { Audit("acknowledge_severe", time); }
  void Audit(const std::string& action, absl::Time time) {
    v1::AuditEntry& entry = *doors_.admin.audit.add_entries();
    *entry.mutable_time() = ToProto(time);
    entry.set_action(action);
    entry.set_actor("ana");
    entry.set_reason("a test order");
    entry.set_detail("backup");
  }

  CliResult Run(std::vector<std::string> words, const std::string& input = "") {
    CliRun run;
    run.input = input;
    run.connect = [this](const std::string&) { return server_->InProcessChannel({}); };
    words.insert(words.begin(), "gate");
    return run(words);
  }
  CliResult Explain(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"explain", "--workflow", "support", "--path",
                                      "backup",  "--config",   config_};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }
  CliResult FromStore(const std::vector<std::string>& more) {
    std::vector<std::string> words = {"replay", "--from-store", "--workflow", "support"};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }

  Doors doors_;
  std::unique_ptr<grpc::Server> server_;
  std::string config_;
};

// The lines of `text` that hold "->", without their date.
std::vector<std::string> Changes(const std::string& text) {
  std::vector<std::string> changes;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (line.find(" -> ") != absl::string_view::npos) changes.emplace_back(line.substr(11));
  }
  return changes;
}

TEST_F(FromStoreTest, ExplainTellsEachChangeWithItsMomentAndItsReasons) {
  const absl::Time end = Cards(kNow - absl::Hours(24), 300);
  // The meter is at 30.3 after a sample a minute: below 8 after 30 min * ln(30.3 / 8), 2401 s.
  ASSERT_EQ(end, kNow - absl::Hours(19));
  const CliResult run = Explain();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(
      Changes(run.out),
      ElementsAre(HasSubstr("COLD -> AMBER  unproven(schema), stale"), HasSubstr("AMBER -> GREEN"),
                  HasSubstr("GREEN -> AMBER  stale"), HasSubstr("AMBER -> COLD  silent")));
  EXPECT_THAT(run.out, HasSubstr("(key k1)"));
  EXPECT_THAT(run.out, HasSubstr("0 of 50 failed since the last change"));
  EXPECT_THAT(run.out, HasSubstr("at the end: COLD  silent"));
  EXPECT_THAT(run.out, HasSubstr("of 7 d 0 h:"));
  EXPECT_THAT(run.out, HasSubstr("COLD 6 d"));  // before the first card, too
}

TEST_F(FromStoreTest, ExplainKnowsSevereViolationsAcknowledgementsAndFlips) {
  absl::Time t = Cards(kNow - absl::Hours(24), 300);
  v1::Finding& finding = *Card(t).add_findings();
  finding.set_severity(v1::SEVERITY_SEVERE);
  Cards(t + absl::Minutes(1), 240);
  Acknowledge(t + absl::Minutes(30));
  v1::Flip& flip = *doors_.failover.flips.add_flips();
  *flip.mutable_decide_time() = ToProto(t + absl::Minutes(5));
  flip.set_enforced(true);
  flip.set_from_path("backup");
  flip.set_to_path("primary");
  flip.set_actor("automatic");
  flip.set_reason("backup is RED");
  const CliResult run = Explain();
  EXPECT_THAT(run.out, HasSubstr("severe violation, card card100301"));
  EXPECT_THAT(run.out, HasSubstr("GREEN -> RED  severe"));
  EXPECT_THAT(run.out, HasSubstr("flip from backup to primary by automatic: backup is RED"));
  EXPECT_THAT(run.out, HasSubstr("severe violation acknowledged by ana: a test order"));
  // What follows is the hold-down and the proof anew.
  EXPECT_THAT(run.out, HasSubstr("RED -> AMBER"));
  const size_t severe = run.out.find("severe violation, card"), red = run.out.find("-> RED"),
               flipped = run.out.find("flip from"), acknowledged = run.out.find("acknowledged by");
  EXPECT_LT(severe, red);
  EXPECT_LT(red, flipped);
  EXPECT_LT(flipped, acknowledged);
}

TEST_F(FromStoreTest, ExplainShowsOnlyTheRangeButBeginsTheJudgeEarlier) {
  Cards(kNow - absl::Hours(30), 300);
  Cards(kNow - absl::Hours(25), 25 * 60);
  const CliResult run = Explain({"--since", "1h"});
  EXPECT_THAT(run.out, HasSubstr("nothing changed"));
  EXPECT_THAT(run.out, HasSubstr("at the end: GREEN"));
  EXPECT_THAT(run.out, HasSubstr("GREEN 1 h 0 min; 0 changes"));
}

TEST_F(FromStoreTest, ExplainPrintsLinesForPrograms) {
  Cards(kNow - absl::Hours(24), 300);
  const CliResult run = Explain({"--json"});
  EXPECT_THAT(run.out, HasSubstr(R"("kind":"evidence_key","path":"backup","text":")"));
  EXPECT_THAT(run.out,
              HasSubstr(R"("kind":"state","path":"backup","from":"COLD","to":"AMBER",)"
                        R"x("reasons":["unproven(schema)","stale"],"dims":{"schema":{"G":)x"));
}

TEST_F(FromStoreTest, ReplayingTheExportGivesTheSameStates) {
  absl::Time t = Cards(kNow - absl::Hours(48), 300);
  Card(t).add_findings()->set_severity(v1::SEVERITY_SEVERE);
  Acknowledge(t + absl::Minutes(3));
  t = Cards(t + absl::Minutes(5), 600);
  for (int i = 0; i < 4; ++i) Card(t += absl::Seconds(1), i > 1).set_conversation("c\"1");
  t = Cards(t + absl::Minutes(1), 5, /*conforms=*/false);
  t = Cards(t + absl::Seconds(20), 220, true, "k2");
  for (const std::string bucket : {"0s", "10s"}) {
    const std::string config =
        File("bucket.yaml",
             absl::StrCat("gate: {bucket: ", bucket, "}\ndimensions: {schema: {theta: .97}}\n"));
    const CliResult direct = FromStore({"--config", config});
    ASSERT_EQ(direct.exit_code, 0) << direct.err;
    EXPECT_THAT(direct.out, HasSubstr("severe(card"));
    EXPECT_THAT(direct.out, HasSubstr("\"fp\":\"k2\",\"state\":\"GREEN\""));
    const CliResult exported = FromStore({"--config", config, "--export"});
    EXPECT_THAT(exported.out, AllOf(HasSubstr("\"op\":\"ack\""), Not(HasSubstr("\"state\""))));
    EXPECT_EQ(Run({"replay", "--config", config}, exported.out).out, direct.out) << bucket;
  }
}

// The states in which `text` says, in its order, that a path or a key is from then on.
std::vector<std::string> StatesAfter(const std::string& text, const std::string& field) {
  std::vector<std::string> states;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t at = line.find(field);
    if (at == absl::string_view::npos) continue;
    const absl::string_view rest = line.substr(at + field.size());
    states.emplace_back(rest.substr(0, rest.find('"')));
  }
  return states;
}

TEST_F(FromStoreTest, LinesComeToWhatTheCardsComeTo) {
  config_ = File("paired.yaml",
                 "gate: {bucket: 0s}\n"
                 "dimensions: {schema: {theta: 0.97}, tools: {mode: paired, delta: 0.1}}\n");
  const auto add_pair = [](v1::Scorecard& card, bool conforms, bool control_conforms) {
    for (auto* scores : {card.mutable_scores(), card.mutable_control_scores()}) {
      const bool passes = scores == card.mutable_scores() ? conforms : control_conforms;
      v1::DimensionScore& score = *scores->Add();
      score.set_dimension(v1::DIMENSION_TOOLS);
      score.set_verdict(passes ? v1::SCORE_VERDICT_PASS : v1::SCORE_VERDICT_FAIL);
    }
  };
  absl::Time t = kNow - absl::Hours(40);
  for (int i = 0; i < 600; ++i) add_pair(Card(t += absl::Minutes(1)), i % 20 != 0, i % 20 != 5);
  v1::Scorecard& possible = Card(t += absl::Minutes(1));
  possible.set_false_proceed(1);
  const std::string possible_id = possible.id();
  v1::Scorecard& settled = Card(t + absl::Minutes(5));
  settled.set_source(v1::SCORE_SOURCE_CONFIRMATION);
  settled.mutable_confirmation()->set_card_id(possible_id);
  settled.mutable_confirmation()->set_result(v1::CONFIRMATION_RESULT_NOT_CONFIRMED);
  t += absl::Minutes(5);
  for (int i = 0; i < 100; ++i) add_pair(Card(t += absl::Minutes(1)), true, true);
  Card(t += absl::Minutes(1)).add_findings()->set_severity(v1::SEVERITY_SEVERE);
  Acknowledge(t + absl::Minutes(3));
  t += absl::Minutes(3);
  for (int i = 0; i < 700; ++i) add_pair(Card(t += absl::Minutes(1)), true, i % 30 != 0);
  const CliResult lines = FromStore({"--config", config_});
  const CliResult cards = Explain({"--json"});
  EXPECT_THAT(StatesAfter(lines.out, "\"state\":\""), StatesAfter(cards.out, "\"to\":\""));
  // GREEN, held, GREEN, RED, and all over again; silent at last.
  EXPECT_THAT(
      StatesAfter(cards.out, "\"to\":\""),
      ElementsAre("AMBER", "GREEN", "AMBER", "GREEN", "RED", "AMBER", "GREEN", "AMBER", "COLD"));
  EXPECT_THAT(lines.out, HasSubstr("severe-pending(" + possible_id + ")"));
}

TEST_F(FromStoreTest, HintsAddToTheEvidenceAgainst) {
  const absl::Time t = Cards(kNow - absl::Hours(24), 300);
  for (int i = 0; i < 25; ++i) Audit("hint", t + absl::Seconds(1 + i));
  Cards(t + absl::Minutes(1), 30);
  // Each is worth .05; 25 of them are more than the 1 at which suspicion begins.
  EXPECT_THAT(Explain().out,
              AllOf(HasSubstr("hint by ana"), HasSubstr("GREEN -> AMBER  suspect(schema)")));
  const CliResult lines = FromStore({"--config", config_});
  EXPECT_THAT(lines.out, HasSubstr("\"state\":\"AMBER\",\"reasons\":[\"suspect(schema)\"]"));
}

TEST_F(FromStoreTest, AnExportWithoutConfigDeclaresItsDimensions) {
  Cards(kNow - absl::Hours(24), 5);
  const CliResult exported = FromStore({"--export"});
  EXPECT_THAT(exported.out, HasSubstr(R"({"op":"dim","name":"schema","q0":0.005})"));
  const CliResult replayed = Run({"replay"}, exported.out);
  EXPECT_EQ(replayed.exit_code, 0) << replayed.out;
}

TEST_F(FromStoreTest, ComparesThresholds) {
  Cards(kNow - absl::Hours(24), 24 * 60);
  const std::string strict = File("strict.yaml", "dimensions: {schema: {theta: 0.9999}}\n");
  const CliResult run = FromStore({"--config", config_, "--baseline", strict, "--path", "backup"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  std::vector<std::string> rows = absl::StrSplit(run.err, '\n', absl::SkipEmpty());
  ASSERT_EQ(rows.size(), 3u) << run.err;
  EXPECT_THAT(rows[0], HasSubstr("GREEN MIN"));
  EXPECT_THAT(rows[1], AllOf(HasSubstr("strict.yaml"), HasSubstr("never")));
  EXPECT_THAT(rows[2], AllOf(HasSubstr("gate.yaml"), Not(HasSubstr("never"))));
}

TEST_F(FromStoreTest, SaysWhatIsMissing) {
  EXPECT_THAT(FromStore({}).err, HasSubstr("--config is missing"));
  EXPECT_THAT(Run({"replay", "--workflow", "support"}).err,
              HasSubstr("--workflow goes with --from-store"));
  EXPECT_THAT(FromStore({"--config", config_, "--path", "backp"}).err,
              HasSubstr("did you mean 'backup'"));
  EXPECT_THAT(FromStore({"--config", config_}).err, HasSubstr("no scorecards of support"));
  EXPECT_THAT(Run({"explain", "--workflow", "support"}).err, HasSubstr("--path is missing"));
}

TEST_F(FromStoreTest, TakesAServersOwnConfig) {
  Cards(kNow - absl::Hours(24), 24 * 60);
  const std::string server = File("warmpath.yaml", R"(
store: {path: /tmp/unused}
providers:
  vendor: {kind: static, static: {json: {reply: "hello"}}}
workflows:
  support:
    paths:
      - {name: primary, provider: vendor, role: primary}
    gate: {dimensions: {schema: {theta: 0.97}}}
)");
  config_ = server;
  const CliResult run = Explain();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("AMBER -> GREEN"));
  EXPECT_THAT(Run({"explain", "--workflow", "suport", "--path", "backup", "--config", server}).err,
              HasSubstr("did you mean 'support'"));
}

}  // namespace
}  // namespace warmpath
