#include "base/log.h"

#include <spdlog/details/log_msg.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "base/string_view.h"
#include "base/utf8.h"

namespace warmpath {
namespace {

constexpr size_t kMaxValueBytes = 2000;

using Fields = std::initializer_list<LogField>;

// The fields of the line that this thread is writing. spdlog formats on the calling thread, within
// the call; so they need not pass through its message text and be parsed out again.
thread_local const Fields* current_fields = nullptr;

std::atomic<bool> is_set_up{false};

void AppendCharacter(char c, bool quotes, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  if (c == '\n') {
    *out += "\\n";
  } else if (absl::ascii_iscntrl(c)) {
    *out += "\\u00";
    *out += kHex[static_cast<unsigned char>(c) >> 4];
    *out += kHex[c & 15];
  } else {
    if (quotes && (c == '"' || c == '\\')) *out += '\\';
    *out += c;
  }
}

// Escapes what would break the line or the terminal; with `quotes`, what would break a JSON string.
void AppendEscaped(std::string_view text, bool quotes, std::string* out) {
  while (!text.empty()) {
    const size_t valid = ValidUtf8Prefix(text);
    for (char c : text.substr(0, valid)) AppendCharacter(c, quotes, out);
    text.remove_prefix(valid);
    if (text.empty()) return;
    *out += "\xef\xbf\xbd";  // U+FFFD
    text.remove_prefix(1);
  }
}

void AppendCut(std::string_view text, bool quotes, std::string* out) {
  const bool cut = text.size() > kMaxValueBytes;
  AppendEscaped(TruncateUtf8(text, kMaxValueBytes), quotes, out);
  if (cut) *out += "...";
}

void AppendQuoted(std::string_view text, std::string* out) {
  *out += '"';
  AppendCut(text, /*quotes=*/true, out);
  *out += '"';
}

bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (char c : text) {
    if (c == ' ' || c == '"' || c == '=' || c == '\\' || absl::ascii_iscntrl(c)) return true;
  }
  return false;
}

void AppendTextFields(const Fields& fields, std::string* out) {
  for (const LogField& field : fields) {
    absl::StrAppend(out, " ", ToAbsl(field.key), "=");
    if (field.is_text && NeedsQuotes(field.value)) {
      AppendQuoted(field.value, out);
    } else {
      AppendCut(field.value, /*quotes=*/false, out);
    }
  }
}

void AppendJsonFields(const Fields& fields, std::string* out) {
  for (const LogField& field : fields) {
    *out += ',';
    AppendQuoted(field.key, out);
    *out += ':';
    if (field.is_text) {
      AppendQuoted(field.value, out);
    } else {
      *out += field.value;
    }
  }
}

const char* LevelName(LogLevel level) {
  switch (level) {
    case spdlog::level::trace: return "trace";
    case spdlog::level::debug: return "debug";
    case spdlog::level::info: return "info";
    case spdlog::level::warn: return "warning";
    case spdlog::level::err: return "error";
    case spdlog::level::critical: return "critical";
    default: return "off";
  }
}

class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(LogFormat format) : format_(format) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ",
                                              absl::FromChrono(message.time), absl::UTCTimeZone());
    const std::string_view text(message.payload.data(), message.payload.size());
    std::string line = time;
    if (format_ == LogFormat::kText) {
      FormatText(text, message, &line);
    } else {
      line = absl::StrCat("{\"time\":\"", time, "\",\"level\":\"", LevelName(message.level),
                          "\",\"message\":");
      AppendQuoted(text, &line);
      if (current_fields != nullptr) AppendJsonFields(*current_fields, &line);
      line += "}";
    }
    line += '\n';
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(format_);
  }

 private:
  static void FormatText(std::string_view text, const spdlog::details::log_msg& message,
                         std::string* line) {
    *line += ' ';
    // The sink colours what lies between these two.
    message.color_range_start = line->size();
    *line += absl::AsciiStrToUpper(LevelName(message.level));
    message.color_range_end = line->size();
    if (message.level == spdlog::level::info) *line += ' ';  // as wide as ERROR and DEBUG
    *line += ' ';
    AppendCut(text, /*quotes=*/false, line);
    if (current_fields != nullptr) AppendTextFields(*current_fields, line);
  }

  const LogFormat format_;
};

}  // namespace

void SetUpLog(const LogOptions& options) {
  spdlog::sink_ptr sink = options.sink;
  if (sink == nullptr) {
    const auto colours = options.format == LogFormat::kText ? spdlog::color_mode::automatic
                                                            : spdlog::color_mode::never;
    sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(colours);
  }
  auto logger = std::make_shared<spdlog::logger>("warmpath", std::move(sink));
  logger->set_level(options.level);
  logger->flush_on(spdlog::level::trace);
  logger->set_formatter(std::make_unique<LineFormatter>(options.format));
  spdlog::set_default_logger(std::move(logger));
  is_set_up = true;
}

absl::StatusOr<LogLevel> ParseLogLevel(std::string_view text) {
  if (text == "debug") return spdlog::level::debug;
  if (text == "info") return spdlog::level::info;
  if (text == "warning") return spdlog::level::warn;
  if (text == "error") return spdlog::level::err;
  if (text == "off") return spdlog::level::off;
  return absl::InvalidArgumentError(absl::StrCat("unknown log level '", ToAbsl(text),
                                                 "'; choose debug, info, warning, error or off"));
}

absl::StatusOr<LogFormat> ParseLogFormat(std::string_view text) {
  if (text == "text") return LogFormat::kText;
  if (text == "json") return LogFormat::kJson;
  return absl::InvalidArgumentError(
      absl::StrCat("unknown log format '", ToAbsl(text), "'; choose text or json"));
}

LogField::LogField(std::string_view key, double number)
    : key(key), value(absl::StrFormat("%.10g", number)), is_text(!std::isfinite(number)) {}

void Log(LogLevel level, std::string_view message, Fields fields) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  if (logger == nullptr || !logger->should_log(level)) return;
  if (!is_set_up) {
    std::string line(message);
    AppendTextFields(fields, &line);
    logger->log(level, spdlog::string_view_t(line.data(), line.size()));
    return;
  }
  current_fields = &fields;
  logger->log(level, spdlog::string_view_t(message.data(), message.size()));
  current_fields = nullptr;
}

std::optional<uint64_t> LogRateLimiter::Admit(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (now < minute_start_ || now - minute_start_ >= absl::Minutes(1)) {
    minute_start_ = now;
    admitted_ = 0;
  }
  if (admitted_ >= per_minute_) {
    ++suppressed_;
    return std::nullopt;
  }
  ++admitted_;
  return std::exchange(suppressed_, 0);
}

}  // namespace warmpath
