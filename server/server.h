// warmpathd as a whole.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "warmpath/v1/config.pb.h"

namespace warmpath {

// A Server builds every object in order, owns every thread, and stops in reverse.
//
//   ASSIGN_OR_RETURN(auto server, Server::Start("warmpath.yaml"));
//   … on SIGHUP: server->Reload();  on SIGTERM: server->Stop(absl::Seconds(10));
//
// Thread safety: methods from one thread.
// Errors: Start and Reload name every problem with file and line.
class Server {
 public:
  // Loads the config, opens store and doors, serves. `config_path` is read again by each Reload.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& config_path);
  virtual ~Server() = default;

  // The bound addresses as one JSON object: {"http": "127.0.0.1:8080", "grpc": …, "admin_http": …,
  // "admin_grpc": …}; doors that are off are left out.
  virtual std::string PortsJson() const = 0;

  // Reads the config again. A bad one keeps the old and says so in the log, the status and the metrics.
  virtual absl::Status Reload() = 0;

  // Refuses new requests, lets those under way end within `grace`, keeps what the judges know, and
  // closes the store.
  virtual void Stop(absl::Duration grace) = 0;
};

}  // namespace warmpath
