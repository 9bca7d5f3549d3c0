// How a model is asked to judge an answer, and how its reply is read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "warmpath/v1/observation.pb.h"

namespace warmpath {

// Changes with the words of the prompt: another prompt is another judge.
inline constexpr char kJudgePromptVersion[] = "1";

// Longest text that a model is asked to judge.
inline constexpr size_t kMaxJudgedBytes = 256 << 10;

// What a model says of an answer.
struct JudgeGrade {
  double grade = 0;  // 0 breaks the rubric, 1 meets it wholly
  std::string reason;
};

// The case as one JSON object: {"request": {"messages": […], "tools": […]}, "answer": {…}}. All
// that others have written stands inside JSON strings, so none of it can end where it stands.
// Images and vendors' own blocks are named, not shown.
std::string JudgedCase(const v1::ModelRequest& request, const v1::Observation& answer);

// The request that asks for a grade: instructions and the rubric as the system's message, the case,
// which is data, as the user's; the reply is constrained to a JSON Schema where the vendor can.
// The control is left out: primary and backups are judged by the same question.
v1::ModelRequest JudgePrompt(std::string_view rubric, std::string judged_case);

// Reads the reply strictly: one JSON object with a grade from 0 to 1 and a reason, nothing around
// it, nothing else in it. INVALID_ARGUMENT says what is wrong, without the reply's words.
absl::StatusOr<JudgeGrade> ReadJudgeReply(const v1::Observation& reply);

}  // namespace warmpath
