#include "provider/openai_responses/codec.h"

#include "proto/failure_rules.h"
#include "provider/openai/errors.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

// Until the dialect is built, everything fails and says so.
constexpr std::string_view kNotYet = "the dialect openai_responses is not built yet";

class FailingDecoder final : public StreamDecoder {
 public:
  void Feed(std::string_view, std::string_view, std::vector<v1::Delta>&) override {}
  v1::Observation Observation() const override {
    v1::Observation observation;
    SetFailed(MakeFailure(v1::FAILURE_CLASS_INTERNAL, kNotYet), &observation);
    return observation;
  }
};

class FailingEncoder final : public StreamEncoder {
 public:
  void Encode(const v1::Delta&, std::string& out) override {
    out += "event: error\ndata: {\"type\":\"error\",\"code\":\"internal\"}\n\n";
  }
};

}  // namespace

absl::StatusOr<v1::ModelRequest> OpenAiResponsesCodec::DecodeRequest(std::string_view) const {
  return absl::InvalidArgumentError(std::string(kNotYet));
}

absl::StatusOr<EncodedRequest> OpenAiResponsesCodec::EncodeRequest(const v1::ModelRequest&,
                                                                   const PathTarget&) const {
  return absl::UnimplementedError(std::string(kNotYet));
}

v1::Observation OpenAiResponsesCodec::DecodeAnswer(const WireAnswer&) const {
  return FailingDecoder().Observation();
}

std::string OpenAiResponsesCodec::EncodeAnswer(const v1::Observation&, const ReplyOptions&) const {
  return OpenAiErrorBody(MakeFailure(v1::FAILURE_CLASS_INTERNAL, kNotYet));
}

std::unique_ptr<StreamDecoder> OpenAiResponsesCodec::NewStreamDecoder() const {
  return std::make_unique<FailingDecoder>();
}

std::unique_ptr<StreamEncoder> OpenAiResponsesCodec::NewStreamEncoder(const ReplyOptions&) const {
  return std::make_unique<FailingEncoder>();
}

PieceKind OpenAiResponsesCodec::Classify(std::string_view, std::string_view) const {
  return PieceKind::kError;
}

v1::Failure OpenAiResponsesCodec::ClassifyError(const WireAnswer&) const {
  return MakeFailure(v1::FAILURE_CLASS_INTERNAL, kNotYet);
}

ErrorReply OpenAiResponsesCodec::EncodeError(const v1::Failure& failure, std::string_view) const {
  return {HttpStatusFor(failure.failure_class()), OpenAiErrorBody(failure)};
}

std::string OpenAiResponsesCodec::EncodeStreamError(const v1::Failure&, std::string_view) const {
  return "event: error\ndata: {\"type\":\"error\",\"code\":\"internal\"}\n\n";
}

}  // namespace warmpath
