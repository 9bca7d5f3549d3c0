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

inline constexpr StanceWeight kStanceBias = {-462, -325};
inline constexpr std::array<StanceWeight, kStanceFeatures> kStanceWeights = {{
    {452, 217},  // declines@opening
    {72, -34},  // declines@rest
    {253, 35},  // sorry@opening
    {0, 0},  // sorry@rest
    {389, 267},  // not_proper@opening
    {-98, -49},  // not_proper@rest
    {272, 225},  // disowns@opening
    {16, 120},  // disowns@rest
    {111, 33},  // condemns@opening
    {9, -93},  // condemns@rest
    {-89, -21},  // resources@opening
    {129, -41},  // resources@rest
    {176, 98},  // as_an_ai@opening
    {12, -11},  // as_an_ai@rest
    {101, 131},  // no_view@opening
    {28, 122},  // no_view@rest
    {325, 103},  // no_reason@opening
    {19, -91},  // no_reason@rest
    {193, 237},  // instead@opening
    {191, 78},  // instead@rest
    {6, 20},  // offers@opening
    {61, 93},  // offers@rest
    {-89, -103},  // list@opening
    {-109, -81},  // list@rest
    {27, 3},  // any_questions@opening
    {5, -28},  // any_questions@rest
    {-72, -12},  // agrees@opening
    {84, -62},  // agrees@rest
    {267, 188},  // reminds@opening
    {126, 77},  // reminds@rest
    {78, 73},  // values@opening
    {101, -22},  // values@rest
    {365, 345},  // stresses@opening
    {118, -72},  // stresses@rest
    {415, 458},  // abstains@opening
    {254, 392},  // abstains@rest
    {-348, -125},  // unreal@opening
    {-255, -21},  // unreal@rest
    {-12, 43},  // doubts@opening
    {78, 51},  // doubts@rest
    {-48, -51},  // reasons@opening
    {-56, -56},  // reasons@rest
    {48, -10},  // lacks@opening
    {111, 41},  // lacks@rest
    {257, 113},  // declines_abroad@opening
    {0, 0},  // declines_abroad@rest
    {-125, 65},  // declines, lists
    {10, 70},  // declines, offers
    {-19, 123},  // declines, over 700 bytes
    {-89, -32},  // lists only
    {78, -70},  // under 220 bytes
    {143, 121},  // under 90 bytes
    {-5, -9},  // over 1100 bytes
    {0, 0},  // over 3000 bytes
}};

}  // namespace warmpath
