// The dialects that translation is fuzzed between, and what their targets may take.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/http/sse.h"
#include "base/json.h"
#include "provider/codec.h"
#include "tests/fuzz/fuzz_input.h"

namespace warmpath::fuzz {

inline constexpr Dialect kDialects[] = {Dialect::kOpenAiChat, Dialect::kAnthropicMessages,
                                        Dialect::kOpenAiResponses, Dialect::kGemini,
                                        Dialect::kCanonical};

// JSON as others may nest it: our own depth limit for what comes in, and some for what we put
// around.
inline constexpr size_t kWrittenDepth = 260;

inline bool IsJsonText(std::string_view text) { return ParseJson(text, kWrittenDepth).ok(); }

// The bytes of a message, the same for equal ones.
template <typename Message>
std::string Bytes(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream out(&bytes);
    google::protobuf::io::CodedOutputStream coded(&out);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

// A target whose capabilities are drawn: anything, much forbidden, or one of the shapes that
// vendors have.
PathTarget DrawTarget(Choices& choices);

}  // namespace warmpath::fuzz
