// Opening a store: what is refused, and with which remedy. On a real file system.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "store/score_store.h"
#include "tests/store/child_process.h"
#include "tests/store/store_fixture.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace warmpath {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

class OpenTest : public ::testing::Test {
 protected:
  OpenTest() {
    const char* tmp = std::getenv("TEST_TMPDIR");
    root_ = fs::path(tmp != nullptr ? tmp : "/tmp") /
            absl::StrCat("open_test_", getpid(), "_",
                         ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(root_);
    options_.path = root_ / "deep" / "store";
  }
  ~OpenTest() override { fs::remove_all(root_); }

  absl::StatusOr<std::unique_ptr<ScoreStore>> Open() { return ScoreStore::Open(options_, clock_); }

  // Opens the folder as a plain RocksDB with all the families it has, and runs `change` on it.
  template <typename Change>
  void ChangeRaw(Change change) {
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, options_.path, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) families.push_back({name, {}});
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, options_.path, families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      if (handle->GetName() == "meta") change(*db, handle);
      db->DestroyColumnFamilyHandle(handle);
    }
  }

  fs::path root_;
  ScoreStoreOptions options_;
  testing::ManualClock clock_;
};

TEST_F(OpenTest, CreatesTheFolderAndItsParents) {
  ASSERT_THAT(Open(), IsOk());
  EXPECT_TRUE(fs::exists(fs::path(options_.path) / "CURRENT"));
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(OpenTest, RefusesAFolderHeldInThisProcess) {
  const auto first = Open();
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               AllOf(HasSubstr(options_.path), HasSubstr("held by another"))));
}

TEST_F(OpenTest, RefusesAFolderHeldByAnotherProcess) {
  {
    testing::ChildProcess child("OpenTest.DISABLED_HoldsTheFolder", options_.path);
    ASSERT_EQ(child.Read(1), "y");
    EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 AllOf(HasSubstr(options_.path), HasSubstr("fuser"))));
  }
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(OpenTest, DISABLED_HoldsTheFolder) {
  options_.path = testing::ChildProcess::Words();
  const auto store = Open();
  ASSERT_THAT(store, IsOk());
  ASSERT_TRUE(testing::ChildProcess::Tell("y"));
  testing::ChildProcess::WaitForParent();
}

TEST_F(OpenTest, RefusesANewerFormatAndLeavesItAsItIs) {
  ASSERT_THAT(Open(), IsOk());
  ChangeRaw([](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* meta) {
    ASSERT_TRUE(db.Put({}, meta, "format", "2").ok());
  });
  const auto last_change = fs::last_write_time(options_.path);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("has format 2, this warmpathd reads up to 1")));
  EXPECT_EQ(fs::last_write_time(options_.path), last_change);
}

TEST_F(OpenTest, RefusesAFormatThatIsNone) {
  ASSERT_THAT(Open(), IsOk());
  ChangeRaw([](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* meta) {
    ASSERT_TRUE(db.Put({}, meta, "format", "one").ok());
  });
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("format version")));
}

TEST_F(OpenTest, RefusesAnotherProgramsDatabase) {
  ASSERT_THAT(Open(), IsOk());
  ChangeRaw([](rocksdb::DB& db, rocksdb::ColumnFamilyHandle*) {
    rocksdb::ColumnFamilyHandle* other = nullptr;
    ASSERT_TRUE(db.CreateColumnFamily({}, "cards_by_mood", &other).ok());
    db.DestroyColumnFamilyHandle(other);
  });
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("cards_by_mood")));
}

TEST_F(OpenTest, SaysThatAStoreIsDamaged) {
  {
    const auto store = Open();
    ASSERT_THAT(store, IsOk());
    ASSERT_THAT((*store)->Append(testing::MakeCard("w", "p", v1::SCORE_VERDICT_PASS, clock_.Now())),
                IsOk());
  }
  for (const fs::directory_entry& file : fs::directory_iterator(options_.path)) {
    if (file.path().filename().string().starts_with("MANIFEST")) fs::resize_file(file.path(), 20);
  }
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kDataLoss,
                               AllOf(HasSubstr(options_.path), HasSubstr("backup"))));
}

TEST_F(OpenTest, SaysThatARecordIsDamaged) {
  auto store = Open();
  ASSERT_THAT(store, IsOk());
  ASSERT_THAT((*store)->Append(testing::MakeCard("w", "p", v1::SCORE_VERDICT_PASS, clock_.Now())),
              IsOk());
  ASSERT_THAT((*store)->Compact(), IsOk());
  store->reset();
  for (const fs::directory_entry& file : fs::directory_iterator(options_.path)) {
    if (file.path().extension() != ".sst") continue;
    // The first bytes are the records'; what RocksDB reads at the start stands at the end.
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.write("damaged!", 8);
  }
  store = Open();
  if (!store.ok()) {
    EXPECT_THAT(store, StatusIs(absl::StatusCode::kDataLoss));
    return;
  }
  EXPECT_THAT((*store)->VisitCardsAfter("", [](const v1::Scorecard&) { return true; }),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT((*store)->ReadTallies("w", "", absl::InfinitePast(), absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(OpenTest, SaysWhatKeepsItFromTheFolder) {
  fs::create_directories(root_);
  std::ofstream(root_ / "deep") << "a file";
  const auto store = Open();
  ASSERT_FALSE(store.ok());
  EXPECT_THAT(std::string(store.status().message()), HasSubstr(options_.path));
}

}  // namespace
}  // namespace warmpath
