// What becomes of a dialect's own request fields when a request crosses into another dialect.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "provider/dialect.h"
#include "provider/wire/fidelity_notes.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Notes each field of request.extra_json that `target` does not get. Does nothing where the request
// was written in `target` itself.
//
// Fields that only concern the form of the transport, or that hold their default, are no loss.
// Errors: UNIMPLEMENTED for a field without which the answer would mean something else, such as n > 1,
// tools that the vendor runs, or a rule on where data may be processed.
absl::Status CrossExtraFields(const v1::ModelRequest& request, Dialect target,
                              FidelityNotes* notes);

// Whether `target`, which is not the request's own dialect, has a place for this field under a name of
// its own, and the field says something. Its encoder writes it, and CrossExtraFields passes it over.
bool CrossesInto(const v1::ModelRequest& request, Dialect target, std::string_view name);

// Leaves out one of request.extra_json that the target refuses although it is of its own dialect:
// notes it, or refuses with UNIMPLEMENTED what changes the answer's meaning. `model` is who refuses it.
absl::Status LeaveOutField(const v1::ModelRequest& request, std::string_view name,
                           std::string_view model, FidelityNotes* notes);

// Whether the request was written in `dialect`.
bool IsNative(const v1::ModelRequest& request, Dialect dialect);

}  // namespace warmpath
