#include "cli/cli.h"

#include <fstream>
#include <memory>
#include <mutex>

#include "gmock/gmock.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "tests/cli/fixtures.h"
#include "warmpath/v1/admin.grpc.pb.h"
#include "warmpath/v1/drill.grpc.pb.h"
#include "warmpath/v1/failover.grpc.pb.h"

namespace warmpath {
namespace {

using ::testing::AllOf;
using testing::CliResult;
using testing::CliRun;
using ::testing::HasSubstr;
using testing::SupportStatus;

// Answers as warmpathd's doors do, and keeps what it was asked.
struct FakeDoors {
  struct Admin final : v1::AdminService::Service {
    grpc::Status GetStatus(grpc::ServerContext* call, const v1::GetStatusRequest* request,
                           v1::GetStatusResponse* response) override {
      for (const auto& [key, value] : call->client_metadata()) {
        metadata[{key.data(), key.size()}] = {value.data(), value.size()};
      }
      if (request->workflow() == "nope") {
        return grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no workflow 'nope'", "details");
      }
      *response = SupportStatus();
      return grpc::Status::OK;
    }
    std::map<std::string, std::string> metadata;
  } admin;
  struct Failover final : v1::FailoverService::Service {
    grpc::Status Flip(grpc::ServerContext*, const v1::FlipRequest* request,
                      v1::FlipResponse* response) override {
      asked = *request;
      response->mutable_flip()->set_workflow(request->workflow());
      response->mutable_flip()->set_to_path("backup");
      return grpc::Status::OK;
    }
    v1::FlipRequest asked;
  } failover;
  struct Drill final : v1::DrillService::Service {
    grpc::Status StartDrill(grpc::ServerContext*, const v1::StartDrillRequest* request,
                            v1::StartDrillResponse* response) override {
      asked = *request;
      response->mutable_drill()->set_workflow(request->workflow());
      return grpc::Status::OK;
    }
    v1::StartDrillRequest asked;
  } drill;
};

class CliWithServer : public ::testing::Test {
 protected:
  CliWithServer() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&doors_.admin);
    builder.RegisterService(&doors_.failover);
    builder.RegisterService(&doors_.drill);
    server_ = builder.BuildAndStart();
    run_.connect = [this](const std::string& address) {
      address_ = address;
      return server_->InProcessChannel({});
    };
  }
  ~CliWithServer() override { server_->Shutdown(); }

  FakeDoors doors_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  CliRun run_;
};

TEST_F(CliWithServer, PrintsTheStatusForPeople) {
  const CliResult result = run_({"status"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("primary serves"));
  EXPECT_EQ(address_, "127.0.0.1:8083");
}

TEST_F(CliWithServer, PrintsJsonWithTheProtosNames) {
  const CliResult result = run_({"status", "--json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("\"active_path\": \"primary\""), HasSubstr("\"pinned\": false")));
}

TEST_F(CliWithServer, SaysWhoAsksAndShowsTheToken) {
  run_.environment = {{"WARMPATH_TOKEN", "secret"}, {"USER", "ana"}, {"WARMPATH_SERVER", "far:1"}};
  run_({"status"});
  EXPECT_EQ(doors_.admin.metadata["authorization"], "Bearer secret");
  EXPECT_EQ(doors_.admin.metadata["x-warmpath-actor"], "ana");
  EXPECT_EQ(address_, "far:1");
  run_({"status", "--server", "near:2"});
  EXPECT_EQ(address_, "near:2");
}

TEST_F(CliWithServer, ShowsTheServersErrors) {
  const CliResult result = run_({"status", "nope"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.err, "warmpath: there is no workflow 'nope'\n");
}

TEST_F(CliWithServer, SendsWhatAFlipWasGiven) {
  const CliResult result =
      run_({"flip", "support", "--to", "backup", "--reason", "incident", "--dry-run", "--force"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(doors_.failover.asked.workflow(), "support");
  EXPECT_EQ(doors_.failover.asked.to_path(), "backup");
  EXPECT_EQ(doors_.failover.asked.reason(), "incident");
  EXPECT_TRUE(doors_.failover.asked.validate_only());
  EXPECT_TRUE(doors_.failover.asked.force());
}

TEST_F(CliWithServer, SendsWhatADrillWasGiven) {
  const CliResult result = run_(
      {"drill", "start", "support", "--share", "10%", "--for", "15min", "--reason", "monthly"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_DOUBLE_EQ(doors_.drill.asked.share(), 0.1);
  EXPECT_EQ(doors_.drill.asked.duration().seconds(), 900);
  EXPECT_DOUBLE_EQ(doors_.drill.asked.max_failure_ratio(), 0.05);
}

TEST_F(CliWithServer, TellsAServerThatDoesNotKnowTheCommand) {
  const CliResult result = run_({"history", "support"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("does not know this command"));
}

TEST(Cli, RefusesAnActionWithoutAReason) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"flip", "support"},
                                                                 {"pin", "support"},
                                                                 {"unpin", "support"},
                                                                 {"observe", "support"},
                                                                 {"enforce", "support"},
                                                                 {"ack", "support", "backup"},
                                                                 {"drill", "start", "support"},
                                                                 {"drill", "abort", "support"}}) {
    const CliResult result = CliRun()(words);
    EXPECT_EQ(result.exit_code, 2) << words[0];
    EXPECT_THAT(result.err, HasSubstr("--reason is missing")) << words[0];
  }
}

TEST(Cli, NamesAddressAndRemedyWhenTheServerIsNotThere) {
  // Port 1 of the loopback: nothing listens there.
  const CliResult result = CliRun()({"status", "--server", "127.0.0.1:1"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("cannot reach warmpathd at 127.0.0.1:1"), HasSubstr("--server")));
}

TEST(Cli, SuggestsTheClosestCommand) {
  EXPECT_THAT(CliRun()({"staus"}).err, HasSubstr("did you mean 'status'?"));
  EXPECT_THAT(CliRun()({"drill", "begin"}).err, HasSubstr("say which: drill start, drill list"));
  EXPECT_EQ(CliRun()({"staus"}).exit_code, 2);
  EXPECT_EQ(CliRun()({}).exit_code, 2);
}

TEST(Cli, SuggestsTheClosestOption) {
  const CliResult result = CliRun()({"status", "--jsno"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("did you mean '--json'?"));
}

TEST(Cli, HelpsWithEveryCommand) {
  const CliResult overview = CliRun()({"--help"});
  EXPECT_EQ(overview.exit_code, 0);
  for (const std::string name :
       {"status", "history", "divergences", "show", "flip", "pin", "unpin", "observe", "enforce",
        "ack", "flips", "reviews", "audit", "score", "decode"}) {
    EXPECT_THAT(overview.out, HasSubstr("\n  " + name + " ")) << name;
    const CliResult help = CliRun()({name, "--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.out, AllOf(HasSubstr("Usage: warmpath " + name), HasSubstr("Examples:")));
  }
  EXPECT_THAT(CliRun()({"drill", "start", "--help"}).out, HasSubstr("Usage: warmpath drill start"));
}

TEST(Cli, ChecksAConfig) {
  const std::string path = std::string(getenv("TEST_TMPDIR")) + "/bad.yaml";
  std::ofstream(path) << "workflws: {}\n";
  const CliResult bad = CliRun()({"config", "check", path});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.err, AllOf(HasSubstr("bad.yaml:1:1"), HasSubstr("workflows")));
}

TEST(Cli, DecodesFromStandardInput) {
  CliRun run;
  run.input = "not json\n";
  const CliResult result = run({"decode"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("\"error\""));
}

}  // namespace
}  // namespace warmpath
