// What error answers of every dialect have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "provider/codec.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// `native_code` is cut to what PlainCode lets through.
v1::Failure MakeFailure(v1::FailureClass failure_class, std::string_view message,
                        std::string_view native_code = {});

// What an HTTP status says by itself; bodies may know better.
v1::FailureClass ClassOfStatus(int http_status);

// What the words of a refused request say where its code says nothing: that it is longer than the
// model's window (CONTEXT_WINDOW), or that the history is what is wrong with it, such as thinking that
// somebody else has signed or ids of tool calls that this vendor does not take (HISTORY). Both are
// about this path, so another one may be tried; asking the same one again is of no use.
std::optional<v1::FailureClass> ClassOfWords(std::string_view message);

// The class as a word in lower case, such as "rate_limited": for codes in error bodies.
std::string FailureWord(v1::FailureClass failure_class);

// At most 64 characters of [A-Za-z0-9_.:/-], others left out: a vendor's code that is fit for logs.
std::string PlainCode(std::string_view code);

// Reads a Retry-After value in seconds, fractions allowed. Unset for anything else: a date needs a
// clock, which codecs don't have, and -1 or 0 are vendors' ways to say nothing.
std::optional<absl::Duration> ParseRetryAfter(std::string_view value);

// Puts the answer's Retry-After, if it can be read, into `failure`.
void SetRetryAfter(const WireAnswer& answer, v1::Failure* failure);

// "the provider answered 429 (rate_limit_error, rate_limit_exceeded)": `type` and `code` may be empty.
// "the provider's answer holds an error (…)" for a 2xx.
std::string DescribeError(int http_status, std::string_view type, std::string_view code);

// Ends `observation` as FAILED because of `failure`.
void SetFailed(v1::Failure failure, v1::Observation* observation);
// Ends `observation` as INTERRUPTED.
void SetInterrupted(std::string_view message, v1::Observation* observation);

// Makes an answer that says it is complete, and has nothing in it, FAILED with EMPTY_ANSWER.
// Blanks are nothing, and so is thinking without an answer. Answers that were cut, refused or paused
// stay as they are: their outcome already tells why there is no text.
void FailIfEmpty(v1::Observation* observation);

}  // namespace warmpath
