// Another process for a test to end.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"

namespace warmpath::testing {

// A ChildProcess is this test binary once more, running one of its tests, a DISABLED_ one. (A mere fork
// would lack RocksDB's threads.) Killed, if it still runs, when it goes out of scope.
//
//   ChildProcess child("KillTest.DISABLED_Child", "some words");   // the child: ChildProcess::Words()
//   child.Read(26);
//   child.Kill();
//
// Thread safety: thread-compatible.
class ChildProcess {
 public:
  ChildProcess(const std::string& test, const std::string& words) {
    int out[2], in[2];
    if (pipe(out) != 0 || pipe(in) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      close(out[0]);
      close(in[1]);
      const std::string filter = absl::StrCat("--gtest_filter=", test);
      setenv("CHILD_WORDS", words.c_str(), 1);
      setenv("CHILD_OUT", std::to_string(out[1]).c_str(), 1);
      setenv("CHILD_IN", std::to_string(in[0]).c_str(), 1);
      // No report of its own: the parent's would be overwritten.
      unsetenv("XML_OUTPUT_FILE");
      execl("/proc/self/exe", "child", filter.c_str(), "--gtest_also_run_disabled_tests", nullptr);
      _exit(127);
    }
    close(out[1]);
    close(in[0]);
    from_child_ = out[0];
    to_child_ = in[1];
  }
  ~ChildProcess() {
    if (pid_ > 0) Kill();
    close(from_child_);
    close(to_child_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The next `size` bytes that the child told, or fewer if it ended.
  std::string Read(size_t size) {
    std::string bytes(size, '\0');
    size_t got = 0;
    while (got < size) {
      const ssize_t n = read(from_child_, bytes.data() + got, size - got);
      if (n <= 0) break;
      got += static_cast<size_t>(n);
    }
    bytes.resize(got);
    return bytes;
  }

  void SendKill() { kill(pid_, SIGKILL); }
  // Kills it and returns how it ended, as waitpid tells it.
  int Kill() {
    SendKill();
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

  // For the child: what it was given, its way to tell (each piece of up to 4 KiB whole or not at all), and
  // its way to wait until the parent goes.
  static std::string Words() { return std::getenv("CHILD_WORDS"); }
  static bool Tell(const std::string& bytes) {
    return write(std::atoi(std::getenv("CHILD_OUT")), bytes.data(), bytes.size()) ==
           static_cast<ssize_t>(bytes.size());
  }
  static void WaitForParent() {
    char byte = 0;
    if (read(std::atoi(std::getenv("CHILD_IN")), &byte, 1) != 0) std::abort();
  }

 private:
  pid_t pid_ = -1;
  int from_child_ = -1;
  int to_child_ = -1;
};

}  // namespace warmpath::testing
