#include "cli/style.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/string_view.h"

namespace warmpath {
namespace {

std::string_view Code(Ink ink) {
  switch (ink) {
    case Ink::kPlain: return "";
    case Ink::kBold: return "\033[1m";
    case Ink::kFaint: return "\033[2m";
    case Ink::kGreen: return "\033[32m";
    case Ink::kAmber: return "\033[33m";
    case Ink::kRed: return "\033[31m";
    case Ink::kGrey: return "\033[90m";
  }
  return "";
}

std::string_view Shape(ShownState state) {
  switch (state) {
    case ShownState::kGreen: return "●";
    case ShownState::kAmber: return "▲";
    case ShownState::kRed: return "■";
    case ShownState::kStale: return "△";
    case ShownState::kNoData: return "○";
    case ShownState::kCold: return "◌";
  }
  return "";
}

bool Holds(const v1::PathVerdict& verdict, v1::ReasonCode code) {
  return std::any_of(verdict.reasons().begin(), verdict.reasons().end(),
                     [&](const v1::VerdictReason& reason) { return reason.code() == code; });
}

}  // namespace

ShownState ShownStateOf(const v1::PathVerdict& verdict) {
  switch (verdict.conformance()) {
    case v1::CONFORMANCE_GREEN: return ShownState::kGreen;
    case v1::CONFORMANCE_RED: return ShownState::kRed;
    case v1::CONFORMANCE_AMBER:
      return Holds(verdict, v1::REASON_CODE_STALE) ? ShownState::kStale : ShownState::kAmber;
    default:
      return Holds(verdict, v1::REASON_CODE_SILENT) ? ShownState::kCold : ShownState::kNoData;
  }
}

std::string_view StateWord(ShownState state) {
  switch (state) {
    case ShownState::kGreen: return "GREEN";
    case ShownState::kAmber: return "AMBER";
    case ShownState::kRed: return "RED";
    case ShownState::kStale: return "STALE";
    case ShownState::kNoData: return "NO DATA";
    case ShownState::kCold: return "COLD";
  }
  return "";
}

Ink InkOf(ShownState state) {
  switch (state) {
    case ShownState::kGreen: return Ink::kGreen;
    case ShownState::kAmber: return Ink::kAmber;
    case ShownState::kStale: return Ink::kAmber;
    case ShownState::kRed: return Ink::kRed;
    default: return Ink::kGrey;
  }
}

std::string Style::Paint(Ink ink, std::string_view text) const {
  if (!color || ink == Ink::kPlain || text.empty()) return std::string(text);
  return absl::StrCat(ToAbsl(Code(ink)), ToAbsl(text), "\033[0m");
}

std::string Style::StateText(ShownState state) const {
  if (!shapes) return std::string(StateWord(state));
  return absl::StrCat(ToAbsl(Shape(state)), " ", ToAbsl(StateWord(state)));
}

Style ChooseStyle(bool is_terminal, const std::string& no_color, const std::string& term,
                  const std::string& locale) {
  Style style;
  if (!is_terminal || term == "dumb") return style;
  style.color = no_color.empty();
  const std::string lower = absl::AsciiStrToLower(locale);
  style.shapes = absl::StrContains(lower, "utf-8") || absl::StrContains(lower, "utf8");
  return style;
}

}  // namespace warmpath
