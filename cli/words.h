// How numbers, times and the vocabulary of warmpath are put into words.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "google/protobuf/map.h"
#include "google/protobuf/timestamp.pb.h"

namespace warmpath {

// 1234567 -> "1,234,567".
std::string Grouped(int64_t number);
// 0.978 -> "97.8 %"; only 1 is "100 %".
std::string Percent(double share);
// 9.7 s -> "9s", 130 s -> "2 min".
std::string Span(absl::Duration duration);
// "9s ago"; "never" for a time that is not set.
std::string Ago(const google::protobuf::Timestamp& time, absl::Time now);
// "14:02:11" in the local time zone, with the date before it if it is another day than `now`'s.
std::string ClockTime(const google::protobuf::Timestamp& time, absl::Time now);
// "TOOL_ERRORS" of "DIMENSION_TOOL_ERRORS" with '_' as ' ', in lower case; "" if it is not set.
std::string EnumWord(const std::string& name, std::string_view prefix);
// {queue_full: 3, budget: 1} -> "3 queue full, 1 budget", the biggest first.
std::string CountsText(const google::protobuf::Map<std::string, int64_t>& counts);
int64_t Total(const google::protobuf::Map<std::string, int64_t>& counts);

}  // namespace warmpath
