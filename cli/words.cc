#include "cli/words.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/duration.h"
#include "base/proto_time.h"
#include "base/string_view.h"

namespace warmpath {

std::string Grouped(int64_t number) {
  const std::string digits = std::to_string(number);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    const size_t left = digits.size() - i;
    if (i > 0 && left % 3 == 0 && digits[i - 1] != '-') grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string Percent(double share) {
  const int tenths = share >= 1 ? 1000 : std::min(static_cast<int>(std::lround(share * 1000)), 999);
  if (tenths % 10 == 0) return absl::StrCat(tenths / 10, " %");
  return absl::StrFormat("%.1f %%", tenths / 10.0);
}

std::string Span(absl::Duration duration) {
  duration = std::max(duration, absl::ZeroDuration());
  return FormatHumanDuration(absl::Trunc(duration, absl::Seconds(1)));
}

std::string Ago(const google::protobuf::Timestamp& time, absl::Time now) {
  if (time.seconds() == 0) return "never";
  return absl::StrCat(Span(now - FromProto(time)), " ago");
}

std::string ClockTime(const google::protobuf::Timestamp& time, absl::Time now) {
  if (time.seconds() == 0) return "never";
  const absl::TimeZone zone = absl::LocalTimeZone();
  const absl::Time at = FromProto(time);
  const bool today = absl::ToCivilDay(at, zone) == absl::ToCivilDay(now, zone);
  return absl::FormatTime(today ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", at, zone);
}

std::string EnumWord(const std::string& name, std::string_view prefix) {
  if (!absl::StartsWith(name, ToAbsl(prefix))) return "";
  std::string word = absl::AsciiStrToLower(name.substr(prefix.size()));
  if (word == "unspecified") return "";
  return absl::StrReplaceAll(word, {{"_", " "}});
}

std::string CountsText(const google::protobuf::Map<std::string, int64_t>& counts) {
  std::vector<std::pair<int64_t, std::string>> sorted;
  for (const auto& [name, count] : counts) {
    if (count > 0) sorted.emplace_back(-count, absl::StrReplaceAll(name, {{"_", " "}}));
  }
  std::sort(sorted.begin(), sorted.end());
  return absl::StrJoin(sorted, ", ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, Grouped(-entry.first), " ", entry.second);
  });
}

int64_t Total(const google::protobuf::Map<std::string, int64_t>& counts) {
  int64_t total = 0;
  for (const auto& [name, count] : counts) total += count;
  return total;
}

}  // namespace warmpath
