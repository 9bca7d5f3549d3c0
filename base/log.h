// The process's log: one structured line per event on stderr.
//
//   LogInfo("flipped", {{"workflow", id}, {"from", from}, {"to", to}, {"samples", 412}});
//
//   2026-01-31T08:00:00.123Z INFO  flipped workflow=support from=primary to=backup samples=412
//   {"time":"2026-01-31T08:00:00.123Z","level":"info","message":"flipped","workflow":"support",...}
//
// Never log what a prompt, an answer or a secret says.
#pragma once

#include <spdlog/common.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace warmpath {

using LogLevel = spdlog::level::level_enum;

enum class LogFormat {
  kText,  // for people: key=value, values quoted where they need it
  kJson,  // for machines: one JSON object a line
};

struct LogOptions {
  LogLevel level = spdlog::level::info;  // quieter levels are not written
  LogFormat format = LogFormat::kText;
  // Where to write; null is stderr, coloured only if that is a terminal and the format is text.
  spdlog::sink_ptr sink;
};

// Sets up the one log of the process. Until then lines go to spdlog's own default. To be called
// while no other thread logs.
void SetUpLog(const LogOptions& options);

// "debug", "info", "warning", "error", "off"; "text", "json". INVALID_ARGUMENT with the choices for
// anything else.
absl::StatusOr<LogLevel> ParseLogLevel(std::string_view text);
absl::StatusOr<LogFormat> ParseLogFormat(std::string_view text);

// One key and its value. Keys are lower_snake words in the code; values may be any text: control
// characters are escaped and more than 2,000 bytes are cut.
struct LogField {
  LogField(std::string_view key, std::string_view text) : key(key), value(text) {}
  LogField(std::string_view key, const std::string& text) : key(key), value(text) {}
  LogField(std::string_view key, const char* text) : key(key), value(text) {}
  LogField(std::string_view key, absl::string_view text) : key(key), value(text) {}
  LogField(std::string_view key, bool flag)
      : key(key), value(flag ? "true" : "false"), is_text(false) {}
  template <std::integral T>  // for bool the one above is the better match
  LogField(std::string_view key, T number)
      : key(key), value(absl::StrCat(number)), is_text(false) {}
  LogField(std::string_view key, double number);

  std::string_view key;
  std::string value;
  bool is_text = true;
};

// Writes one line.
// Thread safety: may be called concurrently; lines don't mix. Blocking: may wait for stderr.
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

inline void LogDebug(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(spdlog::level::debug, message, fields);
}
inline void LogInfo(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(spdlog::level::info, message, fields);
}
inline void LogWarning(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(spdlog::level::warn, message, fields);
}
inline void LogError(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(spdlog::level::err, message, fields);
}

// A LogRateLimiter keeps one place in the code from flooding the log.
//
//   static LogRateLimiter limiter(/*per_minute=*/6);
//   if (std::optional<uint64_t> suppressed = limiter.Admit(clock.Now())) {
//     LogWarning("shadow dropped", {{"reason", reason}, {"suppressed", *suppressed}});
//   }
//
// Thread safety: Admit() may be called concurrently.
class LogRateLimiter {
 public:
  explicit LogRateLimiter(uint64_t per_minute) : per_minute_(per_minute) {}

  // If this line may be written: how many were suppressed since the last one that was. A minute
  // begins with the first line in it; a clock that steps back begins a new one.
  std::optional<uint64_t> Admit(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const uint64_t per_minute_;
  absl::Mutex mutex_;
  absl::Time minute_start_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  uint64_t admitted_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t suppressed_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace warmpath
