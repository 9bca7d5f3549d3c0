// The `format` keyword as an assertion.
#pragma once

#include "absl/strings/string_view.h"

namespace warmpath {

// Tells whether a text has a format. Pure; linear in the text.
using FormatCheck = bool (*)(absl::string_view text);

// The check behind a format's name, or null for a name that isn't checked (unknown formats are
// annotations, as the specification says; idn-hostname is one of them, as it needs IDNA tables).
//
// Known: date-time, date, time, duration, email, idn-email, hostname, ipv4, ipv6, uri,
// uri-reference, iri, iri-reference, uri-template, uuid, json-pointer, relative-json-pointer,
// regex.
FormatCheck FindFormat(absl::string_view name);

}  // namespace warmpath
