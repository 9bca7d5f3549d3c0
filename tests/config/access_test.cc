#include "config/access.h"

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

using testing::IsOk;

TEST(AccessTokens, AdmitsEverybodyWhereNoTokenIsAskedFor) {
  const auto tokens = AccessTokens::Load({});
  ASSERT_THAT(tokens, IsOk());
  EXPECT_FALSE(tokens->required());
  EXPECT_TRUE(tokens->Admits(""));
}

TEST(AccessTokens, AdmitsItsTokensBareOrAsBearer) {
  setenv("WARMPATH_TEST_TOKEN", "open sesame", 1);
  v1::ListenerConfig listener;
  listener.add_bearer_tokens("env:WARMPATH_TEST_TOKEN");
  const auto tokens = AccessTokens::Load(listener);
  ASSERT_THAT(tokens, IsOk());
  EXPECT_TRUE(tokens->Admits("Bearer open sesame"));
  EXPECT_TRUE(tokens->Admits("bearer open sesame"));
  EXPECT_TRUE(tokens->Admits("open sesame"));
  EXPECT_FALSE(tokens->Admits("open"));
  EXPECT_FALSE(tokens->Admits("Bearer "));
  EXPECT_FALSE(tokens->Admits(""));
}

TEST(AccessTokens, ASecretThatIsNotThereIsNamed) {
  v1::ListenerConfig listener;
  listener.add_bearer_tokens("env:WARMPATH_NO_SUCH_VARIABLE");
  const auto tokens = AccessTokens::Load(listener);
  EXPECT_FALSE(tokens.ok());
  EXPECT_THAT(std::string(tokens.status().message()),
              ::testing::HasSubstr("WARMPATH_NO_SUCH_VARIABLE"));
}

}  // namespace
}  // namespace warmpath
