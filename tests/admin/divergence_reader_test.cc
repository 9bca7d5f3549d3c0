#include "admin/divergence_reader.h"

#include "admin/divergence_clusters.h"
#include "tests/admin/admin_fixture.h"

namespace warmpath {
namespace {

using testing::AdminTest;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr char kAmount[] = "/tool_calls/0/arguments/amount";

TEST(GeneralizePointer, WritesIndexesAsStars) {
  EXPECT_EQ(GeneralizePointer("/tool_calls/12/arguments/items/0"),
            "/tool_calls/*/arguments/items/*");
  EXPECT_EQ(GeneralizePointer("/text"), "/text");
  EXPECT_EQ(GeneralizePointer(""), "");
}

v1::Scorecard CardWith(const std::vector<std::pair<std::string, v1::Severity>>& findings) {
  v1::Scorecard card;
  card.set_candidate_path("claude");
  for (const auto& [pointer, severity] : findings) {
    v1::Finding& finding = *card.add_findings();
    finding.set_dimension(v1::DIMENSION_TOOLS);
    finding.set_kind(v1::FINDING_KIND_ARGUMENT_DIFFERS);
    finding.set_pointer(pointer);
    finding.set_severity(severity);
  }
  return card;
}

TEST(DivergenceClusters, CountACardOnceAndLeaveOutInfo) {
  DivergenceClusters clusters;
  clusters.Add(CardWith({{"/a/0", v1::SEVERITY_VIOLATION}, {"/a/1", v1::SEVERITY_SEVERE}}));
  clusters.Add(CardWith({{"/a/7", v1::SEVERITY_VIOLATION}, {"/b", v1::SEVERITY_INFO}}));
  const auto biggest = clusters.Biggest(10);
  ASSERT_EQ(biggest.size(), 1u);
  EXPECT_EQ(biggest[0].pointer(), "/a/*");
  EXPECT_EQ(biggest[0].count(), 2);
  EXPECT_DOUBLE_EQ(biggest[0].share(), 1);
}

class ReadDivergencesTest : public AdminTest {
 protected:
  v1::ListDivergencesResponse Read(const v1::ListDivergencesRequest& request) {
    auto response = ReadDivergences(*context_, request);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *std::move(response) : v1::ListDivergencesResponse();
  }
};

TEST_F(ReadDivergencesTest, PutsTheBiggestClusterFirstAndNamesAnExample) {
  StartAll();
  Diverge("claude", v1::FINDING_KIND_TOOL_NOT_CALLED, "");
  Diverge("claude", v1::FINDING_KIND_ARGUMENT_DIFFERS, kAmount);
  const std::string last = Diverge("claude", v1::FINDING_KIND_ARGUMENT_DIFFERS, kAmount);
  Mirror("claude", 3);
  v1::ListDivergencesRequest request;
  request.set_workflow("support");
  const v1::ListDivergencesResponse response = Read(request);
  ASSERT_EQ(response.clusters_size(), 2);
  EXPECT_EQ(response.clusters(0).kind(), v1::FINDING_KIND_ARGUMENT_DIFFERS);
  EXPECT_EQ(response.clusters(0).count(), 2);
  EXPECT_EQ(response.clusters(0).example_id(), last);
  EXPECT_EQ(response.clustered_cards(), 3);
  EXPECT_FALSE(response.clusters_truncated());
  EXPECT_EQ(response.cards_size(), 3);
  EXPECT_EQ(response.cards(0).id(), last);
}

TEST_F(ReadDivergencesTest, PagesThroughCardsWhileTheClockMoves) {
  StartAll();
  for (int i = 0; i < 5; ++i) Diverge("claude", v1::FINDING_KIND_ARGUMENT_DIFFERS, kAmount);
  v1::ListDivergencesRequest request;
  request.set_workflow("support");
  request.set_page_size(2);
  int cards = 0, pages = 0;
  do {
    // As a dashboard asks: "the last hour", at another moment for each page.
    *request.mutable_start_time() = ToProto(clock_.Now() - absl::Hours(1));
    const v1::ListDivergencesResponse page = Read(request);
    EXPECT_EQ(page.clusters_size(), pages == 0 ? 1 : 0);
    cards += page.cards_size();
    request.set_page_token(page.next_page_token());
    ++pages;
    Advance(absl::Seconds(1));
  } while (!request.page_token().empty() && pages < 10);
  EXPECT_EQ(cards, 5);
}

TEST_F(ReadDivergencesTest, EndsWhereTheRangeBegins) {
  StartAll();
  Diverge("claude", v1::FINDING_KIND_ARGUMENT_DIFFERS, kAmount);
  Advance(absl::Hours(30));
  Diverge("claude", v1::FINDING_KIND_ARGUMENT_DIFFERS, kAmount);
  v1::ListDivergencesRequest request;
  request.set_workflow("support");
  request.set_page_size(1);
  EXPECT_EQ(Read(request).cards_size(), 1);
  request.set_page_size(10);
  EXPECT_EQ(Read(request).cards_size(), 1);
  EXPECT_EQ(Read(request).next_page_token(), "");
}

TEST_F(ReadDivergencesTest, FiltersByPathAndDimension) {
  StartAll();
  Diverge("claude", v1::FINDING_KIND_ARGUMENT_DIFFERS, kAmount);
  Diverge("mistral", v1::FINDING_KIND_ARGUMENT_DIFFERS, kAmount);
  v1::ListDivergencesRequest request;
  request.set_workflow("support");
  request.set_path("mistral");
  EXPECT_EQ(Read(request).cards_size(), 1);
  request.set_dimension(v1::DIMENSION_SCHEMA);
  EXPECT_EQ(Read(request).cards_size(), 0);
}

TEST_F(ReadDivergencesTest, FindsACardByItsIdOrItsExchange) {
  StartAll();
  const std::string id = Diverge("claude", v1::FINDING_KIND_ARGUMENT_DIFFERS, kAmount);
  v1::GetScorecardRequest request;
  request.set_id(id);
  auto by_id = ReadScorecard(*context_, request);
  ASSERT_THAT(by_id, IsOk());
  EXPECT_EQ(by_id->cards(0).request_id(), "req_1");
  request.set_id("req_1");
  auto by_exchange = ReadScorecard(*context_, request);
  ASSERT_THAT(by_exchange, IsOk());
  EXPECT_EQ(by_exchange->cards(0).id(), id);
  request.set_id("nothing");
  EXPECT_THAT(
      ReadScorecard(*context_, request),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("no scorecard or exchange 'nothing'")));
}

}  // namespace
}  // namespace warmpath
