// Measures the validator against the official JSON-Schema-Test-Suite and MaskBench.
//
//   WARMPATH_DATA=../shared/data bazel-bin/tests/scorer/json_schema/suite_tool [--all]
//
// Prints passed/total for each draft (required and optional tests apart), MaskBench's equal
// verdicts, and every disagreement. Exit code 1 if a required test fails or fewer than 99.5 % of
// MaskBench's verdicts are equal. Without the data it says so and exits with 0.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include "boost/json.hpp"
#include "scorer/json_schema/json_schema.h"

namespace warmpath {
namespace {

namespace json = boost::json;

struct Score {
  int passed = 0;
  int total = 0;
};

std::string Str(const json::value& value) {
  return std::string(value.as_string().data(), value.as_string().size());
}

Draft DraftNamed(const std::string& name) {
  if (name == "draft4") return Draft::k4;
  if (name == "draft6") return Draft::k6;
  if (name == "draft7") return Draft::k7;
  return name == "draft2019-09" ? Draft::k2019_09 : Draft::k2020_12;
}

template <typename Row>
void ForEachRow(const std::string& path, const Row& row) {
  std::ifstream file(path);
  json::parse_options parse;
  parse.max_depth = 500;
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    json::error_code error;
    const json::value value = json::parse(line, error, {}, parse);
    if (error) {
      std::cerr << path << ": a line is no JSON: " << error.message() << "\n";
      std::exit(2);
    }
    row(value.as_object());
  }
}

// Runs the tests of one row; prints each disagreement after `label`.
Score RunRow(const json::object& row, const SchemaCompileOptions& options,
             const std::string& label, bool print) {
  Score score;
  const auto schema = CompiledSchema::Compile(row.at("schema"), options);
  const json::array& tests = row.at("tests").as_array();
  score.total = static_cast<int>(tests.size());
  if (!schema.ok()) {
    if (print) std::cout << "  " << label << ": " << schema.status().ToString() << "\n";
    return score;
  }
  for (const json::value& test : tests) {
    const bool wanted = test.at("valid").as_bool();
    const ValidationResult result = (*schema)->Validate(test.at("data"));
    const SchemaVerdict verdict = (*schema)->Judge(test.at("data"));
    const bool consistent = result.valid == (verdict == SchemaVerdict::kValid) &&
                            result.errors.empty() == result.valid;
    if (result.complete && result.valid == wanted && consistent) {
      ++score.passed;
    } else if (print) {
      std::cout << "  " << label << ": " << Str(test.at("description")) << ": wanted "
                << (wanted ? "valid" : "invalid") << ", got "
                << (!result.complete ? "unknown: " + result.incomplete_reason
                    : result.valid   ? "valid"
                                     : "invalid: " + result.errors.front().message + " at " +
                                         result.errors.front().schema_pointer)
                << "\n";
    }
  }
  return score;
}

bool RunSuite(const std::string& data, bool all) {
  SchemaResolver resolver;
  ForEachRow(data + "/schema_testsuite_remotes.jsonl", [&](const json::object& row) {
    resolver.documents[Str(row.at("uri"))] = row.at("schema");
  });
  std::map<std::string, Score> required, optional;
  ForEachRow(data + "/schema_testsuite.jsonl", [&](const json::object& row) {
    SchemaCompileOptions options;
    const std::string draft = Str(row.at("draft"));
    options.default_draft = DraftNamed(draft);
    options.resolver = &resolver;
    const json::value& group = row.at("optional");
    options.assert_formats = group.is_string() && Str(group) == "optional/format";
    const bool is_required = group.is_null();
    const Score score = RunRow(row, options, Str(row.at("id")), is_required || all);
    Score& sum = is_required ? required[draft] : optional[draft + " " + Str(group)];
    sum.passed += score.passed;
    sum.total += score.total;
  });
  bool all_passed = true;
  for (const auto& [draft, score] : required) {
    std::cout << draft << " required: " << score.passed << "/" << score.total << "\n";
    all_passed = all_passed && score.passed == score.total;
  }
  for (const auto& [draft, score] : optional) {
    std::cout << draft << ": " << score.passed << "/" << score.total << "\n";
  }
  return all_passed;
}

bool RunMaskBench(const std::string& data) {
  Score sum;
  ForEachRow(data + "/schema_maskbench.jsonl", [&](const json::object& row) {
    const Score score = RunRow(row, {.assert_formats = true}, Str(row.at("id")), true);
    sum.passed += score.passed;
    sum.total += score.total;
  });
  std::cout << "MaskBench verdicts equal: " << sum.passed << "/" << sum.total << " ("
            << 100.0 * sum.passed / sum.total << " %)\n";
  return sum.passed * 1000LL >= sum.total * 995LL;
}

}  // namespace
}  // namespace warmpath

int main(int argc, char** argv) {
  const char* data = std::getenv("WARMPATH_DATA");
  if (data == nullptr || !std::ifstream(std::string(data) + "/schema_testsuite.jsonl")) {
    std::cout << "skipped: no data (set WARMPATH_DATA to the folder of schema_testsuite.jsonl)\n";
    return 0;
  }
  const bool all = argc > 1 && std::string(argv[1]) == "--all";
  const bool suite = warmpath::RunSuite(data, all);
  const bool maskbench = warmpath::RunMaskBench(data);
  return suite && maskbench ? 0 : 1;
}
