// A small store, byte for byte: docs/store_format.md. A change of any line is a new format.
#include <sstream>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rocksdb/merge_operator.h"
#include "store/database.h"
#include "tests/store/store_fixture.h"

namespace warmpath {
namespace {

using testing::IsOk;
using testing::ValueOf;

// Printable bytes as they are, others as \xNN.
std::string Readable(std::string_view bytes) {
  std::string text;
  for (char c : bytes) {
    const bool printable = c > ' ' && c < '\x7f' && c != '\\';
    absl::StrAppend(&text, printable ? std::string(1, c)
                                     : absl::StrCat("\\x", absl::Hex(c, absl::kZeroPad2)));
  }
  return text;
}

class StoreFormatTest : public testing::StoreTest {
 protected:
  // Every key of the store as "family key", with its value where that says more than a message.
  std::string Dump() {
    store_.reset();
    std::ostringstream dump;
    const auto database = ValueOf(Database::Open(options_, clock_));
    const DatabaseView view = database->View();
    for (size_t i = 0; i < kColumnFamilyNames.size(); ++i) {
      const auto it = view.NewIterator(static_cast<ColumnFamily>(i), {});
      for (it->SeekToFirst(); it->Valid(); it->Next()) {
        dump << kColumnFamilyNames[i] << " " << Readable(it->key().ToString());
        if (i == 0) dump << " = " << it->value().ToString();
        dump << "\n";
      }
    }
    return dump.str();
  }
};

TEST_F(StoreFormatTest, IsWhatTheDocumentSays) {
  v1::Scorecard card =
      testing::MakeCard("desk", "backup", v1::SCORE_VERDICT_FAIL, clock_.Now() + absl::Seconds(13));
  const std::string card_id = ValueOf(store_->Append(card, v1::DivergentBody()));
  v1::Flip flip;
  flip.set_id("f1");
  flip.set_workflow("desk");
  v1::ActiveState state;
  state.set_workflow("desk");
  ASSERT_THAT(store_->PutFlip(flip, state), IsOk());
  v1::Drill drill;
  drill.set_id("d1");
  drill.set_workflow("desk");
  ASSERT_THAT(store_->PutDrill(drill), IsOk());
  v1::JudgeCheckpoint checkpoint;
  checkpoint.set_workflow("desk");
  checkpoint.set_path("backup");
  ASSERT_THAT(store_->PutCheckpoints({checkpoint}), IsOk());
  v1::Review review;
  review.set_workflow("desk");
  ASSERT_THAT(store_->PutReview(review), IsOk());
  ASSERT_THAT(store_->PutAudit({}), IsOk());
  const std::string review_id = ValueOf(store_->ListReviews({})).items.at(0).id();
  const std::string audit_id = ValueOf(store_->ListAudit({})).items.at(0).id();

  const std::string text_desk = R"(desk\x00\x01)", text_backup = R"(backup\x00\x01)";
  const std::string time = R"(\x80\x06\x0a$\x18\x1e@\x00)";
  std::string expected = "meta format = 1\nmeta replica = 0000000000000001\n";
  absl::StrAppend(&expected, "cards ", card_id, "\n");
  for (const char* lane : {R"(\x00)", R"(\x01)", R"(\x02)"}) {
    absl::StrAppend(&expected, "cards_by_path ", text_desk, text_backup, lane, time, card_id, "\n");
  }
  absl::StrAppend(&expected, R"(cards_by_request req_1\x00\x01)", card_id, "\n");
  // 13 s later, rounded down to 10 s: 0x989680 microseconds more.
  absl::StrAppend(&expected, "tallies ", text_desk, text_backup, R"(key\x00\x01\x01)",
                  R"(\x80\x06\x0a$\x18\xb6\xd6\x80)", "\n");
  absl::StrAppend(&expected, "checkpoints ", text_desk, text_backup, "\n");
  absl::StrAppend(&expected, "flips ", text_desk, "f1\nactive ", text_desk, "\ndrills ", text_desk,
                  "d1\nreviews ", text_desk, review_id, "\n");
  absl::StrAppend(&expected, R"(audit \x00\x01)", audit_id, "\nbodies ", card_id, "\n");
  EXPECT_EQ(Dump(), expected);
}

TEST_F(StoreFormatTest, TheTallysMergeOperatorKeepsItsName) {
  const auto families = DescribeColumnFamilies(options_, clock_);
  EXPECT_STREQ(families[1 + static_cast<size_t>(ColumnFamily::kTallies)].options.merge_operator->Name(),
               "warmpath.TallySum");
}

}  // namespace
}  // namespace warmpath
