// What a server has stored of one workflow, for replay.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/admin_client.h"
#include "cli/cli_io.h"
#include "cli/gate/workflow_replay.h"
#include "warmpath/v1/admin.pb.h"

namespace warmpath {

// A CardSource reads one workflow's history from a server, and tells on stderr how far it is.
//
//   CardSource source(client, "support", io);
//   ASSIGN_OR_RETURN(auto status, source.ReadStatus());
//   ASSIGN_OR_RETURN(auto actions, source.ReadActions(start));
//   RETURN_IF_ERROR(source.ReadCards(start, end, [&](const v1::Scorecard& card) {...}));
//
// Thread safety: none. Ownership: borrows the client and the streams.
// Errors: what the server says; NOT_FOUND, with the closest name, for an unknown workflow.
class CardSource {
 public:
  CardSource(AdminClient& client, std::string workflow, CliIo& io)
      : client_(client), workflow_(std::move(workflow)), io_(io) {}

  absl::StatusOr<v1::WorkflowStatus> ReadStatus();
  // Acknowledgements, hints and flips since `start`, in time order.
  absl::StatusOr<std::vector<ReplayAction>> ReadActions(absl::Time start);
  // All paths' cards stored in [start, end), in the judge's order.
  absl::Status ReadCards(absl::Time start, absl::Time end,
                         const std::function<void(const v1::Scorecard&)>& take);

  int64_t cards() const { return cards_; }

 private:
  absl::Status ReadAudit(absl::Time start, std::vector<ReplayAction>& actions);
  absl::Status ReadFlips(absl::Time start, std::vector<ReplayAction>& actions);

  AdminClient& client_;
  const std::string workflow_;
  CliIo& io_;
  int64_t cards_ = 0;
};

}  // namespace warmpath
