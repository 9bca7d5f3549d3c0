// Statuses as a server would send them, and a place to run commands in.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "cli/cli.h"
#include "cli/cli_io.h"
#include "tests/support/manual_clock.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath::testing {

inline const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

inline void AddEvidence(v1::PathVerdict& verdict, const std::string& dimension, double theta,
                        double ratio, double samples) {
  v1::DimensionEvidence& evidence = *verdict.add_dimensions();
  evidence.set_dimension(dimension);
  evidence.set_theta(theta);
  evidence.set_conforming_ratio(ratio);
  evidence.set_samples(samples);
}

inline v1::PathStatus& AddPath(v1::WorkflowStatus& workflow, const std::string& name, v1::Role role,
                               v1::Conformance conformance) {
  v1::PathStatus& path = *workflow.add_paths();
  path.set_path(name);
  path.set_role(role);
  path.mutable_verdict()->set_path(name);
  path.mutable_verdict()->set_conformance(conformance);
  return path;
}

// "support": its primary serves and is GREEN, "backup" is GREEN too, "budget" is RED.
inline v1::GetStatusResponse SupportStatus() {
  v1::GetStatusResponse status;
  *status.mutable_read_time() = ToProto(kNow);
  *status.mutable_start_time() = ToProto(kNow - absl::Hours(3));
  *status.mutable_config_time() = ToProto(kNow - absl::Hours(3));
  status.mutable_store()->set_writable(true);
  status.mutable_store()->set_size_bytes(1'500'000);
  *status.mutable_store()->mutable_newest_card_time() = ToProto(kNow - absl::Seconds(4));
  status.set_version("1.2.3");
  v1::WorkflowStatus& support = *status.add_workflows();
  support.set_workflow("support");
  support.set_mode(v1::FAILOVER_MODE_ENFORCE);
  support.set_active_path("primary");
  *support.mutable_active_since() = ToProto(kNow - absl::Hours(2));
  support.set_failover_path("backup");
  support.set_failover_outlook("Failover would go to backup.");
  support.set_live_requests(1204);
  support.set_live_failures(3);
  v1::PathStatus& primary = AddPath(support, "primary", v1::ROLE_PRIMARY, v1::CONFORMANCE_GREEN);
  primary.set_served(1204);
  primary.mutable_health()->set_health(v1::HEALTH_HEALTHY);
  primary.mutable_health()->set_requests(88);
  v1::PathStatus& backup = AddPath(support, "backup", v1::ROLE_BACKUP, v1::CONFORMANCE_GREEN);
  AddEvidence(*backup.mutable_verdict(), "schema", 0.995, 0.9996, 412);
  AddEvidence(*backup.mutable_verdict(), "tools", 0.97, 0.978, 4112);
  *backup.mutable_verdict()->mutable_evidence_time() = ToProto(kNow - absl::Seconds(9));
  backup.mutable_mirror()->set_sampled(420);
  backup.mutable_mirror()->set_mirrored(412);
  (*backup.mutable_mirror()->mutable_dropped())["queue_full"] = 8;
  v1::PathStatus& budget = AddPath(support, "budget", v1::ROLE_BACKUP, v1::CONFORMANCE_RED);
  AddEvidence(*budget.mutable_verdict(), "tools", 0.97, 0.71, 300);
  *budget.mutable_verdict()->mutable_evidence_time() = ToProto(kNow - absl::Minutes(2));
  v1::VerdictReason& reason = *budget.mutable_verdict()->add_reasons();
  reason.set_code(v1::REASON_CODE_VIOLATING);
  reason.set_dimension("tools");
  reason.set_detail("71 % of 300 samples conform");
  budget.mutable_verdict()->set_distance("28 min of hold-down");
  return status;
}

// What one run of `warmpath` came to.
struct CliResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};

struct CliRun {
  std::map<std::string, std::string> environment{};
  std::string input{};
  Style style{};
  std::function<std::shared_ptr<grpc::Channel>(const std::string&)> connect = nullptr;

  CliResult operator()(const std::vector<std::string>& words) const {
    std::istringstream in(input);
    std::ostringstream out, err;
    const ManualClock clock(kNow);
    CliIo io{in,
             out,
             err,
             clock,
             style,
             [this](const std::string& name) {
               const auto found = environment.find(name);
               return found == environment.end() ? "" : found->second;
             },
             connect};
    const int code = RunCli(words, io);
    return {code, out.str(), err.str()};
  }
};

}  // namespace warmpath::testing
