// Printing an answer as JSON or for people.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/clean_text.h"
#include "cli/cli_io.h"
#include "cli/command_line.h"
#include "google/protobuf/message.h"

namespace warmpath {

// protobuf's JSON with the names of the .proto, defaults written out, ending in a newline.
absl::StatusOr<std::string> MessageJson(const google::protobuf::Message& message);

// Prints `response` as JSON if --json was given, else what `render` makes of it. Returns exit code
// 0.
template <typename Response, typename Render>
absl::StatusOr<int> Print(const CommandLine& line, CliIo& io, absl::StatusOr<Response> response,
                          const Render& render) {
  if (!response.ok()) return response.status();
  if (line.Has("json")) {
    absl::StatusOr<std::string> json = MessageJson(*response);
    if (!json.ok()) return json.status();
    io.out << *json;
  } else {
    CleanText(*response);
    io.out << render(*response);
  }
  return 0;
}

}  // namespace warmpath
