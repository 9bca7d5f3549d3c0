// A file system that fails or loses power when told.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/synchronization/mutex.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace warmpath::testing {

// A FaultFileSystem passes everything on to another file system, but can refuse to write, and can
// forget what was never synced.
//
//   auto files = std::make_shared<FaultFileSystem>(env->GetFileSystem());
//   std::unique_ptr<rocksdb::Env> faulty_env = NewFaultyEnv(files);
//   files->FailWritesAfter(10, rocksdb::IOStatus::NoSpace("disk full"));
//   files->Heal();
//
// Thread safety: all methods may be called concurrently.
class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultFileSystem(std::shared_ptr<rocksdb::FileSystem> base);

  // Lets `count` more writes through (of bytes, syncs, new files, renames), then fails each with
  // `error`. An append that fails writes the first half of its bytes, as a full disk does.
  void FailWritesAfter(int count, rocksdb::IOStatus error);
  // Writing works again.
  void Heal();
  // Writes that were tried since the last FailWritesAfter, Heal or the start.
  int writes() const;
  // How many failed since then.
  int failures() const;

  // Cuts every file back to what was synced, as a power cut may. REQUIRES: no file is open for writing.
  void DropUnsynced();

  const char* Name() const override { return "FaultFileSystem"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override;

 private:
  class File;
  struct Sizes {
    uint64_t written = 0;
    uint64_t synced = 0;
  };

  // OK if one more write may go through.
  rocksdb::IOStatus Admit();
  void Wrote(const std::string& name, uint64_t bytes);
  void Synced(const std::string& name);

  mutable absl::Mutex mutex_;
  std::optional<int> writes_left_;
  rocksdb::IOStatus error_;
  int writes_ = 0;
  int failures_ = 0;
  std::map<std::string, Sizes> sizes_;
};

// An Env over `files`, on which RocksDB doesn't sleep: it would for a second after each error.
std::unique_ptr<rocksdb::Env> NewFaultyEnv(std::shared_ptr<FaultFileSystem> files);

}  // namespace warmpath::testing
