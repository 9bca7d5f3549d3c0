#include "admin/history_reader.h"

#include "admin/history_series.h"
#include "tests/admin/admin_fixture.h"

namespace warmpath {
namespace {

using testing::AdminTest;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

TEST(ChooseBucket, CutsARangeIntoAtMost120RoundPoints) {
  EXPECT_EQ(ChooseBucket(absl::Minutes(15)), absl::Seconds(10));
  EXPECT_EQ(ChooseBucket(absl::Hours(1)), absl::Seconds(30));
  EXPECT_EQ(ChooseBucket(absl::Hours(24)), absl::Minutes(15));
  EXPECT_EQ(ChooseBucket(absl::Hours(24 * 7)), absl::Hours(2));
  EXPECT_EQ(ChooseBucket(absl::Hours(24 * 400)), absl::Hours(24 * 4));
  for (int minutes = 1; minutes < 1'000'000; minutes = minutes * 3 / 2 + 1) {
    EXPECT_LE(absl::Minutes(minutes) / ChooseBucket(absl::Minutes(minutes)), 120) << minutes;
  }
}

v1::TallyEntry Entry(absl::Time time, const std::string& key, int pass, int fail) {
  v1::TallyEntry entry;
  entry.set_path("claude");
  entry.set_evidence_key(key);
  entry.set_dimension(v1::DIMENSION_TOOLS);
  *entry.mutable_bucket_time() = ToProto(time);
  entry.mutable_tally()->set_pass(pass);
  entry.mutable_tally()->set_fail(fail);
  return entry;
}

TEST(BuildSeries, AddsUpBucketsOfAllKeysAndLeavesGapsEmpty) {
  const absl::Time start = absl::FromUnixSeconds(600);
  const auto series = BuildSeries(
      {Entry(start, "a", 3, 1), Entry(start + absl::Seconds(50), "b", 2, 0),
       Entry(start + absl::Seconds(190), "b", 1, 0), Entry(start + absl::Seconds(200), "b", 0, 0)},
      absl::Minutes(1));
  ASSERT_EQ(series.size(), 1u);
  ASSERT_EQ(series[0].points_size(), 2);
  EXPECT_EQ(series[0].points(0).pass(), 5);
  EXPECT_EQ(series[0].points(0).fail(), 1);
  EXPECT_EQ(FromProto(series[0].points(1).start_time()), start + absl::Minutes(3));
}

TEST(EvidenceKeyMarkers, MarkEachNewKeyButTheFirst) {
  const absl::Time start = absl::FromUnixSeconds(600);
  const auto markers = EvidenceKeyMarkers({Entry(start, "a", 1, 0), Entry(start, "a", 1, 0),
                                           Entry(start + absl::Minutes(1), "b", 1, 0),
                                           Entry(start + absl::Minutes(2), "a", 1, 0)},
                                          {{{"claude", "b"}, "the judge changed: judge starts anew"}});
  ASSERT_EQ(markers.size(), 1u);
  EXPECT_EQ(markers[0].text(), "the judge changed: judge starts anew");
  EXPECT_EQ(FromProto(markers[0].time()), start + absl::Minutes(1));
  EXPECT_EQ(markers[0].path(), "claude");
}

class ReadHistoryTest : public AdminTest {
 protected:
  absl::StatusOr<v1::GetHistoryResponse> Read(absl::Duration range, absl::Duration bucket) {
    v1::GetHistoryRequest request;
    request.set_workflow("support");
    *request.mutable_start_time() = ToProto(clock_.Now() - range);
    *request.mutable_end_time() = ToProto(clock_.Now());
    *request.mutable_bucket() = ToProto(bucket);
    return ReadHistory(*context_, request);
  }
};

TEST_F(ReadHistoryTest, CountsEverySampleOnceWithTheThreshold) {
  StartAll();
  Mirror("claude", 30);
  Mirror("claude", 5, /*conforms=*/false);
  const auto history = Read(absl::Minutes(5), absl::Minutes(1));
  ASSERT_THAT(history, IsOk());
  ASSERT_EQ(history->series_size(), 1);
  EXPECT_EQ(history->series(0).path(), "claude");
  EXPECT_DOUBLE_EQ(history->series(0).theta(), .9);
  int64_t pass = 0, fail = 0;
  for (const v1::HistoryPoint& point : history->series(0).points()) {
    pass += point.pass();
    fail += point.fail();
  }
  EXPECT_EQ(pass, 30);
  EXPECT_EQ(fail, 5);
}

TEST_F(ReadHistoryTest, MarksFlipsAndReloads) {
  StartAll();
  v1::FlipRequest flip;
  flip.set_workflow("support");
  flip.set_to_path("claude");
  flip.set_reason("trial");
  flip.set_force(true);
  ASSERT_THAT(controller_->Flip(flip, "ana"), IsOk());
  v1::AuditEntry reload;
  reload.set_action("reload");
  ASSERT_THAT(store_->PutAudit(reload), IsOk());
  Advance(absl::Minutes(1));
  const auto history = Read(absl::Minutes(5), absl::Minutes(1));
  ASSERT_THAT(history, IsOk());
  ASSERT_EQ(history->markers_size(), 2);
  EXPECT_EQ(history->markers(0).kind(), "flip");
  EXPECT_EQ(history->markers(0).text(), "primary to claude by ana: trial");
  EXPECT_EQ(history->markers(1).kind(), "config");
  Advance(absl::Hours(1));
  EXPECT_EQ(Read(absl::Minutes(5), absl::Minutes(1))->markers_size(), 0);
}

TEST_F(ReadHistoryTest, MarksPathsThatBecomeGreenOrRedOrLeaveIt) {
  StartAll();
  const auto verdict = [&](const std::string& detail, const std::string& reasons) {
    v1::AuditEntry entry;
    entry.set_action("verdict");
    entry.set_workflow("support");
    entry.set_detail(detail);
    entry.set_reason(reasons);
    ASSERT_THAT(store_->PutAudit(entry), IsOk());
  };
  verdict("claude: COLD to AMBER", "unproven");
  verdict("claude: AMBER to GREEN", "");
  verdict("claude: GREEN to AMBER", "hands over");
  Advance(absl::Seconds(1));
  const auto history = Read(absl::Minutes(5), absl::Minutes(1));
  ASSERT_THAT(history, IsOk());
  ASSERT_EQ(history->markers_size(), 2);
  EXPECT_EQ(history->markers(0).kind(), "verdict");
  EXPECT_EQ(history->markers(0).path(), "claude");
  EXPECT_EQ(history->markers(0).text(), "AMBER to GREEN");
  EXPECT_EQ(history->markers(1).text(), "GREEN to AMBER: hands over");
}

TEST_F(ReadHistoryTest, RefusesRangesThatMakeNoSense) {
  StartAll();
  EXPECT_THAT(Read(-absl::Hours(1), absl::Minutes(1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty")));
  EXPECT_THAT(Read(absl::Hours(1), absl::Seconds(1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at least 10s")));
  EXPECT_THAT(Read(absl::Hours(24 * 30), absl::Minutes(1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("wider")));
  EXPECT_THAT(ReadHistory(*context_, {}), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace warmpath
