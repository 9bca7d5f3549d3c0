#include "store/keys.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace warmpath {
namespace {

const absl::Time kTime = absl::FromUnixMicros(1'700'000'000'123'456);

// These bytes are on disks: a change of them is a new format.
TEST(Keys, HaveTheirGoldenBytes) {
  std::string time;
  AppendTime(kTime, &time);
  EXPECT_EQ(absl::BytesToHexString(time), "80060a2418202240");
  EXPECT_EQ(absl::BytesToHexString(TextsKey("desk", "a")), "6465736b00016100" "01");
  EXPECT_EQ(absl::BytesToHexString(TextsKey(std::string("a\0b", 3))), "6100ff620001");
  EXPECT_EQ(absl::BytesToHexString(EncodeKey(PathIndexKey{"w", "p", kLaneAll, kTime, "id"})),
            "770001700001" "00" "80060a2418202240" "6964");
  EXPECT_EQ(absl::BytesToHexString(EncodeKey(
                PathIndexKey{"w", "p", LaneOf(v1::DIMENSION_TOOL_ERRORS), kTime, "id"})),
            "770001700001" "05" "80060a2418202240" "6964");
  EXPECT_EQ(absl::BytesToHexString(
                EncodeKey(TallyKey{"w", "p", "k", v1::DIMENSION_TOOLS, kTime})),
            "7700017000016b0001" "02" "80060a2418202240");
  EXPECT_EQ(absl::BytesToHexString(TextAndIdKey("w", "id")), "770001" "6964");
}

TEST(Keys, LanesAreNeverRenumbered) {
  EXPECT_EQ(kLaneAll, 0);
  EXPECT_EQ(kLaneDivergent, 1);
  EXPECT_EQ(LaneOf(v1::DIMENSION_SCHEMA), 2);
  EXPECT_EQ(LaneOf(v1::DIMENSION_TOOLS), 3);
  EXPECT_EQ(LaneOf(v1::DIMENSION_POLICY), 4);
  EXPECT_EQ(LaneOf(v1::DIMENSION_TOOL_ERRORS), 5);
}

std::string RandomText(std::mt19937& random) {
  std::string text(random() % 5, '\0');
  for (char& c : text) c = "\x00\x01\x02" "a\xfe\xff"[random() % 6];
  return text;
}

absl::Time RandomTime(std::mt19937& random) {
  switch (random() % 8) {
    case 0:
      return absl::InfinitePast();
    case 1:
      return absl::InfiniteFuture();
    default:
      return absl::FromUnixMicros(static_cast<int64_t>(random()) - (int64_t{1} << 31));
  }
}

TEST(Keys, ParseBackToTheirPartsWhateverTheNamesHold) {
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) {
    const TallyKey key{RandomText(random), RandomText(random), RandomText(random),
                       v1::DIMENSION_POLICY, absl::FromUnixMicros(random())};
    TallyKey read;
    ASSERT_TRUE(DecodeKey(EncodeKey(key), &read));
    ASSERT_EQ(std::tie(read.workflow, read.path, read.evidence_key, read.dimension,
                       read.bucket_time),
              std::tie(key.workflow, key.path, key.evidence_key, key.dimension, key.bucket_time));
    const PathIndexKey index{RandomText(random), RandomText(random), kLaneDivergent,
                             absl::FromUnixMicros(random()), "x" + RandomText(random)};
    PathIndexKey read_index;
    ASSERT_TRUE(DecodeKey(EncodeKey(index), &read_index));
    ASSERT_EQ(std::tie(read_index.workflow, read_index.path, read_index.lane,
                       read_index.create_time, read_index.card_id),
              std::tie(index.workflow, index.path, index.lane, index.create_time, index.card_id));
  }
}

TEST(Keys, SortAsTheirPartsDo) {
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    const TallyKey a{RandomText(random), RandomText(random), "", v1::DIMENSION_TOOLS,
                     RandomTime(random)};
    const TallyKey b{random() % 2 ? a.workflow : RandomText(random),
                     random() % 2 ? a.path : RandomText(random), "", v1::DIMENSION_TOOLS,
                     RandomTime(random)};
    ASSERT_EQ(EncodeKey(a) < EncodeKey(b), std::tie(a.workflow, a.path, a.bucket_time) <
                                               std::tie(b.workflow, b.path, b.bucket_time));
  }
}

TEST(Keys, RefuseWhatIsNoKey) {
  const std::string good = EncodeKey(TallyKey{"w", "p", "k", v1::DIMENSION_TOOLS, kTime});
  TallyKey tally;
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(DecodeKey(good.substr(0, size), &tally)) << size;
  }
  EXPECT_FALSE(DecodeKey(good + "x", &tally));
  EXPECT_FALSE(DecodeKey(std::string("a\0\x07" "b", 4) + good, &tally));
  PathIndexKey index;
  EXPECT_FALSE(DecodeKey(EncodeKey(PathIndexKey{"w", "p", kLaneAll, kTime, ""}), &index));
  std::string text, id;
  EXPECT_FALSE(DecodeTextAndIdKey(TextsKey("w"), &text, &id));
}

TEST(AfterPrefix, IsJustBehindAllThatStartWithIt) {
  EXPECT_EQ(AfterPrefix("ab"), "ac");
  EXPECT_EQ(AfterPrefix("a\xff\xff"), "b");
  EXPECT_LT(TextsKey("a") + "\xff\xff", AfterPrefix(TextsKey("a")));
  EXPECT_LT(AfterPrefix(TextsKey("a")), TextsKey("aa"));
}

}  // namespace
}  // namespace warmpath
