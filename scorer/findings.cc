#include "scorer/findings.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/string_view.h"
#include "base/utf8.h"

namespace warmpath {
namespace {

constexpr size_t kMaxPointerBytes = 512;
constexpr size_t kMaxMessageBytes = 512;

// Protobuf strings must be UTF-8, and pointers may hold keys that a model made up.
std::string Clean(std::string_view text, size_t max_bytes) {
  const std::string_view valid = text.substr(0, ValidUtf8Prefix(text));
  return std::string(TruncateUtf8(valid, max_bytes));
}

}  // namespace

void FindingList::Info(v1::FindingKind kind, std::string_view pointer, std::string_view message) {
  Add(kind, v1::SEVERITY_INFO, pointer, message);
}

void FindingList::Violation(v1::FindingKind kind, std::string_view pointer,
                            std::string_view message) {
  Add(kind, v1::SEVERITY_VIOLATION, pointer, message);
}

void FindingList::Severe(v1::FindingKind kind, std::string_view pointer,
                         std::string_view message) {
  Add(kind, v1::SEVERITY_SEVERE, pointer, message);
}

void FindingList::Add(v1::FindingKind kind, v1::Severity severity, std::string_view pointer,
                      std::string_view message) {
  if (severity != v1::SEVERITY_INFO) ++violations_;
  if (findings_.size() >= kMaxFindings) {
    ++dropped_;
    if (findings_.back().severity() >= severity) return;
    findings_.pop_back();
  }
  v1::Finding& finding = findings_.emplace_back();
  finding.set_dimension(dimension_);
  finding.set_kind(kind);
  finding.set_severity(severity);
  finding.set_pointer(Clean(pointer, kMaxPointerBytes));
  finding.set_message(Clean(message, kMaxMessageBytes));
}

DimensionResult FindingList::Finish(double grade_if_failed) {
  return failed() ? Done(v1::SCORE_VERDICT_FAIL, grade_if_failed)
                  : Done(v1::SCORE_VERDICT_PASS, 1.0);
}

DimensionResult FindingList::NotApplicable() {
  return Done(v1::SCORE_VERDICT_NOT_APPLICABLE, 0.0);
}

DimensionResult FindingList::ScorerError() { return Done(v1::SCORE_VERDICT_SCORER_ERROR, 0.0); }

DimensionResult FindingList::Done(v1::ScoreVerdict verdict, double grade) {
  if (dropped_ > 0 && !findings_.empty()) {
    v1::Finding& last = findings_.back();
    last.set_message(absl::StrCat(last.message(), " (and ", dropped_, " more findings)"));
  }
  DimensionResult result;
  result.score.set_dimension(dimension_);
  result.score.set_verdict(verdict);
  result.score.set_grade(grade);
  result.findings = std::move(findings_);
  return result;
}

DimensionResult NotApplicable(v1::Dimension dimension) {
  return FindingList(dimension).NotApplicable();
}

}  // namespace warmpath
