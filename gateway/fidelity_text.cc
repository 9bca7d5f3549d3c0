#include "gateway/fidelity_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace warmpath {
namespace {

constexpr int kMaxLosses = 8;
constexpr size_t kMaxPointerSize = 60;

std::string Word(const std::string& enum_name, size_t prefix_size) {
  return absl::AsciiStrToLower(enum_name.substr(prefix_size));
}

// A pointer may hold any key that the caller wrote.
std::string SafePointer(std::string pointer) {
  pointer.resize(std::min(pointer.size(), kMaxPointerSize));
  std::replace_if(
      pointer.begin(), pointer.end(), [](char c) { return c < ' ' || c > '~' || c == ','; }, '?');
  return pointer;
}

}  // namespace

std::string FidelityText(const v1::FidelityReport& report) {
  std::string text = Word(v1::Fidelity_Name(report.fidelity()), sizeof("FIDELITY_") - 1);
  const int shown = std::min(report.losses_size(), kMaxLosses);
  for (int i = 0; i < shown; ++i) {
    const v1::FidelityLoss& loss = report.losses(i);
    absl::StrAppend(&text, i == 0 ? "; " : ", ",
                    Word(v1::LossKind_Name(loss.kind()), sizeof("LOSS_KIND_") - 1), " ",
                    SafePointer(loss.pointer()));
  }
  if (report.losses_size() > shown) absl::StrAppend(&text, ", +", report.losses_size() - shown);
  return text;
}

}  // namespace warmpath
