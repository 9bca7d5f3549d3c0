#include "provider/observe.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace warmpath {
namespace {

Answer MakeAnswer(std::string native) {
  Answer answer;
  answer.path = "primary";
  answer.requested_model = "m-1";
  answer.http_status = 200;
  answer.native = std::make_shared<const std::string>(std::move(native));
  answer.headers = {{"x-request-id", "up-1"}};
  answer.dispatch_time = absl::FromUnixMillis(1'700'000'000'250);
  answer.time_to_first_content = absl::Milliseconds(40);
  answer.duration = absl::Milliseconds(1500);
  return answer;
}

constexpr std::string_view kAnswer =
    R"({"id":"c1","model":"m-1-2026","choices":[{"message":{"role":"assistant","content":"Hello"},)"
    R"("finish_reason":"stop"}]})";

TEST(Observe, DecodesTheAnswerAndWhatIsKnownOfTheCall) {
  const v1::Observation seen = Observe(MakeAnswer(std::string(kAnswer)));
  EXPECT_EQ(seen.outcome(), v1::OUTCOME_END);
  EXPECT_EQ(seen.text(), "Hello");
  EXPECT_EQ(seen.path(), "primary");
  EXPECT_EQ(seen.requested_model(), "m-1");
  EXPECT_EQ(seen.served_model(), "m-1-2026");
  EXPECT_EQ(seen.http_status(), 200);
  EXPECT_EQ(seen.dispatch_time().seconds(), 1'700'000'000);
  EXPECT_EQ(seen.dispatch_time().nanos(), 250'000'000);
  EXPECT_EQ(seen.duration().seconds(), 1);
  EXPECT_EQ(seen.duration().nanos(), 500'000'000);
  EXPECT_EQ(seen.time_to_first_content().nanos(), 40'000'000);
  EXPECT_EQ(seen.fidelity().fidelity(), v1::FIDELITY_EXACT);
}

TEST(Observe, LetsAFailureStand) {
  Answer answer = MakeAnswer(std::string(kAnswer));
  answer.failure.emplace().set_failure_class(v1::FAILURE_CLASS_TIMEOUT);
  EXPECT_EQ(Observe(answer).outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(Observe(answer).failure().failure_class(), v1::FAILURE_CLASS_TIMEOUT);
  answer.failure->set_failure_class(v1::FAILURE_CLASS_INTERRUPTED);
  EXPECT_EQ(Observe(answer).outcome(), v1::OUTCOME_INTERRUPTED);
  answer.native = nullptr;
  answer.http_status = 0;
  EXPECT_EQ(Observe(answer).outcome(), v1::OUTCOME_INTERRUPTED);
}

TEST(Observe, NeverCallsMissingBytesASuccess) {
  Answer answer = MakeAnswer(std::string(kAnswer));
  answer.native_truncated = true;
  EXPECT_EQ(Observe(answer).outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(Observe(answer).failure().failure_class(), v1::FAILURE_CLASS_LOCAL_LIMIT);
  EXPECT_EQ(Observe(answer).text(), "");
  answer.native_truncated = false;
  answer.native = nullptr;
  EXPECT_EQ(Observe(answer).outcome(), v1::OUTCOME_FAILED);
}

TEST(Observe, SurvivesAnything) {
  for (const Dialect dialect :
       {Dialect::kCanonical, Dialect::kOpenAiChat, Dialect::kAnthropicMessages}) {
    for (const bool streamed : {false, true}) {
      for (const std::string& bytes :
           {std::string(), std::string("{"), std::string(1000, '\xff'), std::string("data: {\n\n"),
            std::string("[[[[["), std::string(4, '\0'), std::string("\x7f\xff\xff\xff", 4)}) {
        Answer answer = MakeAnswer(bytes);
        answer.dialect = dialect;
        answer.streamed = streamed;
        const v1::Observation seen = Observe(answer);
        EXPECT_NE(seen.outcome(), v1::OUTCOME_END) << DialectName(dialect) << bytes;
        EXPECT_NE(seen.outcome(), v1::OUTCOME_UNSPECIFIED);
      }
    }
  }
}

TEST(Observe, WritesTimesBeforeTheEpoch) {
  Answer answer = MakeAnswer(std::string(kAnswer));
  answer.dispatch_time = absl::UnixEpoch() - absl::Milliseconds(250);
  const v1::Observation seen = Observe(answer);
  EXPECT_EQ(seen.dispatch_time().seconds(), -1);
  EXPECT_EQ(seen.dispatch_time().nanos(), 750'000'000);
}

}  // namespace
}  // namespace warmpath
