#include "base/config_problem.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

// `path` without its last part; empty when it has only one.
std::string_view Enclosing(std::string_view path) {
  size_t last = 0;
  bool quoted = false;
  for (size_t i = 0; i < path.size(); ++i) {
    if (quoted && path[i] == '\\') {
      ++i;
    } else if (path[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (path[i] == '.' || path[i] == '[')) {
      last = i;
    }
  }
  return path.substr(0, last);
}

}  // namespace

std::string ConfigProblem::ToString() const {
  return absl::StrCat(file, ":", line, ":", column, ": ", message);
}

absl::Status ConfigProblemsToStatus(const std::vector<ConfigProblem>& problems) {
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrJoin(problems, "\n", [](std::string* out, const ConfigProblem& problem) {
        absl::StrAppend(out, problem.ToString());
      }));
}

SourceMap::Position SourceMap::Find(std::string_view path) const {
  for (; !path.empty(); path = Enclosing(path)) {
    const auto found = positions_.find(ToAbsl(path));
    if (found != positions_.end()) return found->second;
  }
  return Position{};
}

ConfigProblem SourceMap::ProblemAt(std::string_view path, std::string message) const {
  const Position position = Find(path);
  return {file_, position.line, position.column, std::move(message)};
}

std::string PathAppendField(std::string_view path, std::string_view field) {
  return absl::StrCat(ToAbsl(path), path.empty() ? "" : ".", ToAbsl(field));
}

std::string PathAppendKey(std::string_view path, std::string_view key) {
  return absl::StrCat(ToAbsl(path), "[\"",
                      absl::StrReplaceAll(ToAbsl(key), {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"]");
}

std::string PathAppendIndex(std::string_view path, size_t index) {
  return absl::StrCat(ToAbsl(path), "[", index, "]");
}

}  // namespace warmpath
