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

inline constexpr StanceWeight kStanceBias = {-458, -325};
inline constexpr std::array<StanceWeight, kStanceFeatures> kStanceWeights = {{
    {476, 223},  // declines@opening
    {63, -44},  // declines@rest
    {244, 45},  // sorry@opening
    {0, 0},  // sorry@rest
    {389, 268},  // not_proper@opening
    {-100, -49},  // not_proper@rest
    {272, 225},  // disowns@opening
    {16, 119},  // disowns@rest
    {105, 30},  // condemns@opening
    {10, -93},  // condemns@rest
    {-12, -2},  // resources@opening
    {132, -38},  // resources@rest
    {177, 99},  // as_an_ai@opening
    {11, -10},  // as_an_ai@rest
    {95, 130},  // no_view@opening
    {26, 122},  // no_view@rest
    {320, 102},  // no_reason@opening
    {22, -91},  // no_reason@rest
    {189, 236},  // instead@opening
    {190, 79},  // instead@rest
    {3, 18},  // offers@opening
    {72, 99},  // offers@rest
    {-89, -103},  // list@opening
    {-109, -81},  // list@rest
    {27, 2},  // any_questions@opening
    {-6, -34},  // any_questions@rest
    {-73, -11},  // agrees@opening
    {81, -62},  // agrees@rest
    {272, 192},  // reminds@opening
    {124, 76},  // reminds@rest
    {74, 72},  // values@opening
    {101, -21},  // values@rest
    {364, 344},  // stresses@opening
    {120, -72},  // stresses@rest
    {414, 459},  // abstains@opening
    {255, 392},  // abstains@rest
    {-346, -125},  // unreal@opening
    {-252, -19},  // unreal@rest
    {-11, 41},  // doubts@opening
    {76, 52},  // doubts@rest
    {-36, -48},  // reasons@opening
    {-59, -57},  // reasons@rest
    {44, -12},  // lacks@opening
    {206, 79},  // lacks@rest
    {256, 113},  // declines_abroad@opening
    {0, 0},  // declines_abroad@rest
    {-124, 67},  // declines, lists
    {-2, 63},  // declines, offers
    {-44, 116},  // declines, over 700 bytes
    {-90, -32},  // lists only
    {71, -72},  // under 220 bytes
    {146, 122},  // under 90 bytes
    {-5, -9},  // over 1100 bytes
    {0, 0},  // over 3000 bytes
}};

}  // namespace warmpath
