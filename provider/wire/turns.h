// A conversation in the order, and with the tool call ids, that a vendor accepts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "provider/wire/tool_ids.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// One message, with the ids that go on the wire.
struct Turn {
  const v1::Message* message = nullptr;
  // Where it stands in ModelRequest.messages.
  int index = 0;
  // Of each of its tool calls.
  std::vector<std::string> call_ids;
  // Of the call that it answers, in a TOOL turn.
  std::string result_id;
};

// Puts each tool result right after the turn that called the tool, before anything a user says, and
// maps ids. An id that the rule allows, and that no earlier call has, stays; any other is replaced by
// one that depends on nothing but the old id, or on its place where there is none or where it stands
// again, so replays, mirrors and later turns agree.
//
// Errors: UNIMPLEMENTED for what vendors refuse: a call without a result, a result without a call, a call
// without a name or by anyone but the model, a role that is none. The calls of a last turn may still be
// open.
absl::StatusOr<std::vector<Turn>> ArrangeTurns(const v1::ModelRequest& request,
                                               const ToolIdRule& rule);

// An id that depends only on `seed`: the prefix and 24 lower-case hex digits.
std::string MadeUpId(std::string_view prefix, std::string_view seed);

}  // namespace warmpath
