// Prints one table: how far the scorers agree with verdicts that others made.
//
//   WARMPATH_DATA=../shared/data bazel run //tests/bench:agreement -- [--show N]
//
// --show N prints up to N disagreeing rows of each kind to stderr. Sets that are not there are skipped.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/bench/agreement_table.h"

int main(int argc, char** argv) {
  const char* directory = std::getenv("WARMPATH_DATA");
  const std::string data = directory != nullptr ? directory : "../shared/data";
  int shown = 0;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--show") == 0 && i + 1 < argc) {
      shown = std::atoi(argv[++i]);
    } else if (std::strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
      only = argv[++i];
    } else {
      std::fprintf(stderr, "usage: agreement [--show N] [--only SET]\n");
      return 2;
    }
  }
  struct Measurement {
    const char* name;
    void (*run)(const std::string&, warmpath::bench::Report&);
  };
  static constexpr Measurement kMeasurements[] = {
      {"structuredrag", warmpath::bench::MeasureStructuredRag},
      {"truth", warmpath::bench::MeasureBfclTruth},
      {"divergence", warmpath::bench::MeasureBfclDivergence},
      {"rerun", warmpath::bench::MeasureBfclRerun},
      {"when2call", warmpath::bench::MeasureWhen2Call},
      {"xstest", warmpath::bench::MeasureXsTest},
      {"speechmap", warmpath::bench::MeasureSpeechMap},
      {"errors", warmpath::bench::MeasureToolErrors},
  };
  warmpath::bench::Report report(shown);
  for (const Measurement& measurement : kMeasurements) {
    if (only.empty() || only == measurement.name) measurement.run(data, report);
  }
  std::printf("%s", report.ToString().c_str());
  return 0;
}
