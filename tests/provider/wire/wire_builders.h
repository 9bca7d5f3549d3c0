// Short words for codec tests: SSE text, streams by pieces, answers.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/sse.h"
#include "base/json.h"
#include "provider/codec.h"

namespace warmpath::testing {

// Bare `data:` events.
inline std::string Sse(const std::vector<std::string>& payloads) {
  std::string text;
  for (const std::string& payload : payloads) AppendSse(text, "", payload);
  return text;
}

// Named events; each name is the payload's "type".
inline std::string NamedSse(const std::vector<std::string>& payloads) {
  std::string text;
  for (const std::string& payload : payloads) {
    const auto body = ParseJson(payload);
    const boost::json::string* type = body.ok() ? FindString(*body, "/type") : nullptr;
    AppendSse(text, type == nullptr ? std::string_view() : std::string_view(*type), payload);
  }
  return text;
}

inline v1::Observation DecodeStream(const Codec& codec, std::string_view text) {
  return codec.DecodeAnswer({.http_status = 200, .streamed = true, .body = text});
}

inline v1::Observation DecodeBody(const Codec& codec, std::string_view text, int status = 200) {
  return codec.DecodeAnswer({.http_status = status, .streamed = false, .body = text});
}

// Every piece that the stream's events give.
inline std::vector<v1::Delta> Pieces(const Codec& codec, std::string_view text) {
  std::vector<v1::Delta> pieces;
  const auto decoder = codec.NewStreamDecoder();
  SseParser parser;
  (void)parser.Feed(text, [&](const SseEvent& event) {
    decoder->Feed(event.event, event.data, pieces);
  });
  return pieces;
}

// Writes the pieces, and at the end the Observation, as a stream.
inline std::string EncodeStream(const Codec& codec, const std::vector<v1::Delta>& pieces,
                                const v1::Observation& observation) {
  const auto encoder = codec.NewStreamEncoder({.id = "req-1", .model = "asked-model", .include_usage = true});
  std::string text;
  for (const v1::Delta& piece : pieces) encoder->Encode(piece, text);
  v1::Delta last;
  *last.mutable_observation() = observation;
  encoder->Encode(last, text);
  return text;
}

// Equal as JSON values.
inline bool SameJson(std::string_view a, std::string_view b) {
  const auto left = ParseJson(a);
  const auto right = ParseJson(b);
  return left.ok() && right.ok() && CanonicalJson(*left) == CanonicalJson(*right);
}

}  // namespace warmpath::testing
