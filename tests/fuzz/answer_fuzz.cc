// Answers in the dialect FUZZ_DIALECT, whole and streamed: the same however the bytes are cut, and
// what is written of them in any dialect can be read.
#include <algorithm>

#include "provider/canonical/codec.h"
#include "provider/canonical/stream_decoder.h"
#include "tests/fuzz/dialects.h"

namespace warmpath::fuzz {
namespace {

constexpr Dialect kDialect = FUZZ_DIALECT;
constexpr int kStatuses[] = {200, 200, 200, 201, 400, 401, 403, 404, 413, 422, 429, 500, 503, 529};

// A stream as it was read: its pieces, and what they came to.
struct Streamed {
  std::vector<v1::Delta> pieces;
  v1::Observation observation;
};

Streamed ReadCanonical(std::string_view bytes) {
  Streamed read;
  const auto decoder = CodecFor(Dialect::kCanonical).NewStreamDecoder();
  std::string_view delta;
  while (NextDeltaFrame(bytes, delta)) decoder->Feed("", delta, read.pieces);
  read.observation = decoder->Observation();
  return read;
}

// Whole where `choices` is null.
Streamed ReadStream(const Codec& codec, std::string_view bytes, Choices* choices) {
  if (codec.dialect() == Dialect::kCanonical) return ReadCanonical(bytes);
  Streamed read;
  const auto decoder = codec.NewStreamDecoder();
  SseParser parser;
  const auto feed = [&](std::string_view piece) {
    return parser
        .Feed(piece,
              [&](const SseEvent& event) {
                codec.Classify(event.event, event.data);
                decoder->Feed(event.event, event.data, read.pieces);
              })
        .ok();
  };
  if (choices == nullptr) {
    feed(bytes);
  } else {
    InPieces(bytes, *choices, feed);
  }
  for (const v1::Delta& piece : read.pieces) {
    FUZZ_CHECK(piece.kind_case() != v1::Delta::kObservation);
  }
  read.observation = decoder->Observation();
  return read;
}

bool Failed(const v1::Observation& observation) {
  return observation.outcome() == v1::OUTCOME_FAILED ||
         observation.outcome() == v1::OUTCOME_INTERRUPTED;
}

// An answer with nothing in it, such as one of tools that the vendor runs, may be an empty one
// elsewhere.
bool SaysSomething(const v1::Observation& observation) {
  return observation.text().find_first_not_of(" \t\r\n") != std::string::npos ||
         !observation.refusal().empty() || !observation.tool_calls().empty();
}

bool ArgumentsAreObjects(const v1::Observation& observation) {
  return std::all_of(observation.tool_calls().begin(), observation.tool_calls().end(),
                     [](const v1::ToolCall& call) {
                       const auto arguments = ParseJson(call.arguments_json());
                       return arguments.ok() && arguments->is_object();
                     });
}

void CheckObservation(const v1::Observation& observation) {
  FUZZ_CHECK(observation.outcome() != v1::OUTCOME_UNSPECIFIED);
  FUZZ_CHECK(Failed(observation) == observation.has_failure(), observation.ShortDebugString());
  std::string bytes;
  FUZZ_CHECK(observation.SerializeToString(&bytes));
}

// Every event's data is JSON, and the stream says no less than it was told.
void CheckWritten(const Codec& codec, const std::string& text, const v1::Observation& told) {
  if (codec.dialect() != Dialect::kCanonical) {
    SseParser parser;
    FUZZ_CHECK(parser
                   .Feed(text,
                         [&](const SseEvent& event) {
                           FUZZ_CHECK(event.data == "[DONE]" || IsJsonText(event.data), event.data);
                         })
                   .ok());
    FUZZ_CHECK(!parser.mid_event());
  }
  const v1::Observation again = ReadStream(codec, text, nullptr).observation;
  if (!Failed(told) && !SaysSomething(told)) return;
  FUZZ_CHECK(Failed(again) == Failed(told), DialectName(codec.dialect()), told.ShortDebugString(),
             again.ShortDebugString(), text);
}

void CheckEncoders(const Streamed& read) {
  const ReplyOptions options = {
      .id = "req-1", .model = "asked", .created = 1, .include_usage = true};
  for (const Dialect dialect : kDialects) {
    const Codec& codec = CodecFor(dialect);
    std::string text;
    const auto encoder = codec.NewStreamEncoder(options);
    for (const v1::Delta& piece : read.pieces) encoder->Encode(piece, text);
    v1::Delta last;
    *last.mutable_observation() = read.observation;
    encoder->Encode(last, text);
    CheckWritten(codec, text, read.observation);
  }
}

void CheckWhole(const v1::Observation& observation) {
  CheckObservation(observation);
  const ReplyOptions options = {.id = "req-1", .model = "asked", .created = 1};
  for (const Dialect dialect : kDialects) {
    const Codec& codec = CodecFor(dialect);
    if (observation.has_failure()) {
      const ErrorReply reply = codec.EncodeError(observation.failure(), "req-1");
      FUZZ_CHECK(reply.http_status >= 400 && reply.http_status < 600);
      FUZZ_CHECK(dialect == Dialect::kCanonical || IsJsonText(reply.body), reply.body);
      const v1::Observation again =
          codec.DecodeAnswer({.http_status = reply.http_status, .body = reply.body});
      FUZZ_CHECK(again.outcome() == v1::OUTCOME_FAILED, reply.body);
      continue;
    }
    const std::string body = codec.EncodeAnswer(observation, options);
    FUZZ_CHECK(dialect == Dialect::kCanonical || IsJsonText(body), body);
    const v1::Observation again = codec.DecodeAnswer({.body = body});
    if (!SaysSomething(observation)) continue;
    FUZZ_CHECK(!Failed(again), DialectName(dialect), observation.ShortDebugString(), body);
    // Gemini has no way to write a call whose arguments are no object.
    if (dialect == Dialect::kGemini && !ArgumentsAreObjects(observation)) continue;
    FUZZ_CHECK(again.tool_calls_size() == observation.tool_calls_size(), DialectName(dialect),
               body);
  }
}

void Check(std::string_view bytes, std::string_view given) {
  Choices choices(given, bytes);
  const Codec& codec = CodecFor(kDialect);
  const int status = choices.Of(kStatuses);
  CheckWhole(codec.DecodeAnswer({.http_status = status, .body = bytes, .retry_after = "7"}));

  const Streamed whole = ReadStream(codec, bytes, nullptr);
  const Streamed cut = ReadStream(codec, bytes, &choices);
  FUZZ_CHECK(Bytes(cut.observation) == Bytes(whole.observation),
             whole.observation.ShortDebugString(), cut.observation.ShortDebugString());
  FUZZ_CHECK(cut.pieces.size() == whole.pieces.size());
  for (size_t i = 0; i < cut.pieces.size(); ++i) {
    FUZZ_CHECK(Bytes(cut.pieces[i]) == Bytes(whole.pieces[i]));
  }
  CheckObservation(whole.observation);
  CheckObservation(codec.DecodeAnswer({.streamed = true, .body = bytes}));
  CheckEncoders(whole);
}

}  // namespace
}  // namespace warmpath::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace warmpath::fuzz;
  const auto parts = Parts(View(data, size), 2);
  Check(parts[0], parts[1]);
  return 0;
}
