#include "shadow/evidence_key.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

using ::testing::SizeIs;

TEST(PathKey, ChangesWithTheModelThatAnswered) {
  v1::PathConfig path;
  path.set_model("m");
  v1::ProviderConfig provider;
  v1::Observation observation;
  observation.set_served_model("m-2025");
  const std::string key = PathKey(path, provider, observation);
  observation.set_served_model("m-2026");
  EXPECT_NE(key, PathKey(path, provider, observation));
  observation.set_served_model("m-2025");
  EXPECT_EQ(key, PathKey(path, provider, observation));
  observation.set_served_build("fp_1");
  EXPECT_NE(key, PathKey(path, provider, observation));
}

// Else every start would begin with new evidence.
TEST(PathKey, IsTheSameHoweverTheConfigWasRead) {
  v1::ProviderConfig forward;
  v1::ProviderConfig backward;
  auto& first = *forward.mutable_static_()->mutable_json()->mutable_struct_value()->mutable_fields();
  auto& second =
      *backward.mutable_static_()->mutable_json()->mutable_struct_value()->mutable_fields();
  for (int i = 0; i < 30; ++i) first["k" + std::to_string(i)].set_number_value(i);
  for (int i = 29; i >= 0; --i) second["k" + std::to_string(i)].set_number_value(i);
  EXPECT_EQ(PathKey(v1::PathConfig(), forward, v1::Observation()),
            PathKey(v1::PathConfig(), backward, v1::Observation()));
}

TEST(EvidenceKey, ChangesWithEachPart) {
  v1::EvidenceKeyParts parts;
  std::set<std::string> keys = {EvidenceKey(parts)};
  parts.set_instructions("a");
  keys.insert(EvidenceKey(parts));
  parts.set_tools("a");
  keys.insert(EvidenceKey(parts));
  parts.set_output_schema("a");
  keys.insert(EvidenceKey(parts));
  parts.set_policy("a");
  keys.insert(EvidenceKey(parts));
  parts.set_path("a");
  keys.insert(EvidenceKey(parts));
  parts.set_scorer("a");
  keys.insert(EvidenceKey(parts));
  parts.set_judge("a");
  keys.insert(EvidenceKey(parts));
  EXPECT_THAT(keys, SizeIs(8));
  EXPECT_EQ(EvidenceKey(parts).size(), 16);
}

}  // namespace
}  // namespace warmpath
