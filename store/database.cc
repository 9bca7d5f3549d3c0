#include "store/database.h"

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "rocksdb/env.h"
#include "rocksdb/listener.h"
#include "rocksdb/write_buffer_manager.h"
#include "store/format_check.h"
#include "store/rocksdb_status.h"

namespace warmpath {
namespace {

// Bounds what a start replays, and so how long it takes.
constexpr uint64_t kMaxWalBytes = uint64_t{8} << 20;
constexpr size_t kMaxRecentWriteBytes = size_t{16} << 20;
// What must fit on the disk before the database is opened anew: more than opening writes, which is the
// replayed log as tables, and some. Debian's RocksDB is built with assertions, and one of them ends the
// process if the disk fills up again in the middle of opening.
constexpr size_t kProbeBytes = kMaxWalBytes + (size_t{4} << 20);

rocksdb::Status CreateFolders(rocksdb::Env* env, const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    if (env->FileExists(parent).ok()) continue;
    if (rocksdb::Status s = env->CreateDirIfMissing(parent); !s.ok()) return s;
  }
  return env->CreateDirIfMissing(path);
}

bool IsHeldByAnother(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsIOError() && (text.find("While lock file") != std::string::npos ||
                                text.find("lock hold by current process") != std::string::npos);
}

absl::Status OpenError(const std::string& path, const rocksdb::Status& status) {
  if (IsHeldByAnother(status)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "store ", path, " is held by another process: stop that one (`fuser ", path,
        "/LOCK` names it) or give this one a folder of its own"));
  }
  return FromRocksDb(status, absl::StrCat("store ", path, " cannot be opened"));
}

// Hands RocksDB's errors on to the process's log. Its own log file would stand on the same disk as the
// data, and Debian's build, which has assertions, ends the process when that file meets a full disk.
class LogBridge final : public rocksdb::Logger {
 public:
  LogBridge() : Logger(rocksdb::InfoLogLevel::ERROR_LEVEL) {}
  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    char text[1024];
    if (std::vsnprintf(text, sizeof(text), format, arguments) < 0) return;
    LogError("rocksdb", {{"message", text}});
  }
  // The options, at every start.
  void LogHeader(const char*, va_list) override {}
};

rocksdb::DBOptions MakeDbOptions(const ScoreStoreOptions& options, rocksdb::Env* env) {
  rocksdb::DBOptions db;
  db.env = env;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.max_background_jobs = 2;
  db.max_open_files = 256;
  db.max_file_opening_threads = 1;
  db.max_total_wal_size = kMaxWalBytes;
  db.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(
      std::min(kMaxRecentWriteBytes, options.cache_bytes / 2));
  // The one writer at a time is the commit queue's leader.
  db.allow_concurrent_memtable_write = false;
  db.enable_write_thread_adaptive_yield = false;
  db.avoid_flush_during_shutdown = true;
  db.skip_stats_update_on_db_open = true;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.max_bgerror_resume_count = 0;
  db.info_log = std::make_shared<LogBridge>();
  return db;
}

}  // namespace

// Hears of errors in flushes and compactions too, which no caller sees.
class Database::ErrorListener final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status*) override {
    failed_ = true;
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

  bool failed() const { return failed_; }
  void Clear() { failed_ = false; }

 private:
  std::atomic<bool> failed_{false};
};

Database::Database(const ScoreStoreOptions& options, const Clock& clock)
    : options_(options),
      clock_(clock),
      env_(options.env != nullptr ? options.env : rocksdb::Env::Default()),
      listener_(std::make_shared<ErrorListener>()) {}

Database::~Database() = default;

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const ScoreStoreOptions& options,
                                                         const Clock& clock) {
  if (options.path.empty()) return absl::InvalidArgumentError("the store's path is empty");
  std::unique_ptr<Database> database(new Database(options, clock));
  RETURN_IF_ERROR(CheckFormat(options.path, database->env_));
  if (rocksdb::Status s = CreateFolders(database->env_, options.path); !s.ok()) {
    return OpenError(options.path, s);
  }
  ASSIGN_OR_RETURN(std::shared_ptr<OpenDatabase> open, database->OpenDb());
  {
    absl::MutexLock lock(&database->mutex_);
    database->open_ = std::move(open);
  }
  RETURN_IF_ERROR(database->Initialize());
  return database;
}

absl::StatusOr<std::shared_ptr<OpenDatabase>> Database::OpenDb() const {
  rocksdb::DBOptions db_options = MakeDbOptions(options_, env_);
  db_options.listeners.push_back(listener_);
  auto open = std::make_shared<OpenDatabase>();
  open->path = options_.path;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(db_options, options_.path, DescribeColumnFamilies(options_, clock_),
                        &open->handles, &db);
  if (!status.ok()) return OpenError(options_.path, status);
  open->db.reset(db);
  env_->LowerThreadPoolCPUPriority(rocksdb::Env::LOW);
  env_->LowerThreadPoolIOPriority(rocksdb::Env::LOW);
  return open;
}

std::shared_ptr<OpenDatabase> Database::OpenForReading() const {
  auto open = std::make_shared<OpenDatabase>();
  open->path = options_.path;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(
      MakeDbOptions(options_, env_), options_.path, DescribeColumnFamilies(options_, clock_),
      &open->handles, &db);
  if (!status.ok()) return nullptr;
  open->db.reset(db);
  return open;
}

absl::Status Database::Initialize() {
  rocksdb::WriteBatch batch;
  {
    const DatabaseView view = View();
    ASSIGN_OR_RETURN(const std::optional<std::string> format,
                     view.Get(ColumnFamily::kMeta, kFormatKey));
    ASSIGN_OR_RETURN(const std::optional<std::string> replica,
                     view.Get(ColumnFamily::kMeta, kReplicaKey));
    replica_ = replica.value_or("");
    if (format.has_value()) return CheckFormatText(options_.path, *format);
    replica_ = HashHex(options_.id_seed.has_value() ? *options_.id_seed
                                                    : absl::Uniform<uint64_t>(absl::BitGen()));
    batch.Put(view.Handle(ColumnFamily::kMeta), kFormatKey, std::to_string(kStoreFormat));
    batch.Put(view.Handle(ColumnFamily::kMeta), kReplicaKey, replica_);
  }
  return Write(std::move(batch), /*sync=*/true);
}

DatabaseView Database::View() const {
  absl::MutexLock lock(&mutex_);
  return DatabaseView(open_);
}

absl::Status Database::PrepareWrite() {
  if (broken_ || listener_->failed()) TryToReopen();
  return broken_ ? write_error() : absl::OkStatus();
}

absl::Status Database::Write(rocksdb::WriteBatch batch, bool sync) {
  rocksdb::WriteOptions write_options;
  write_options.sync = sync;
  const rocksdb::Status status = View().db()->Write(write_options, &batch);
  broken_ = !status.ok();
  absl::Status result =
      FromRocksDb(status, absl::StrCat("store ", options_.path, " cannot be written"));
  absl::MutexLock lock(&mutex_);
  write_error_ = result;
  return result;
}

void Database::TryToReopen() {
  const absl::Time now = clock_.Now();
  const bool clock_went_back = now < last_reopen_;
  if (!clock_went_back && now - last_reopen_ < kReopenInterval) return;
  {
    absl::MutexLock lock(&mutex_);
    if (open_.use_count() > 1) return;  // somebody reads: a later write tries again
  }
  last_reopen_ = now;
  if (!Probe().ok()) return;
  absl::MutexLock lock(&mutex_);
  if (open_.use_count() > 1) return;
  listener_->Clear();
  open_.reset();
  absl::StatusOr<std::shared_ptr<OpenDatabase>> open = OpenDb();
  broken_ = !open.ok();
  open_ = open.ok() ? *std::move(open) : OpenForReading();
  if (broken_) write_error_ = open.status();
}

// Free space as the file system tells it says little of quotas and of broken disks.
absl::Status Database::Probe() const {
  const std::string file = options_.path + "/PROBE";
  const rocksdb::Status status =
      rocksdb::WriteStringToFile(env_, std::string(kProbeBytes, 'x'), file, /*should_sync=*/true);
  env_->DeleteFile(file).PermitUncheckedError();
  return FromRocksDb(status, "the disk takes no data");
}

absl::Status Database::Compact() {
  const DatabaseView view = View();
  for (size_t i = 0; view.is_open() && i < kColumnFamilyNames.size(); ++i) {
    const rocksdb::Status status = view.db()->CompactRange(
        {}, view.Handle(static_cast<ColumnFamily>(i)), nullptr, nullptr);
    if (!status.ok()) {
      return FromRocksDb(status, absl::StrCat("store ", options_.path, " cannot be compacted"));
    }
  }
  return absl::OkStatus();
}

absl::Status Database::write_error() const {
  absl::MutexLock lock(&mutex_);
  return write_error_;
}

int64_t Database::SizeBytes() const {
  std::vector<rocksdb::Env::FileAttributes> files;
  if (!env_->GetChildrenFileAttributes(options_.path, &files).ok()) return 0;
  int64_t size = 0;
  for (const rocksdb::Env::FileAttributes& file : files) {
    size += static_cast<int64_t>(file.size_bytes);
  }
  return size;
}

}  // namespace warmpath
