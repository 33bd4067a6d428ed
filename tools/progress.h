/// How far a long operation is, on standard error: a bar with rate and time left on a terminal, a
/// line at each tenth for logs, or nothing.
///
/// Thread: confined.
#pragma once

#include <CLI/App.hpp>
#include <chrono>
#include <cstdint>
#include <string>

namespace loam::tools {

class Progress {
 public:
  /// `style`: bar, plain, none; empty: bar on a terminal, else none. `doing`: "verifying".
  Progress(std::string style, std::string doing);

  /// Bytes of a total that may be a guess. `detail` follows the numbers, as "123 records".
  void update(std::uint64_t done, std::uint64_t total, const std::string& detail = {});
  /// Ends the line of a bar.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] std::string numbers(std::uint64_t done, std::uint64_t total) const;
  void draw(double share, const std::string& text);

  std::string style_;
  std::string doing_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point drawn_;
  int tenths_ = 0;
  bool drew_ = false;
};

/// Adds --progress STYLE to a verb.
void add_progress_option(CLI::App& verb, std::string& style);

}  // namespace loam::tools
