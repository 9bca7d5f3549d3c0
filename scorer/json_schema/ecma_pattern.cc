#include "scorer/json_schema/ecma_pattern.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "scorer/json_schema/ecma_translate.h"

namespace warmpath {
namespace {

bool Found(const re2::RE2& expression, absl::string_view text) {
  return expression.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                          re2::RE2::UNANCHORED, nullptr, 0);
}

}  // namespace

EcmaPattern::EcmaPattern(absl::string_view ecma, int64_t max_memory_bytes) : source_(ecma) {
  absl::StatusOr<TranslatedPattern> translated = TranslateEcmaPattern(ecma);
  if (!translated.ok()) {
    problem_ = std::string(translated.status().message());
    return;
  }
  main_ = Build(translated->pattern, max_memory_bytes);
  for (const std::string& part : translated->required) {
    required_.push_back(Build(part, max_memory_bytes));
  }
  for (const std::string& part : translated->forbidden) {
    forbidden_.push_back(Build(part, max_memory_bytes));
  }
}

std::unique_ptr<re2::RE2> EcmaPattern::Build(const std::string& translated,
                                             int64_t max_memory_bytes) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(max_memory_bytes);
  auto expression = std::make_unique<re2::RE2>(
      re2::StringPiece(translated.data(), translated.size()), options);
  if (expression->ok()) {
    program_size_ += expression->ProgramSize();
    return expression;
  }
  if (expression->error_code() == re2::RE2::ErrorPatternTooLarge) {
    program_size_ += max_memory_bytes / 24;
  }
  if (problem_.empty()) {
    problem_ = absl::StrCat("not a regular expression that runs in linear time: ",
                            expression->error());
  }
  return expression;
}

bool EcmaPattern::FoundIn(absl::string_view text) const {
  for (const auto& part : required_) {
    if (!Found(*part, text)) return false;
  }
  for (const auto& part : forbidden_) {
    if (Found(*part, text)) return false;
  }
  return Found(*main_, text);
}

}  // namespace warmpath
