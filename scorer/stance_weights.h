// Weights of the signs of stance_cues.h. Written by tests/bench/fit_stance; do not edit by hand.
#pragma once

#include <array>

#include "scorer/stance_cues.h"

namespace warmpath {

// Hundredths of a nat towards REFUSE and PARTIAL, against PROCEED.
struct StanceWeight {
  int refuse;
  int partial;
};

inline constexpr StanceWeight kStanceBias = {-543, -323};
inline constexpr std::array<StanceWeight, kStanceFeatures> kStanceWeights = {{
    {619, 238},  // declines@opening
    {73, -63},  // declines@rest
    {221, 58},  // sorry@opening
    {0, 0},  // sorry@rest
    {174, 154},  // not_proper@opening
    {-133, -58},  // not_proper@rest
    {269, 185},  // disowns@opening
    {53, 130},  // disowns@rest
    {152, 82},  // condemns@opening
    {6, -108},  // condemns@rest
    {-98, -82},  // resources@opening
    {108, -76},  // resources@rest
    {170, 144},  // as_an_ai@opening
    {10, -8},  // as_an_ai@rest
    {152, -20},  // no_view@opening
    {18, 132},  // no_view@rest
    {83, 205},  // no_access@opening
    {226, -132},  // no_access@rest
    {93, 175},  // privacy@opening
    {-12, 6},  // privacy@rest
    {337, 32},  // no_reason@opening
    {50, -83},  // no_reason@rest
    {155, 222},  // instead@opening
    {214, 105},  // instead@rest
    {14, 39},  // gives@opening
    {131, 119},  // gives@rest
    {19, 2},  // offers@opening
    {78, 99},  // offers@rest
    {-80, -119},  // list@opening
    {-121, -116},  // list@rest
    {26, 4},  // any_questions@opening
    {-27, -105},  // any_questions@rest
    {-127, -6},  // agrees@opening
    {-3, -5},  // agrees@rest
    {284, 197},  // reminds@opening
    {127, 87},  // reminds@rest
    {71, 51},  // values@opening
    {112, -7},  // values@rest
    {431, 342},  // stresses@opening
    {128, -89},  // stresses@rest
    {182, 298},  // abstains@opening
    {280, 402},  // abstains@rest
    {-409, -125},  // unreal@opening
    {-224, -12},  // unreal@rest
    {32, 84},  // doubts@opening
    {142, 91},  // doubts@rest
    {-38, -30},  // reasons@opening
    {-54, -60},  // reasons@rest
    {30, -24},  // lacks@opening
    {258, 100},  // lacks@rest
    {286, 157},  // objects@opening
    {0, 0},  // objects@rest
    {203, -9},  // consoles@opening
    {109, -55},  // consoles@rest
    {88, 20},  // declines_abroad@opening
    {0, 0},  // declines_abroad@rest
    {-141, 134},  // declines, lists
    {-72, 30},  // declines, gives
    {-80, 107},  // declines, over 700 bytes
    {-38, 18},  // lists only
    {86, -106},  // under 220 bytes
    {181, 167},  // under 90 bytes
    {-6, -10},  // over 1100 bytes
    {0, 0},  // over 3000 bytes
    {174, 54},  // not_proper, no list
    {-343, -97},  // no_reason, unreal
    {162, 229},  // no_reason, values
    {276, 248},  // abstains, under 600 bytes
}};

}  // namespace warmpath
