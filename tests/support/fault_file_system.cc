#include "tests/support/fault_file_system.h"

#include <algorithm>
#include <utility>

#include "rocksdb/system_clock.h"

namespace warmpath::testing {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class FaultFileSystem::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(FaultFileSystem& files, std::string name, std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), files_(files), name_(std::move(name)) {}

  using FSWritableFileOwnerWrapper::Append;
  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
    const IOStatus admitted = files_.Admit();
    const Slice part(data.data(), admitted.ok() ? data.size() : data.size() / 2);
    const IOStatus written = FSWritableFileOwnerWrapper::Append(part, options, context);
    if (written.ok()) files_.Wrote(name_, part.size());
    return admitted.ok() ? written : admitted;
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* context) override {
    return Append(data, options, context);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    if (IOStatus admitted = files_.Admit(); !admitted.ok()) return admitted;
    const IOStatus status = FSWritableFileOwnerWrapper::Sync(options, context);
    if (status.ok()) files_.Synced(name_);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return Sync(options, context);
  }

 private:
  FaultFileSystem& files_;
  const std::string name_;
};

FaultFileSystem::FaultFileSystem(std::shared_ptr<rocksdb::FileSystem> base)
    : FileSystemWrapper(std::move(base)) {}

void FaultFileSystem::FailWritesAfter(int count, IOStatus error) {
  absl::MutexLock lock(&mutex_);
  writes_left_ = count;
  error_ = std::move(error);
  writes_ = failures_ = 0;
}

void FaultFileSystem::Heal() {
  absl::MutexLock lock(&mutex_);
  writes_left_.reset();
  writes_ = failures_ = 0;
}

int FaultFileSystem::writes() const {
  absl::MutexLock lock(&mutex_);
  return writes_;
}

int FaultFileSystem::failures() const {
  absl::MutexLock lock(&mutex_);
  return failures_;
}

IOStatus FaultFileSystem::Admit() {
  absl::MutexLock lock(&mutex_);
  ++writes_;
  if (!writes_left_.has_value() || --*writes_left_ >= 0) return IOStatus::OK();
  writes_left_ = 0;
  ++failures_;
  return error_;
}

void FaultFileSystem::Wrote(const std::string& name, uint64_t bytes) {
  absl::MutexLock lock(&mutex_);
  sizes_[name].written += bytes;
}

void FaultFileSystem::Synced(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  Sizes& sizes = sizes_[name];
  sizes.synced = sizes.written;
}

void FaultFileSystem::DropUnsynced() {
  absl::MutexLock lock(&mutex_);
  for (auto& [name, sizes] : sizes_) {
    if (sizes.written == sizes.synced) continue;
    std::string content;
    if (!rocksdb::ReadFileToString(target(), name, &content).ok()) continue;
    content.resize(std::min<size_t>(content.size(), sizes.synced));
    rocksdb::WriteStringToFile(target(), content, name, /*should_sync=*/true)
        .PermitUncheckedError();
    sizes.written = sizes.synced;
  }
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& name,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* context) {
  if (IOStatus admitted = Admit(); !admitted.ok()) return admitted;
  std::unique_ptr<rocksdb::FSWritableFile> inner;
  IOStatus status = FileSystemWrapper::NewWritableFile(name, options, &inner, context);
  if (!status.ok()) return status;
  {
    absl::MutexLock lock(&mutex_);
    sizes_[name] = {};
  }
  *file = std::make_unique<File>(*this, name, std::move(inner));
  return status;
}

IOStatus FaultFileSystem::DeleteFile(const std::string& name, const IOOptions& options,
                                     IODebugContext* context) {
  {
    absl::MutexLock lock(&mutex_);
    sizes_.erase(name);
  }
  return FileSystemWrapper::DeleteFile(name, options, context);
}

IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to,
                                     const IOOptions& options, IODebugContext* context) {
  if (IOStatus admitted = Admit(); !admitted.ok()) return admitted;
  IOStatus status = FileSystemWrapper::RenameFile(from, to, options, context);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  if (const auto moved = sizes_.find(from); moved != sizes_.end()) {
    sizes_[to] = moved->second;
    sizes_.erase(moved);
  }
  return status;
}

namespace {

class SleeplessClock final : public rocksdb::SystemClockWrapper {
 public:
  using SystemClockWrapper::SystemClockWrapper;
  const char* Name() const override { return "SleeplessClock"; }
  void SleepForMicroseconds(int) override {}
};

class SleeplessEnv final : public rocksdb::EnvWrapper {
 public:
  explicit SleeplessEnv(std::unique_ptr<rocksdb::Env> env) : EnvWrapper(std::move(env)) {
    system_clock_ = std::make_shared<SleeplessClock>(system_clock_);
  }
  const char* Name() const override { return "SleeplessEnv"; }
};

}  // namespace

std::unique_ptr<rocksdb::Env> NewFaultyEnv(std::shared_ptr<FaultFileSystem> files) {
  return std::make_unique<SleeplessEnv>(rocksdb::NewCompositeEnv(std::move(files)));
}

}  // namespace warmpath::testing
