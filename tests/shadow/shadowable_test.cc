#include "shadow/shadowable.h"

#include "gtest/gtest.h"

namespace warmpath {
namespace {

v1::ModelRequest With(const std::string& field, const std::string& json) {
  v1::ModelRequest request;
  (*request.mutable_extra_json())[field] = json;
  return request;
}

TEST(Shadowable, PlainRequestsAndToolsOfTheCallerAre) {
  v1::ModelRequest request;
  request.add_tools()->set_name("look_up");
  EXPECT_FALSE(WhyNotShadowable(request));
}

TEST(Shadowable, StateAtTheVendorIsNot) {
  EXPECT_EQ(WhyNotShadowable(With("store", "true")), "stateful");
  EXPECT_EQ(WhyNotShadowable(With("previous_response_id", "\"resp_1\"")), "stateful");
  EXPECT_EQ(WhyNotShadowable(With("container", "\"c\"")), "stateful");
  EXPECT_FALSE(WhyNotShadowable(With("store", "false")));
  EXPECT_FALSE(WhyNotShadowable(With("store", "null")));
}

TEST(Shadowable, ToolsThatTheVendorRunsAreNot) {
  v1::ModelRequest request;
  request.add_tools()->set_provider_type("web_search");
  EXPECT_EQ(WhyNotShadowable(request), "provider_tools");
  EXPECT_EQ(WhyNotShadowable(With("web_search_options", "{\"a\":1}")), "provider_tools");
}

TEST(Shadowable, SeveralChoicesAndAudioAreNot) {
  EXPECT_EQ(WhyNotShadowable(With("n", "3")), "several_choices");
  EXPECT_FALSE(WhyNotShadowable(With("n", "1")));
  EXPECT_EQ(WhyNotShadowable(With("modalities", "[\"text\",\"audio\"]")), "audio");
  EXPECT_FALSE(WhyNotShadowable(With("modalities", "[\"text\"]")));
}

}  // namespace
}  // namespace warmpath
