#include "provider/canonical/codec.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "proto/failure_rules.h"
#include "provider/canonical/stream_decoder.h"
#include "provider/wire/failures.h"

namespace warmpath {
namespace {

class CanonicalStreamEncoder final : public StreamEncoder {
 public:
  void Encode(const v1::Delta& delta, std::string& out) override {
    AppendDeltaFrame(delta.SerializeAsString(), &out);
  }
};

// Members that have a field of their own here: written as extra_json, too, they would stand twice
// in a vendor's body, and nobody knows which of them counts there.
constexpr std::string_view kOwnFields[] = {
    "model", "messages", "input", "contents", "system", "instructions", "systemInstruction",
    "tools", "functions", "stream", "temperature", "top_p", "stop", "stop_sequences",
    "parallel_tool_calls", "max_completion_tokens", "max_output_tokens"};

absl::Status CheckExtraName(const v1::ModelRequest& request, std::string_view name) {
  const bool own =
      std::find(std::begin(kOwnFields), std::end(kOwnFields), name) != std::end(kOwnFields);
  // Chat Completions has an old name for the limit, which is kept beside it.
  const bool limit =
      name == "max_tokens" && request.dialect() == DialectName(Dialect::kAnthropicMessages);
  if (!own && !limit) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("extra_json[\"", ToAbsl(name), "\"] has a field of its own; set that one"));
}

absl::Status CheckFinite(absl::string_view field, double number) {
  if (std::isfinite(number)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " must be a finite number"));
}

absl::Status CheckJson(absl::string_view field, const std::string& text) {
  const auto parsed = ParseJson(text);
  if (parsed.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, " is not JSON: ", parsed.status().message()));
}

// The fields that hold JSON as text go into vendors' bodies as they stand: one that is none would
// break the body, or write other members into it. Arguments of calls may be anything; encoders see
// to them.
absl::Status CheckJsonTexts(const v1::ModelRequest& request) {
  for (int i = 0; i < request.messages_size(); ++i) {
    for (const v1::Part& part : request.messages(i).parts()) {
      if (!part.has_opaque()) continue;
      RETURN_IF_ERROR(CheckJson(absl::StrCat("messages[", i, "].parts.opaque.json"),
                                part.opaque().json()));
    }
  }
  for (int i = 0; i < request.tools_size(); ++i) {
    const v1::Tool& tool = request.tools(i);
    if (!tool.parameters_json().empty()) {
      RETURN_IF_ERROR(CheckJson(absl::StrCat("tools[", i, "].parameters_json"),
                                tool.parameters_json()));
    }
    if (!tool.native_json().empty() || !tool.provider_type().empty()) {
      RETURN_IF_ERROR(CheckJson(absl::StrCat("tools[", i, "].native_json"), tool.native_json()));
    }
  }
  const std::string& schema = request.output_format().schema_json();
  if (!schema.empty()) RETURN_IF_ERROR(CheckJson("output_format.schema_json", schema));
  for (const auto& [name, text] : request.extra_json()) {
    RETURN_IF_ERROR(CheckExtraName(request, name));
    RETURN_IF_ERROR(CheckJson(absl::StrCat("extra_json[\"", name, "\"]"), text));
  }
  return absl::OkStatus();
}

v1::Observation FailedObservation(const v1::Failure& failure, std::string_view request_id) {
  v1::Observation observation;
  SetFailed(failure, &observation);
  observation.set_upstream_request_id(std::string(request_id));
  return observation;
}

}  // namespace

absl::StatusOr<v1::ModelRequest> CanonicalCodec::DecodeRequest(std::string_view body) const {
  v1::ModelRequest request;
  if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return absl::InvalidArgumentError("the request is not a serialised warmpath.v1.ModelRequest");
  }
  if (request.messages().empty()) {
    return absl::InvalidArgumentError("messages must hold at least one message");
  }
  RETURN_IF_ERROR(CheckFinite("temperature", request.temperature()));
  RETURN_IF_ERROR(CheckFinite("top_p", request.top_p()));
  RETURN_IF_ERROR(CheckJsonTexts(request));
  return request;
}

absl::StatusOr<EncodedRequest> CanonicalCodec::EncodeRequest(const v1::ModelRequest& request,
                                                             const PathTarget& target) const {
  EncodedRequest encoded;
  v1::ModelRequest addressed = request;
  addressed.set_model(target.model);
  addressed.SerializeToString(&encoded.body);
  encoded.fidelity.set_fidelity(v1::FIDELITY_EXACT);
  return encoded;
}

v1::Observation CanonicalCodec::DecodeAnswer(const WireAnswer& answer) const {
  v1::Observation observation;
  if (answer.streamed) {
    observation = DecodeDeltaFrames(answer.body);
  } else if (!observation.ParseFromArray(answer.body.data(),
                                         static_cast<int>(answer.body.size()))) {
    observation.Clear();
    SetFailed(MakeFailure(v1::FAILURE_CLASS_MALFORMED_ANSWER,
                          "the answer is not a serialised warmpath.v1.Observation"),
              &observation);
  }
  const bool success = answer.http_status >= 200 && answer.http_status < 300;
  if (!success && observation.outcome() != v1::OUTCOME_FAILED) {
    observation.Clear();
    SetFailed(ClassifyError(answer), &observation);
  }
  // An empty message parses, and says nothing: neither is an answer.
  SettleOutcome(&observation);
  observation.set_http_status(answer.http_status);
  if (observation.upstream_request_id().empty()) {
    observation.set_upstream_request_id(std::string(answer.request_id));
  }
  return observation;
}

std::string CanonicalCodec::EncodeAnswer(const v1::Observation& observation,
                                         const ReplyOptions& options) const {
  v1::Observation named = observation;
  if (named.upstream_request_id().empty()) named.set_upstream_request_id(std::string(options.id));
  return named.SerializeAsString();
}

std::unique_ptr<StreamDecoder> CanonicalCodec::NewStreamDecoder() const {
  return std::make_unique<CanonicalStreamDecoder>();
}

std::unique_ptr<StreamEncoder> CanonicalCodec::NewStreamEncoder(const ReplyOptions&) const {
  return std::make_unique<CanonicalStreamEncoder>();
}

PieceKind CanonicalCodec::Classify(std::string_view, std::string_view data) const {
  // A Delta is its one field: the tag byte, a length, the content.
  constexpr char kObservationTag = (v1::Delta::kObservationFieldNumber << 3) | 2;
  if (data.empty()) return PieceKind::kPreamble;
  if (data[0] != kObservationTag) {
    return data.size() > 2 ? PieceKind::kContent : PieceKind::kPreamble;
  }
  v1::Delta delta;
  if (!delta.ParseFromArray(data.data(), static_cast<int>(data.size()))) return PieceKind::kError;
  const v1::Outcome outcome = delta.observation().outcome();
  return outcome == v1::OUTCOME_FAILED || outcome == v1::OUTCOME_INTERRUPTED ? PieceKind::kError
                                                                             : PieceKind::kTerminal;
}

v1::Failure CanonicalCodec::ClassifyError(const WireAnswer& answer) const {
  v1::Observation observation;
  v1::Failure failure;
  if (observation.ParseFromArray(answer.body.data(), static_cast<int>(answer.body.size())) &&
      observation.has_failure()) {
    failure = observation.failure();
  } else {
    failure = MakeFailure(ClassOfStatus(answer.http_status),
                          DescribeError(answer.http_status, "", ""));
  }
  if (!failure.has_retry_after()) SetRetryAfter(answer, &failure);
  return failure;
}

ErrorReply CanonicalCodec::EncodeError(const v1::Failure& failure,
                                       std::string_view request_id) const {
  return {HttpStatusFor(failure.failure_class()),
          FailedObservation(failure, request_id).SerializeAsString()};
}

std::string CanonicalCodec::EncodeStreamError(const v1::Failure& failure,
                                              std::string_view request_id) const {
  v1::Delta delta;
  *delta.mutable_observation() = FailedObservation(failure, request_id);
  std::string frame;
  AppendDeltaFrame(delta.SerializeAsString(), &frame);
  return frame;
}

}  // namespace warmpath
