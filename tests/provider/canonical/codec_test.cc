#include "provider/canonical/codec.h"

#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

const CanonicalCodec kCodec;

v1::Delta TextDelta(std::string text) {
  v1::Delta delta;
  delta.set_text(std::move(text));
  return delta;
}

v1::Delta CallDelta(int index, std::string id, std::string name, std::string arguments) {
  v1::Delta delta;
  delta.mutable_tool_call()->set_index(index);
  delta.mutable_tool_call()->set_id(std::move(id));
  delta.mutable_tool_call()->set_name(std::move(name));
  delta.mutable_tool_call()->set_arguments_json(std::move(arguments));
  return delta;
}

v1::Observation Greeting() {
  v1::Observation observation;
  observation.set_outcome(v1::OUTCOME_TOOL_CALLS);
  observation.set_text("Hello there");
  v1::ToolCall* call = observation.add_tool_calls();
  call->set_id("c1");
  call->set_name("find");
  call->set_arguments_json("{\"q\":1}");
  return observation;
}

std::string Stream() {
  std::string frames;
  for (const v1::Delta& delta : {TextDelta("Hello"), TextDelta(" there"),
                                 CallDelta(0, "c1", "find", "{\"q\""), CallDelta(0, "", "", ":1}")}) {
    AppendDeltaFrame(delta.SerializeAsString(), &frames);
  }
  v1::Delta last;
  *last.mutable_observation() = Greeting();
  AppendDeltaFrame(last.SerializeAsString(), &frames);
  return frames;
}

TEST(CanonicalCodec, ReadsWhatItWrites) {
  v1::ModelRequest request;
  request.set_model("asked");
  request.add_messages()->add_parts()->set_text("Hi");
  const auto encoded = kCodec.EncodeRequest(request, {.path = "p", .model = "served"});
  ASSERT_THAT(encoded, IsOk());
  EXPECT_EQ(encoded->fidelity.fidelity(), v1::FIDELITY_EXACT);
  const auto decoded = kCodec.DecodeRequest(encoded->body);
  ASSERT_THAT(decoded, IsOk());
  EXPECT_EQ(decoded->model(), "served");
  EXPECT_EQ(decoded->messages(0).parts(0).text(), "Hi");
}

TEST(CanonicalCodec, RefusesBytesThatAreNoRequest) {
  EXPECT_THAT(kCodec.DecodeRequest("{\"model\":1}"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(kCodec.DecodeRequest(""), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(CanonicalCodec, RefusesTextThatIsToBeJsonAndIsNot) {
  v1::ModelRequest good;
  good.add_messages()->set_role(v1::MESSAGE_ROLE_USER);
  ASSERT_THAT(kCodec.DecodeRequest(good.SerializeAsString()), IsOk());
  // What would add a member of its own to a vendor's body.
  constexpr char kBad[] = "{}},\"model\":\"another\"";
  std::vector<v1::ModelRequest> requests(5, good);
  requests[0].add_tools()->set_parameters_json(kBad);
  requests[1].add_tools()->set_provider_type("web_search");
  requests[2].mutable_output_format()->set_schema_json(kBad);
  (*requests[3].mutable_extra_json())["seed"] = kBad;
  requests[4].mutable_messages(0)->add_parts()->mutable_opaque()->set_json(kBad);
  for (const v1::ModelRequest& request : requests) {
    EXPECT_THAT(kCodec.DecodeRequest(request.SerializeAsString()),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is not JSON")))
        << request.ShortDebugString();
  }
  // A model's own words are not held against the caller.
  good.mutable_messages(0)->set_role(v1::MESSAGE_ROLE_ASSISTANT);
  good.mutable_messages(0)->add_tool_calls()->set_arguments_json(kBad);
  EXPECT_THAT(kCodec.DecodeRequest(good.SerializeAsString()), IsOk());
}

TEST(CanonicalCodec, RefusesExtrasThatWouldStandTwiceInABody) {
  v1::ModelRequest request;
  request.add_messages()->set_role(v1::MESSAGE_ROLE_USER);
  request.set_dialect("openai_chat");
  (*request.mutable_extra_json())["max_tokens"] = "5";
  EXPECT_THAT(kCodec.DecodeRequest(request.SerializeAsString()), IsOk());
  (*request.mutable_extra_json())["model"] = "\"a dearer one\"";
  EXPECT_THAT(kCodec.DecodeRequest(request.SerializeAsString()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("extra_json[\"model\"]")));
}

TEST(CanonicalCodec, RefusesNumbersThatJsonCannotHold) {
  v1::ModelRequest request;
  request.add_messages()->set_role(v1::MESSAGE_ROLE_USER);
  request.set_temperature(std::numeric_limits<double>::infinity());
  EXPECT_THAT(kCodec.DecodeRequest(request.SerializeAsString()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("temperature")));
}

TEST(CanonicalCodec, JoinsAStream) {
  const v1::Observation observation =
      kCodec.DecodeAnswer({.streamed = true, .body = Stream(), .retry_after = "", .request_id = "r"});
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_TOOL_CALLS);
  EXPECT_EQ(observation.text(), "Hello there");
  EXPECT_EQ(observation.upstream_request_id(), "r");
}

TEST(CanonicalCodec, AStreamCutAnywhereIsInterruptedAndKeepsWhatCame) {
  const std::string frames = Stream();
  for (size_t cut = 0; cut < frames.size(); ++cut) {
    const v1::Observation observation = kCodec.DecodeAnswer(
        {.streamed = true, .body = std::string_view(frames).substr(0, cut), .retry_after = "",
         .request_id = ""});
    ASSERT_EQ(observation.outcome(), v1::OUTCOME_INTERRUPTED) << "cut at " << cut;
    ASSERT_EQ(observation.failure().failure_class(), v1::FAILURE_CLASS_INTERRUPTED);
    ASSERT_EQ(std::string("Hello there").substr(0, observation.text().size()), observation.text());
  }
}

TEST(CanonicalCodec, HandsOnPiecesButNotTheObservation) {
  auto decoder = kCodec.NewStreamDecoder();
  std::vector<v1::Delta> pieces;
  decoder->Feed("", TextDelta("a").SerializeAsString(), pieces);
  v1::Delta last;
  *last.mutable_observation() = Greeting();
  decoder->Feed("", last.SerializeAsString(), pieces);
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_EQ(pieces[0].text(), "a");
  EXPECT_EQ(decoder->Observation().outcome(), v1::OUTCOME_TOOL_CALLS);
}

TEST(CanonicalCodec, AnAnswerWithNothingInItFailed) {
  EXPECT_EQ(kCodec.DecodeAnswer({.body = ""}).failure().failure_class(),
            v1::FAILURE_CLASS_EMPTY_ANSWER);
  EXPECT_EQ(kCodec.DecodeAnswer({.body = "<html>"}).failure().failure_class(),
            v1::FAILURE_CLASS_MALFORMED_ANSWER);
}

TEST(CanonicalCodec, OutcomeAndFailureOfAPathsOwnMakingAgree) {
  v1::Observation odd = Greeting();
  odd.mutable_failure()->set_failure_class(v1::FAILURE_CLASS_OVERLOADED);
  EXPECT_EQ(kCodec.DecodeAnswer({.body = odd.SerializeAsString()}).outcome(), v1::OUTCOME_FAILED);
  for (const auto outcome : {v1::OUTCOME_FAILED, v1::OUTCOME_INTERRUPTED}) {
    odd = Greeting();
    odd.set_outcome(outcome);
    v1::Delta last;
    *last.mutable_observation() = odd;
    std::string frames;
    AppendDeltaFrame(last.SerializeAsString(), &frames);
    for (const auto& read : {kCodec.DecodeAnswer({.body = odd.SerializeAsString()}),
                             kCodec.DecodeAnswer({.streamed = true, .body = frames})}) {
      EXPECT_EQ(read.outcome(), outcome);
      EXPECT_NE(read.failure().failure_class(), v1::FAILURE_CLASS_UNSPECIFIED);
    }
  }
  odd = Greeting();
  odd.set_outcome(static_cast<v1::Outcome>(99));
  EXPECT_EQ(kCodec.DecodeAnswer({.body = odd.SerializeAsString()}).outcome(), v1::OUTCOME_UNKNOWN);
}

TEST(CanonicalCodec, ErrorsComeBackAsTheyWent) {
  v1::Failure failure;
  failure.set_failure_class(v1::FAILURE_CLASS_OVERLOADED);
  failure.set_message("try later");
  const ErrorReply reply = kCodec.EncodeError(failure, "r1");
  EXPECT_EQ(reply.http_status, 503);
  const v1::Observation observation =
      kCodec.DecodeAnswer({.http_status = reply.http_status, .body = reply.body});
  EXPECT_EQ(observation.outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(observation.failure().message(), "try later");
  EXPECT_EQ(observation.upstream_request_id(), "r1");
}

TEST(CanonicalCodec, TellsPiecesApart) {
  EXPECT_EQ(kCodec.Classify("", TextDelta("").SerializeAsString()), PieceKind::kPreamble);
  EXPECT_EQ(kCodec.Classify("", TextDelta("a").SerializeAsString()), PieceKind::kContent);
  EXPECT_EQ(kCodec.Classify("", CallDelta(0, "i", "", "").SerializeAsString()),
            PieceKind::kContent);
  v1::Delta last;
  *last.mutable_observation() = Greeting();
  EXPECT_EQ(kCodec.Classify("", last.SerializeAsString()), PieceKind::kTerminal);
  v1::Failure failure;
  const std::string frame = kCodec.EncodeStreamError(failure, "");
  std::string_view frames = frame, delta;
  ASSERT_TRUE(NextDeltaFrame(frames, delta));
  EXPECT_TRUE(frames.empty());
  EXPECT_EQ(kCodec.Classify("", delta), PieceKind::kError);
}

}  // namespace
}  // namespace warmpath
