// Making what a server sends safe to print.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace warmpath {

// Replaces control characters in every string of `message` by spaces: names and reasons that others
// wrote must not move the cursor, recolour the terminal or break a table.
void CleanText(google::protobuf::Message& message);
// The same for one text.
std::string CleanText(std::string text);

}  // namespace warmpath
