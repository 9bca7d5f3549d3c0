// Where the YAML mapping puts what it learns: problems, and where values stood.
#pragma once

#include <string>
#include <vector>

#include "base/config_problem.h"
#include "base/yaml_tree.h"

namespace warmpath {

// Thread safety: thread-compatible. Ownership: borrows all it is given; `sources` may be null.
class YamlReport {
 public:
  YamlReport(const std::string& file, std::vector<ConfigProblem>* problems, SourceMap* sources)
      : file_(file), problems_(problems), sources_(sources) {}

  // A problem with the value at `path`, as "<path>: <message>".
  void ProblemWith(const YamlNode& at, const std::string& path, const std::string& message);
  // A problem whose message says all.
  void Problem(const YamlNode& at, std::string message);
  // The value at `path` stood here.
  void Place(const std::string& path, const YamlNode& at);

  // A path for people: workflows["support"].paths[1] as workflows.support.paths[1].
  static std::string Readable(const std::string& path);

 private:
  const std::string& file_;
  std::vector<ConfigProblem>* const problems_;
  SourceMap* const sources_;
};

}  // namespace warmpath
