#include "base/yaml_report.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace warmpath {

void YamlReport::ProblemWith(const YamlNode& at, const std::string& path,
                             const std::string& message) {
  Problem(at, absl::StrCat(Readable(path), ": ", message));
}

void YamlReport::Problem(const YamlNode& at, std::string message) {
  problems_->push_back({file_, at.line, at.column, std::move(message)});
}

void YamlReport::Place(const std::string& path, const YamlNode& at) {
  if (sources_ != nullptr) sources_->Add(path, {at.line, at.column});
}

std::string YamlReport::Readable(const std::string& path) {
  if (path.empty()) return "the top level";
  return absl::StrReplaceAll(path, {{"[\"", "."}, {"\"]", ""}});
}

}  // namespace warmpath
