#include "store/database.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/stable_hash.h"
#include "base/status_macros.h"
#include "rocksdb/env.h"
#include "rocksdb/listener.h"
#include "rocksdb/write_buffer_manager.h"
#include "store/rocksdb_status.h"

namespace warmpath {
namespace {

// Bounds what a start replays, and so how long it takes.
constexpr uint64_t kMaxWalBytes = uint64_t{16} << 20;
constexpr size_t kMaxRecentWriteBytes = size_t{16} << 20;
constexpr char kFormatKey[] = "format";
constexpr char kReplicaKey[] = "replica";
constexpr char kResumedKey[] = "resumed";

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

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
  db.avoid_flush_during_recovery = true;
  db.avoid_flush_during_shutdown = true;
  db.skip_stats_update_on_db_open = true;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.max_bgerror_resume_count = 0;
  db.info_log_level = rocksdb::WARN_LEVEL;
  db.max_log_file_size = size_t{1} << 20;
  db.keep_log_file_num = 2;
  return db;
}

}  // namespace

// Hears of errors in flushes and compactions too, which no caller sees.
class Database::ErrorListener final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    failed_ = true;
    // RocksDB takes most I/O errors for fatal until a new start, as acknowledged bytes may be lost in
    // its buffer for the log. Here each write leaves that buffer before it is acknowledged, so the
    // remedy for a full disk, to flush and start a new log, serves all of them.
    if (error->IsIOError() && error->severity() == rocksdb::Status::Severity::kFatalError) {
      *error = rocksdb::Status(*error, rocksdb::Status::Severity::kHardError);
    }
  }
  // RocksDB would poll from a thread of its own; Database::Write tries instead.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

  bool failed() const { return failed_; }
  void SetFailed() { failed_ = true; }
  void Clear() { failed_ = false; }

 private:
  std::atomic<bool> failed_{false};
};

Database::Database(const ScoreStoreOptions& options, const Clock& clock)
    : options_(options),
      clock_(clock),
      env_(options.env != nullptr ? options.env : rocksdb::Env::Default()),
      listener_(std::make_shared<ErrorListener>()) {}

Database::~Database() {
  if (db_ == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  db_->Close();
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const ScoreStoreOptions& options,
                                                         const Clock& clock) {
  if (options.path.empty()) return absl::InvalidArgumentError("the store's path is empty");
  std::unique_ptr<Database> database(new Database(options, clock));
  RETURN_IF_ERROR(database->CheckFormat());
  RETURN_IF_ERROR(database->OpenDb());
  RETURN_IF_ERROR(database->Initialize());
  return database;
}

absl::Status Database::OpenError(const rocksdb::Status& status) const {
  const std::string store = absl::StrCat("store ", options_.path);
  if (IsHeldByAnother(status)) {
    return absl::FailedPreconditionError(
        absl::StrCat(store, " is held by another process: stop that one (`fuser ", options_.path,
                     "/LOCK` names it) or give this one a folder of its own"));
  }
  return FromRocksDb(status, absl::StrCat(store, " cannot be opened"));
}

namespace {

absl::Status CheckFormatText(const std::string& path, const std::string& text) {
  int format = 0;
  if (!absl::SimpleAtoi(text, &format) || format < 1) {
    return absl::DataLossError(absl::StrCat(
        "store ", path, " has no readable format version; restore the folder from a backup, or ",
        "move it away to start with an empty one"));
  }
  if (format > kStoreFormat) {
    return absl::FailedPreconditionError(absl::StrCat(
        "store ", path, " has format ", format, ", this warmpathd reads up to ", kStoreFormat,
        ": start the version that wrote it, or give this one a folder of its own"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Database::UnknownFamilyError(const std::string& family) const {
  return absl::FailedPreconditionError(absl::StrCat(
      "store ", options_.path, " holds the column family '", family,
      "', which this warmpathd does not know: a newer version or another program wrote it; give ",
      "this one a folder of its own"));
}

// Looks at the format without touching anything, so that a newer store stays as it is. Whatever
// keeps it from looking is left for OpenDb to report.
absl::Status Database::CheckFormat() {
  rocksdb::DBOptions db_options;
  db_options.env = env_;
  db_options.info_log = std::make_shared<SilentLogger>();
  db_options.max_open_files = 16;
  std::vector<std::string> families;
  if (!rocksdb::DB::ListColumnFamilies(db_options, options_.path, &families).ok()) {
    return absl::OkStatus();
  }
  if (std::find(families.begin(), families.end(), kColumnFamilyNames[0]) != families.end()) {
    std::vector<rocksdb::ColumnFamilyDescriptor> wanted = {
        {rocksdb::kDefaultColumnFamilyName, {}}, {kColumnFamilyNames[0], {}}};
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    std::string format;
    if (rocksdb::DB::OpenForReadOnly(db_options, options_.path, wanted, &handles, &raw).ok()) {
      const std::unique_ptr<rocksdb::DB> db(raw);
      const bool found = db->Get({}, handles[1], kFormatKey, &format).ok();
      for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
      if (found) RETURN_IF_ERROR(CheckFormatText(options_.path, format));
    }
  }
  for (const std::string& family : families) {
    const bool known = family == rocksdb::kDefaultColumnFamilyName ||
                       std::find(kColumnFamilyNames.begin(), kColumnFamilyNames.end(), family) !=
                           kColumnFamilyNames.end();
    if (!known) return UnknownFamilyError(family);
  }
  return absl::OkStatus();
}

absl::Status Database::OpenDb() {
  if (rocksdb::Status s = CreateFolders(env_, options_.path); !s.ok()) return OpenError(s);
  rocksdb::DBOptions db_options = MakeDbOptions(options_, env_);
  db_options.listeners.push_back(listener_);
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(
      db_options, options_.path, DescribeColumnFamilies(options_, clock_), &handles_, &raw);
  if (!status.ok()) return OpenError(status);
  db_.reset(raw);
  env_->LowerThreadPoolCPUPriority(rocksdb::Env::LOW);
  env_->LowerThreadPoolIOPriority(rocksdb::Env::LOW);
  return absl::OkStatus();
}

absl::Status Database::Initialize() {
  ASSIGN_OR_RETURN(const std::optional<std::string> format, Get(ColumnFamily::kMeta, kFormatKey));
  if (format.has_value()) {
    RETURN_IF_ERROR(CheckFormatText(options_.path, *format));
    ASSIGN_OR_RETURN(const std::optional<std::string> replica,
                     Get(ColumnFamily::kMeta, kReplicaKey));
    replica_ = replica.value_or("");
    return absl::OkStatus();
  }
  replica_ = HashHex(options_.id_seed.has_value() ? *options_.id_seed
                                                  : absl::Uniform<uint64_t>(absl::BitGen()));
  rocksdb::WriteBatch batch;
  batch.Put(Handle(ColumnFamily::kMeta), kFormatKey, std::to_string(kStoreFormat));
  batch.Put(Handle(ColumnFamily::kMeta), kReplicaKey, replica_);
  return Write(&batch, /*sync=*/true);
}

absl::Status Database::Write(rocksdb::WriteBatch* batch, bool sync) {
  if (log_broken_ || listener_->failed()) TryToResume();
  if (log_broken_) return write_error();
  rocksdb::WriteOptions write_options;
  write_options.sync = sync;
  const rocksdb::Status status = db_->Write(write_options, batch);
  log_broken_ = !status.ok();
  absl::Status result =
      status.ok() ? absl::OkStatus()
                  : FromRocksDb(status, absl::StrCat("store ", options_.path, " cannot be written"));
  absl::MutexLock lock(&mutex_);
  write_error_ = result;
  return result;
}

void Database::TryToResume() {
  const absl::Time now = clock_.Now();
  const bool clock_went_back = now < last_resume_;
  if (!clock_went_back && now - last_resume_ < kResumeInterval) return;
  last_resume_ = now;
  listener_->Clear();
  rocksdb::Status status = db_->Resume();
  if (status.ok()) status = StartNewLog();
  if (status.ok()) {
    log_broken_ = false;
  } else {
    listener_->SetFailed();
  }
}

// The failed write may have left half a record in the log. A restart reads no further than that, and
// RocksDB 7.8 aborts when the same log is written to again. Resume starts a new one only while something
// is there to be flushed, so see to that, past the log.
rocksdb::Status Database::StartNewLog() {
  rocksdb::WriteOptions past_log;
  past_log.disableWAL = true;
  rocksdb::ColumnFamilyHandle* meta = Handle(ColumnFamily::kMeta);
  rocksdb::Status status =
      db_->Put(past_log, meta, kResumedKey, absl::FormatTime(clock_.Now(), absl::UTCTimeZone()));
  if (!status.ok()) return status;
  // Where Resume has not started a new log, this runs into the old one's error, and only a Resume
  // after that gets over it.
  status = db_->Flush({}, meta);
  return status.ok() ? status : db_->Resume();
}

absl::StatusOr<std::optional<std::string>> Database::Get(ColumnFamily family,
                                                         std::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get({}, Handle(family), ToSlice(key), &value);
  if (status.ok()) return std::optional(std::move(value));
  if (status.IsNotFound()) return std::optional<std::string>();
  return FromRocksDb(status, absl::StrCat("store ", options_.path, ": ",
                                          Handle(family)->GetName(), " cannot be read"));
}

std::unique_ptr<rocksdb::Iterator> Database::NewIterator(
    ColumnFamily family, const rocksdb::ReadOptions& options) const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, Handle(family)));
}

absl::Status Database::Check(const rocksdb::Iterator& iterator, ColumnFamily family) const {
  return FromRocksDb(iterator.status(), absl::StrCat("store ", options_.path, ": ",
                                                     Handle(family)->GetName(), " cannot be read"));
}

absl::StatusOr<std::optional<std::string>> Database::LastKey(ColumnFamily family) const {
  const std::unique_ptr<rocksdb::Iterator> iterator = NewIterator(family, {});
  iterator->SeekToLast();
  if (iterator->Valid()) return std::optional(iterator->key().ToString());
  RETURN_IF_ERROR(Check(*iterator, family));
  return std::optional<std::string>();
}

absl::Status Database::Compact() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    const rocksdb::Status status = db_->CompactRange({}, handle, nullptr, nullptr);
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
