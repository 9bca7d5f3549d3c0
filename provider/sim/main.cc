// simprovider: a model vendor that follows a script, for demos and tests.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "base/http/http_listener.h"
#include "base/http/http_server.h"
#include "base/yaml_to_proto.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/signal_set.hpp"
#include "provider/sim/sim_provider.h"

ABSL_FLAG(std::string, script, "", "The YAML script; required. sim.proto explains its fields.");
ABSL_FLAG(std::string, listen, "127.0.0.1:0", "Address; port 0 picks a free one.");
ABSL_FLAG(std::string, port_file, "", "Write the bound address to this file once it is open.");

namespace warmpath {
namespace {

constexpr char kUsage[] =
    "simprovider answers OpenAI, Azure OpenAI, Anthropic and Gemini over HTTP as a script says.\n"
    "\n"
    "  simprovider --script sim.yaml --listen 127.0.0.1:9001";

int Fail(absl::string_view message) {
  std::cerr << "simprovider: " << message << "\n";
  return 1;
}

int Main() {
  const std::string path = absl::GetFlag(FLAGS_script);
  if (path.empty()) return Fail("--script is missing; give the YAML script, see --help");
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Fail("cannot read '" + path + "'");
  v1::SimScript script;
  if (const auto problems = YamlToProto(text.str(), path, &script); !problems.empty()) {
    for (const ConfigProblem& problem : problems) std::cerr << problem.ToString() << "\n";
    return 1;
  }
  const auto sim = SimProvider::Create(script, std::filesystem::path(path).parent_path().string());
  if (!sim.ok()) return Fail(sim.status().message());

  boost::asio::io_context io(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);
  Deadlines deadlines(io);
  const auto listener = HttpListener::Open(absl::GetFlag(FLAGS_listen));
  if (!listener.ok()) return Fail(listener.status().message());
  HttpServerOptions options;
  options.max_body_bytes = 64 << 20;
  const auto server =
      HttpServer::Start(io, deadlines, **listener, options,
                        [&](HttpExchange& exchange) { return (*sim)->Handle(exchange); });
  if (!server.ok()) return Fail(server.status().message());
  if (const std::string port_file = absl::GetFlag(FLAGS_port_file); !port_file.empty()) {
    std::ofstream(port_file + ".new") << (*listener)->address() << "\n";
    std::filesystem::rename(port_file + ".new", port_file);
  }
  std::cerr << "simprovider: listening on " << (*listener)->address() << "\n";
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) { io.stop(); });
  io.run();
  return 0;
}

}  // namespace
}  // namespace warmpath

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(warmpath::kUsage);
  absl::FlagsUsageConfig usage;
  usage.contains_helpshort_flags = usage.contains_help_flags =
      [](absl::string_view source) { return absl::EndsWith(source, "sim/main.cc"); };
  absl::SetFlagsUsageConfig(usage);
  absl::ParseCommandLine(argc, argv);
  return warmpath::Main();
}
