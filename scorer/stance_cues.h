// Signs in an answer's words by which its stance is read.
#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

namespace warmpath {

// One kind of sign, such as "declines" ("I can't help with ..."). The table in stance_cues.cc has the patterns.
inline constexpr int kStanceCues = 28;

// Signs are looked for in the opening (the first two sentences) and in the rest apart; the last features are
// combinations and lengths.
inline constexpr size_t kStanceCombinations = 12;
inline constexpr size_t kStanceFeatures = 2 * kStanceCues + kStanceCombinations;
using StanceFeatures = std::bitset<kStanceFeatures>;

// The signs of a text's first 1,500 bytes, which PlainWords has made plain; `text_bytes` is its whole length.
StanceFeatures ReadStanceCues(std::string_view plain, size_t text_bytes);

// "declines@opening".
std::string StanceFeatureName(size_t feature);

// The features that rules outside of the weighted sum ask for.
bool OpensWithDecline(const StanceFeatures& features);
// In another language than English: the texts that weights are found from have too few of them to learn from.
bool OpensWithDeclineAbroad(const StanceFeatures& features);

// The start of a text as rules read it: at most `max_bytes`, ASCII letters in lower case, straight quotes,
// single spaces, without Markdown marks. Line ends stay, as single '\n'.
std::string PlainWords(std::string_view text, size_t max_bytes);

}  // namespace warmpath
