// What is wrong with a config file, and where.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

namespace warmpath {

// One thing to put right in a file. `message` names the thing and the remedy.
struct ConfigProblem {
  std::string file;
  int line = 1;    // from 1
  int column = 1;  // from 1
  std::string message;

  // "warmpath.yaml:12:3: unknown key ..."
  std::string ToString() const;
  bool operator==(const ConfigProblem&) const = default;
};

// OK if there is none, else INVALID_ARGUMENT with one problem a line.
absl::Status ConfigProblemsToStatus(const std::vector<ConfigProblem>& problems);

// A SourceMap knows on which line of a file each value stood, so that checks which run after
// parsing can name it.
//
//   problems.push_back(sources.ProblemAt("workflows[\"support\"].paths[1].provider", "..."));
//
// Paths: field names joined by '.', elements as [0], map entries as ["key"], where a backslash
// escapes '"' and itself (PathAppendKey writes it). A path that stands nowhere in the file, as a
// value that was left out, has the place of the nearest enclosing one that does.
//
// Thread safety: thread-compatible.
class SourceMap {
 public:
  struct Position {
    int line = 1;
    int column = 1;
  };

  SourceMap() = default;
  explicit SourceMap(std::string file) : file_(std::move(file)) {}

  void Add(const std::string& path, Position position) { positions_[path] = position; }

  // The place of `path`, else of what encloses it, else the start of the file.
  Position Find(std::string_view path) const;
  ConfigProblem ProblemAt(std::string_view path, std::string message) const;
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  absl::flat_hash_map<std::string, Position> positions_;
};

// `path` with a field, map entry or element added: "a.b", "a[\"k\"]", "a[0]".
std::string PathAppendField(std::string_view path, std::string_view field);
std::string PathAppendKey(std::string_view path, std::string_view key);
std::string PathAppendIndex(std::string_view path, size_t index);

}  // namespace warmpath
