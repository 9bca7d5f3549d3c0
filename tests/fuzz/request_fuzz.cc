// Requests in the dialect FUZZ_DIALECT, decoded and written for a path of every dialect: what is
// written is JSON that our own front door would take, its fidelity is told, and it can be read
// again.
#include "provider/body_fields.h"
#include "provider/context_fit.h"
#include "tests/fuzz/dialects.h"

namespace warmpath::fuzz {
namespace {

constexpr Dialect kDialect = FUZZ_DIALECT;

bool HasOwnPieces(const v1::ModelRequest& request) {
  return !request.dialect().empty() || !request.extra_json().empty();
}

void CheckEncoded(const Codec& codec, const PathTarget& target, bool has_own_pieces,
                  EncodedRequest encoded) {
  FUZZ_CHECK(encoded.fidelity.fidelity() == v1::FIDELITY_EXACT ||
             encoded.fidelity.fidelity() == v1::FIDELITY_LOSSY);
  FUZZ_CHECK((encoded.fidelity.fidelity() == v1::FIDELITY_LOSSY) ==
             !encoded.fidelity.losses().empty());
  if (codec.dialect() != Dialect::kCanonical) {
    FUZZ_CHECK(IsJsonText(encoded.body), encoded.body);
  }
  // The dialects of our front doors.
  if (codec.dialect() != Dialect::kCanonical && codec.dialect() != Dialect::kGemini) {
    const auto fields = ScanBody(encoded.body, codec.dialect());
    FUZZ_CHECK(fields.ok(), DialectName(codec.dialect()), std::string(fields.status().message()),
               encoded.body);
    if (fields->model.has_value()) FUZZ_CHECK(fields->model_name == target.model);
  }
  const auto again = codec.DecodeRequest(encoded.body);
  // What a canonical caller gives as a vendor's own pieces is that vendor's to refuse.
  if (kDialect == Dialect::kCanonical && has_own_pieces && !again.ok()) return;
  FUZZ_CHECK(again.ok(), DialectName(codec.dialect()), std::string(again.status().message()),
             encoded.body);
  FUZZ_CHECK(again->messages_size() > 0);
}

void Check(std::string_view bytes, std::string_view given) {
  Choices choices(given, "");
  const auto request = CodecFor(kDialect).DecodeRequest(bytes);
  if (!request.ok()) {
    FUZZ_CHECK(!request.status().message().empty());
    return;
  }
  LeastTokens(*request);
  const PathTarget target = DrawTarget(choices);
  for (const Dialect dialect : kDialects) {
    const Codec& codec = CodecFor(dialect);
    auto encoded = codec.EncodeRequest(*request, target);
    if (encoded.ok()) {
      CheckEncoded(codec, target, HasOwnPieces(*request), *std::move(encoded));
    } else {
      FUZZ_CHECK(!encoded.status().message().empty());
    }
  }
}

}  // namespace
}  // namespace warmpath::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace warmpath::fuzz;
  const auto parts = Parts(View(data, size), 2);
  Check(parts[0], parts[1]);
  return 0;
}
