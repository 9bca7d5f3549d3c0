// warmpathd: carries a service's LLM traffic and keeps its failover warm.
#include <signal.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "base/log.h"
#include "base/string_view.h"
#include "config/config.h"
#include "server/server.h"
#include "base/version.h"

ABSL_FLAG(std::string, config, "", "The YAML config file; required.");
ABSL_FLAG(bool, check_config, false,
          "Only check the config: print every problem with its line and exit with 0 if there is none.");
ABSL_FLAG(std::string, port_file, "",
          "Write the bound addresses as JSON to this file once all doors are open.");
ABSL_FLAG(std::string, log_level, "info", "debug, info, warning, error or off.");
ABSL_FLAG(std::string, log_format, "text", "text or json.");

namespace warmpath {
namespace {

constexpr char kUsage[] =
    "warmpathd carries a service's LLM traffic over the path that its plan allows, mirrors a share of\n"
    "it to the other paths, scores what they answer, and moves traffic only to a path that is GREEN.\n"
    "\n"
    "  warmpathd --config warmpath.yaml\n"
    "  warmpathd --config warmpath.yaml --check_config\n"
    "  warmpathd --config warmpath.yaml --port_file /run/warmpath/ports.json\n"
    "\n"
    "SIGHUP reads the config again; a bad one keeps the old. SIGTERM and SIGINT end it cleanly.";

int Fail(const absl::Status& status) {
  std::cerr << "warmpathd: " << ToStd(status.message()) << "\n";
  return 1;
}

absl::Status SetUpLogFromFlags() {
  LogOptions options;
  const auto level = ParseLogLevel(absl::GetFlag(FLAGS_log_level));
  if (!level.ok()) return level.status();
  const auto format = ParseLogFormat(absl::GetFlag(FLAGS_log_format));
  if (!format.ok()) return format.status();
  options.level = *level;
  options.format = *format;
  SetUpLog(options);
  return absl::OkStatus();
}

// Another process may wait for the file: it appears whole or not at all.
absl::Status WritePortFile(const std::string& path, const std::string& json) {
  const std::string draft = path + ".new";
  std::ofstream file(draft);
  file << json << "\n";
  file.close();
  if (!file || std::rename(draft.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError("cannot write the port file '" + path + "'; is its folder there?");
  }
  return absl::OkStatus();
}

int CheckConfigFile(const std::string& path) {
  v1::Config config;
  std::vector<ConfigProblem> warnings;
  const auto problems = LoadConfig(path, config, &warnings);
  for (const ConfigProblem& problem : problems) std::cerr << problem.ToString() << "\n";
  for (const ConfigProblem& warning : warnings) std::cerr << "warning: " << warning.ToString() << "\n";
  if (problems.empty()) std::cout << path << " is good\n";
  return problems.empty() ? 0 : 1;
}

int Main(const std::string& config_path) {
  // Blocked before any thread starts, so that only this one takes them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  auto server = Server::Start(config_path);
  if (!server.ok()) return Fail(server.status());
  if (const std::string path = absl::GetFlag(FLAGS_port_file); !path.empty()) {
    if (absl::Status status = WritePortFile(path, (*server)->PortsJson()); !status.ok()) {
      (*server)->Stop(absl::ZeroDuration());
      return Fail(status);
    }
  }
  for (;;) {
    int number = 0;
    if (sigwait(&signals, &number) != 0) continue;
    if (number == SIGHUP) {
      (void)(*server)->Reload();
      continue;
    }
    (*server)->Stop(absl::Seconds(10));
    return 0;
  }
}

}  // namespace
}  // namespace warmpath

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(warmpath::kUsage);
  absl::FlagsUsageConfig usage;
  usage.contains_helpshort_flags = usage.contains_help_flags =
      [](absl::string_view file) { return absl::EndsWith(file, "server/main.cc"); };
  usage.version_string = [] { return std::string("warmpathd ") + warmpath::kVersion + "\n"; };
  absl::SetFlagsUsageConfig(usage);
  const auto rest = absl::ParseCommandLine(argc, argv);
  if (rest.size() > 1) {
    std::cerr << "warmpathd: unexpected argument '" << rest[1] << "'; all options are flags, see --help\n";
    return 1;
  }
  const std::string config = absl::GetFlag(FLAGS_config);
  if (config.empty()) {
    std::cerr << "warmpathd: --config is missing; give the YAML config file, see --help\n";
    return 1;
  }
  if (const absl::Status status = warmpath::SetUpLogFromFlags(); !status.ok()) {
    return warmpath::Fail(status);
  }
  if (absl::GetFlag(FLAGS_check_config)) return warmpath::CheckConfigFile(config);
  return warmpath::Main(config);
}
