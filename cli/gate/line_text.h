// Pieces of JSON as `gate replay` reads and writes them.
#pragma once

#include <string>
#include <string_view>

#include "failover/gate_config.h"

namespace warmpath {

// "text" with what JSON asks to be escaped.
void AppendJsonText(std::string_view text, std::string& out);
// The shortest number that reads back as the same.
void AppendJsonNumber(double number, std::string& out);
// Seconds, with six decimals at most.
void AppendJsonTime(Micros t, std::string& out);

}  // namespace warmpath
