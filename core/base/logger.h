/// Log: what the core writes its information lines through. A line costs nothing when its level is
/// off: the parts are joined only when someone listens.
///
/// Thread: safe; copies share the logger and the level. The interface that embedders implement is
/// loam/logger.h.
#pragma once

#include <atomic>
#include <charconv>
#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "loam/logger.h"

namespace loam {

class Log {
 public:
  /// Says nothing.
  Log() = default;
  Log(std::shared_ptr<Logger> logger, LogLevel least = LogLevel::kInfo) {
    if (logger != nullptr) sink_ = std::make_shared<Sink>(std::move(logger), least);
  }

  [[nodiscard]] bool on(LogLevel level) const {
    return sink_ != nullptr && level >= sink_->least.load();
  }
  /// For all copies too. Nothing happens to a log that says nothing.
  void set_least(LogLevel least) const {
    if (sink_ != nullptr) sink_->least.store(least);
  }

  /// Parts are texts and numbers, joined as they stand: info("flush of ", bytes, " bytes").
  template <class... Parts>
  void debug(const Parts&... parts) const {
    write(LogLevel::kDebug, parts...);
  }
  template <class... Parts>
  void info(const Parts&... parts) const {
    write(LogLevel::kInfo, parts...);
  }
  template <class... Parts>
  void warn(const Parts&... parts) const {
    write(LogLevel::kWarn, parts...);
  }
  template <class... Parts>
  void error(const Parts&... parts) const {
    write(LogLevel::kError, parts...);
  }
  template <class... Parts>
  void write(LogLevel level, const Parts&... parts) const {
    if (!on(level)) return;
    std::string line;
    (add(line, parts), ...);
    sink_->logger->write(level, line);
  }

 private:
  static void add(std::string& line, std::string_view text) { line += text; }
  static void add(std::string& line, std::integral auto number) { line += std::to_string(number); }
  static void add(std::string& line, double number) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed, 3);
    line.append(text, end.ec == std::errc() ? end.ptr : text);
  }

  struct Sink {
    Sink(std::shared_ptr<Logger> to, LogLevel from) : logger(std::move(to)), least(from) {}
    const std::shared_ptr<Logger> logger;
    std::atomic<LogLevel> least;
  };
  std::shared_ptr<Sink> sink_;
};

/// "DEBUG", "INFO", "WARN", "ERROR".
std::string_view log_level_name(LogLevel level);

/// "2024-05-06T07:08:09.123456Z INFO line": how a line looks in a file. `wall_us` as Environment's.
std::string format_log_line(std::uint64_t wall_us, LogLevel level, std::string_view line);

}  // namespace loam
