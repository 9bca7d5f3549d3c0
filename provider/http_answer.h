// Reads an HTTP answer of a path and gives it to the caller.
#pragma once

#include "boost/asio/awaitable.hpp"
#include "provider/path_call.h"
#include "provider/stream_relay.h"

namespace warmpath {

// Takes an answer whose head has arrived, to its end, into call.answer: an error of the vendor's, a
// whole answer or an event stream, each in the caller's dialect whatever the caller asked for. In the
// same dialect bytes are handed on as they came and are looked at only to tell an answer from none.
boost::asio::awaitable<void> TakeHttpAnswer(HttpAnswerSource source, PathCall& call);

}  // namespace warmpath
