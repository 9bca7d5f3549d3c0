#include "gateway/failure_reply.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace warmpath {
namespace {

LiveAnswer Failed(v1::FailureClass failure_class, bool with_callers_key) {
  LiveAnswer live;
  live.answer.failure.emplace().set_failure_class(failure_class);
  live.answer.http_status = 401;
  live.answer.dialect = Dialect::kOpenAiChat;
  live.answer.reply = std::make_shared<const std::string>("{}");
  live.with_callers_key = with_callers_key;
  return live;
}

TEST(FailureReply, GivesThePathsWordsOnInTheSameDialectOnly) {
  const LiveAnswer live = Failed(v1::FAILURE_CLASS_RATE_LIMITED, false);
  EXPECT_TRUE(RelaysError(live, Dialect::kOpenAiChat));
  EXPECT_FALSE(RelaysError(live, Dialect::kAnthropicMessages));
}

TEST(FailureReply, KeepsTroubleWithWarmpathsOwnKeyFromTheCaller) {
  for (const auto failure_class :
       {v1::FAILURE_CLASS_AUTH, v1::FAILURE_CLASS_QUOTA, v1::FAILURE_CLASS_NOT_FOUND}) {
    EXPECT_FALSE(RelaysError(Failed(failure_class, false), Dialect::kOpenAiChat));
    EXPECT_TRUE(RelaysError(Failed(failure_class, true), Dialect::kOpenAiChat));
  }
  EXPECT_EQ(ToldToCaller(Failed(v1::FAILURE_CLASS_AUTH, false)).failure_class(),
            v1::FAILURE_CLASS_SERVER_ERROR);
  EXPECT_EQ(ToldToCaller(Failed(v1::FAILURE_CLASS_AUTH, true)).failure_class(),
            v1::FAILURE_CLASS_AUTH);
}

TEST(FailureReply, RelaysNothingThatIsNoError) {
  LiveAnswer live = Failed(v1::FAILURE_CLASS_CONTRACT, false);
  live.answer.http_status = 200;
  EXPECT_FALSE(RelaysError(live, Dialect::kOpenAiChat));
}

TEST(FailureReply, TellsOwnDecisionsFromAVendors) {
  const auto own = [](v1::FailureClass failure_class) {
    v1::Failure failure;
    failure.set_failure_class(failure_class);
    return IsOwnDecision(failure);
  };
  EXPECT_TRUE(own(v1::FAILURE_CLASS_PATH_LIMIT));
  EXPECT_TRUE(own(v1::FAILURE_CLASS_CONTRACT));
  EXPECT_TRUE(own(v1::FAILURE_CLASS_DEADLINE));
  EXPECT_FALSE(own(v1::FAILURE_CLASS_RATE_LIMITED));
  EXPECT_FALSE(own(v1::FAILURE_CLASS_SERVER_ERROR));
  EXPECT_FALSE(own(v1::FAILURE_CLASS_INVALID_REQUEST));
}

}  // namespace
}  // namespace warmpath
