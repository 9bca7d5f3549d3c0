// Colour and shape on a terminal.
#pragma once

#include <string>
#include <string_view>

#include "warmpath/v1/failover.pb.h"

namespace warmpath {

// How a path's conformance is shown. The judge knows four states; AMBER for want of fresh evidence
// is shown as STALE, and COLD as NO DATA where there never was enough, as COLD where silence took
// it away.
enum class ShownState { kGreen, kAmber, kRed, kStale, kNoData, kCold };

ShownState ShownStateOf(const v1::PathVerdict& verdict);
// "GREEN", "NO DATA", ...
std::string_view StateWord(ShownState state);

// What a piece of text is.
enum class Ink { kPlain, kBold, kFaint, kGreen, kAmber, kRed, kGrey };

Ink InkOf(ShownState state);

// Thread safety: immutable.
struct Style {
  // Escape codes for colour and weight.
  bool color = false;
  // Shapes before status words; needs a terminal that shows UTF-8.
  bool shapes = false;

  std::string Paint(Ink ink, std::string_view text) const;
  // "● GREEN"; the word alone without shapes.
  std::string StateText(ShownState state) const;
};

// The style for a terminal or for anything else, by NO_COLOR, TERM and the locale's variables.
Style ChooseStyle(bool is_terminal, const std::string& no_color, const std::string& term,
                  const std::string& locale);

}  // namespace warmpath
