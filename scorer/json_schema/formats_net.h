// Names and addresses of hosts and mailboxes.
#pragma once

#include "absl/strings/string_view.h"

namespace warmpath {

// Dotted decimal, no leading zeros (RFC 2673, 3.2).
bool IsIpv4(absl::string_view text);
// RFC 4291, 2.2, with an embedded IPv4 address; no zone.
bool IsIpv6(absl::string_view text);
// RFC 1123; a label with hyphens in its third and fourth place must be an A-label (xn--).
bool IsHostname(absl::string_view text);
// RFC 5321 mailbox: dotted atoms or a quoted string, at a hostname or an address in brackets.
bool IsEmail(absl::string_view text);
// The same with any character beyond ASCII allowed on both sides (RFC 6531).
bool IsIdnEmail(absl::string_view text);

}  // namespace warmpath
