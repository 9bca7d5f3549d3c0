#include "cli/score.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/line_reader.h"
#include "cli/score_row.h"
#include "cli/score_summary.h"

namespace warmpath {
namespace {

std::vector<InputLine> ReadBatch(std::istream& in, const ScoreOptions& options) {
  std::vector<InputLine> batch;
  size_t bytes = 0;
  while (batch.size() < options.batch_lines && bytes < options.batch_bytes) {
    InputLine line;
    if (!ReadInputLine(in, options.max_line_bytes, line)) break;
    if (IsBlank(line.text)) continue;
    bytes += line.text.size();
    batch.push_back(std::move(line));
  }
  return batch;
}

ScoredRow ScoreLine(const InputLine& line, const ScoreOptions& options) {
  if (!line.too_long) return ScoreRow(line.text, options.contracts);
  ScoredRow row;
  row.bad = true;
  row.json = absl::StrCat("{\"error\":\"the line is longer than ", options.max_line_bytes,
                          " bytes\"}");
  return row;
}

std::vector<ScoredRow> ScoreBatch(const std::vector<InputLine>& batch, int threads,
                                  const ScoreOptions& options) {
  std::vector<ScoredRow> rows(batch.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < batch.size(); i = next++) rows[i] = ScoreLine(batch[i], options);
  };
  std::vector<std::thread> helpers;
  const size_t useful = std::min(static_cast<size_t>(threads), batch.size());
  for (size_t i = 1; i < useful; ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  return rows;
}

}  // namespace

int RunScore(std::istream& in, std::ostream& out, std::ostream& err, const ScoreOptions& options) {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  const int threads = std::max(1, options.threads > 0 ? options.threads : cores);
  const auto start = std::chrono::steady_clock::now();
  ScoreSummary summary;
  while (true) {
    const std::vector<InputLine> batch = ReadBatch(in, options);
    if (batch.empty()) break;
    for (const ScoredRow& row : ScoreBatch(batch, threads, options)) {
      out << row.json << '\n';
      summary.Add(row);
    }
    if (!out.flush()) {
      err << "score: the output cannot be written\n";
      return 2;
    }
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  err << summary.ToString(elapsed.count());
  if (summary.HandsOverMoreThan(options.max_handovers)) {
    err << "score: more is handed to people than the allowed " << 100 * options.max_handovers
        << " %\n";
    return 3;
  }
  return summary.bad() > 0 ? 1 : 0;
}

}  // namespace warmpath
