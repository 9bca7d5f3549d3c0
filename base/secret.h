// Secrets come from the environment or from a file, never from the config itself.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace warmpath {

// Checks the form of a reference to a secret ("env:NAME" or "file:PATH") without reading it.
// INVALID_ARGUMENT, with the remedy, for anything else.
absl::Status CheckSecretReference(std::string_view reference);

// Reads the secret that `reference` names.
//
//   ASSIGN_OR_RETURN(std::string key, ResolveSecret("env:OPENAI_API_KEY"));
//   ASSIGN_OR_RETURN(std::string key, ResolveSecret("file:/run/secrets/openai"));
//
// One newline at the end is taken off. A file must be a regular one of at most 64 KiB; a relative
// path counts from the working directory.
//
// Errors: INVALID_ARGUMENT for another form of reference (above all a secret written in plain),
// NOT_FOUND if the variable or file doesn't exist, FAILED_PRECONDITION if it is empty or unusable.
// No error message holds a secret: the reference is repeated only where it is a plain name or path.
// Thread safety: as getenv: nothing may change the environment meanwhile.
absl::StatusOr<std::string> ResolveSecret(std::string_view reference);

}  // namespace warmpath
