// One table of figures, and the rows that disagree.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace warmpath::bench {

// A Report collects what each measurement finds.
//
// Thread safety: none; one thread.
class Report {
 public:
  // Prints up to `shown` disagreeing rows of each measurement to stderr.
  explicit Report(int shown) : shown_(shown) {}

  // A line of the table: `figure` is counted / total.
  void Share(const std::string& set, const std::string& figure, int64_t counted, int64_t total,
             const std::string& goal);
  void Value(const std::string& set, const std::string& figure, double value,
             const std::string& goal);
  // A row whose verdict is not the label's.
  void Disagrees(const std::string& set, const std::string& kind, const std::string& row);
  void Skip(const std::string& set);

  // The whole table.
  std::string ToString() const;

 private:
  struct Line {
    std::string set, figure, reached, goal, counts;
  };
  const int shown_;
  std::vector<Line> lines_;
  std::map<std::string, int> disagreements_;
};

// Each measurement reads its files in `directory`, and skips where they are not.
void MeasureBfclTruth(const std::string& directory, Report& report);
void MeasureBfclDivergence(const std::string& directory, Report& report);
void MeasureBfclRerun(const std::string& directory, Report& report);
void MeasureXsTest(const std::string& directory, Report& report);
void MeasureSpeechMap(const std::string& directory, Report& report);
void MeasureWhen2Call(const std::string& directory, Report& report);
void MeasureToolErrors(const std::string& directory, Report& report);
void MeasureStructuredRag(const std::string& directory, Report& report);

}  // namespace warmpath::bench
