// JSON answers against the verdicts of StructuredRAG.
#include <fstream>
#include <sstream>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "scorer/contract.h"
#include "scorer/scorer.h"
#include "tests/bench/agreement_data.h"
#include "tests/bench/agreement_table.h"

namespace warmpath::bench {

namespace json = boost::json;

void MeasureStructuredRag(const std::string& directory, Report& report) {
  std::ifstream file(directory + "/schema_structuredrag_published.json");
  std::stringstream bytes;
  bytes << file.rdbuf();
  const auto published = ParseJson(bytes.str());
  const json::object* schemas = published.ok() ? FindObject(*published, "/schemas") : nullptr;
  if (schemas == nullptr) return report.Skip("structuredrag");
  absl::flat_hash_map<std::string, v1::Contract> contracts;
  for (const json::key_value_pair& member : *schemas) {
    v1::Contract contract;
    contract.set_output_schema_json(ToJson(member.value()));
    contracts[std::string(member.key().data(), member.key().size())] = contract;
  }
  int64_t total = 0, json_equal = 0, schema_equal = 0;
  ForEachRow(directory, "schema_structuredrag", [&](const json::object& row) {
    const auto contract = contracts.find(Text(row, "test"));
    if (contract == contracts.end()) return;
    const v1::Observation answer = TextAnswer(Text(row, "response"));
    const ScoreResult result = ScoreAll({{}, contract->second, nullptr, answer});
    bool is_json = result.scores[0].verdict() != v1::SCORE_VERDICT_NOT_APPLICABLE;
    for (const v1::Finding& finding : result.findings) {
      is_json = is_json && finding.kind() != v1::FINDING_KIND_NOT_JSON &&
                finding.kind() != v1::FINDING_KIND_EMPTY_OUTPUT &&
                finding.kind() != v1::FINDING_KIND_JSON_WRAPPED;
    }
    const bool fits = result.scores[0].verdict() == v1::SCORE_VERDICT_PASS;
    ++total;
    json_equal += is_json == Flag(row, "json_ok", false);
    schema_equal += fits == Flag(row, "schema_ok", false);
    if (fits != Flag(row, "schema_ok", false) || is_json != Flag(row, "json_ok", false)) {
      report.Disagrees("structuredrag", fits ? "fits" : "does not fit",
                       absl::StrCat(Text(row, "id"), " ", answer.text().substr(0, 300)));
    }
  });
  report.Share("structuredrag", "JSON or not, equal", json_equal, total, ">= 99.9 %");
  report.Share("structuredrag", "fits the schema or not, equal", schema_equal, total,
               ">= 99.9 %");
}

}  // namespace warmpath::bench
