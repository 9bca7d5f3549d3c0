// How scorers build their results.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "scorer/scorer.h"
#include "warmpath/v1/score.pb.h"

namespace warmpath {

// A FindingList collects the findings of one dimension and turns them into its result.
//
//   FindingList findings(v1::DIMENSION_SCHEMA);
//   findings.Violation(v1::FINDING_KIND_NOT_JSON, "", "the answer is not JSON");
//   return findings.Finish(0.0);
//
// Thread safety: thread-compatible; one per scoring.
// Bounded: keeps at most kMaxFindings and says how many more there were; the worst severity seen is
//   never lost.
class FindingList {
 public:
  static constexpr size_t kMaxFindings = 50;

  explicit FindingList(v1::Dimension dimension) : dimension_(dimension) {}

  // Messages never hold content of requests or answers.
  void Info(v1::FindingKind kind, std::string_view pointer, std::string_view message);
  void Violation(v1::FindingKind kind, std::string_view pointer, std::string_view message);
  void Severe(v1::FindingKind kind, std::string_view pointer, std::string_view message);
  void Add(v1::FindingKind kind, v1::Severity severity, std::string_view pointer,
           std::string_view message);

  // Whether something was found that fails the dimension.
  bool failed() const { return violations_ > 0; }
  // How many such findings there were.
  size_t violations() const { return violations_; }

  // PASS with grade 1, or FAIL with `grade_if_failed` (0..1).
  DimensionResult Finish(double grade_if_failed);
  // The contract says nothing here. Keeps the findings.
  DimensionResult NotApplicable();
  // It could not be decided. Keeps the findings.
  DimensionResult ScorerError();

 private:
  DimensionResult Done(v1::ScoreVerdict verdict, double grade);

  const v1::Dimension dimension_;
  std::vector<v1::Finding> findings_;
  size_t violations_ = 0;
  size_t dropped_ = 0;
};

// NOT_APPLICABLE without findings.
DimensionResult NotApplicable(v1::Dimension dimension);

}  // namespace warmpath
