#include "base/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace warmpath {
namespace {

constexpr std::string_view kEnvironment = "env:";
constexpr std::string_view kFile = "file:";
constexpr size_t kMaxSecretBytes = 64 * 1024;

bool IsVariableName(std::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name[0])) return false;
  for (char c : name) {
    if (!absl::ascii_isalnum(c) && c != '_') return false;
  }
  return true;
}

absl::StatusOr<std::string> Trimmed(std::string secret, const std::string& where) {
  if (!secret.empty() && secret.back() == '\n') {
    secret.pop_back();
    if (!secret.empty() && secret.back() == '\r') secret.pop_back();
  }
  if (secret.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("the secret in ", where, " is empty"));
  }
  return secret;
}

absl::StatusOr<std::string> FromEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) {
    return absl::NotFoundError(absl::StrCat("the environment variable ", name,
                                            " is not set; set it before starting the process"));
  }
  return Trimmed(value, absl::StrCat("the environment variable ", name));
}

absl::Status FileError(const std::string& path, int error) {
  const std::string message =
      absl::StrCat("cannot read the secret file ", path, ": ", std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(message) : absl::FailedPreconditionError(message);
}

absl::StatusOr<std::string> FromFile(const std::string& path) {
  // Not blocking: opening a named pipe would otherwise wait for a writer.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return FileError(path, errno);
  absl::Cleanup close_fd = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return FileError(path, errno);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the secret file ", path, " is not a regular file"));
  }
  std::string secret(kMaxSecretBytes + 1, '\0');
  size_t size = 0;
  while (size < secret.size()) {
    const ssize_t got = read(fd, secret.data() + size, secret.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(path, errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > kMaxSecretBytes) {
    return absl::FailedPreconditionError(
        absl::StrCat("the secret file ", path, " is larger than 64 KiB"));
  }
  secret.resize(size);
  return Trimmed(std::move(secret), absl::StrCat("the file ", path));
}

}  // namespace

absl::Status CheckSecretReference(std::string_view reference) {
  if (reference.starts_with(kEnvironment)) {
    if (IsVariableName(reference.substr(kEnvironment.size()))) return absl::OkStatus();
    return absl::InvalidArgumentError(
        "what follows env: is not the name of an environment variable; "
        "write env:NAME with letters, digits and '_'");
  }
  if (reference.starts_with(kFile)) {
    if (reference != kFile && reference.find('\0') == std::string_view::npos)
      return absl::OkStatus();
    return absl::InvalidArgumentError("file: names no file; write file:/path/to/the/secret");
  }
  return absl::InvalidArgumentError(
      "a secret must not stand in the config itself; put it into an environment variable and "
      "write env:NAME, or into a file and write file:/path");
}

absl::StatusOr<std::string> ResolveSecret(std::string_view reference) {
  RETURN_IF_ERROR(CheckSecretReference(reference));
  if (reference.starts_with(kEnvironment)) {
    return FromEnvironment(std::string(reference.substr(kEnvironment.size())));
  }
  return FromFile(std::string(reference.substr(kFile.size())));
}

}  // namespace warmpath
