// What went wrong with an HTTP exchange, in a form that code can branch on.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"

namespace warmpath {

// Why an outgoing request failed. The status code that goes with each is in brackets.
enum class HttpFailure {
  kConnect,           // nobody answered at any address, or it was refused [UNAVAILABLE]
  kResolve,           // the name has no address [UNAVAILABLE]
  kTls,               // handshake or certificate check failed [UNAVAILABLE]
  kConnectTimeout,    // resolve + connect + handshake took too long [DEADLINE_EXCEEDED]
  kFirstByteTimeout,  // sent, but no complete response head in time [DEADLINE_EXCEEDED]
  kIdleTimeout,       // the peer stopped in the middle of a body [DEADLINE_EXCEEDED]
  kTotalTimeout,      // the request's own total_timeout ran out [DEADLINE_EXCEEDED]
  kReset,             // closed or reset before the response head was complete [UNAVAILABLE]
  kTruncated,         // closed or reset in the middle of the body [DATA_LOSS]
  kMalformed,         // not HTTP/1.x, or broken framing [DATA_LOSS]
  kTooLarge,          // head or body over its limit [RESOURCE_EXHAUSTED]
  kPoolFull,          // no free connection within acquire_timeout [RESOURCE_EXHAUSTED]
  kCancelled,         // CancelToken::Cancel(), or the pool was destroyed [CANCELLED]
};

// Returns e.g. "first_byte_timeout": stable, fit for metric labels and logs.
std::string_view HttpFailureName(HttpFailure failure);

// Returns a status that carries `failure` as a payload; `message` names the thing and the remedy.
absl::Status MakeHttpError(HttpFailure failure, std::string_view message);

// Returns the failure that `status` carries; nullopt if it did not come from MakeHttpError.
std::optional<HttpFailure> HttpFailureOf(const absl::Status& status);

}  // namespace warmpath
