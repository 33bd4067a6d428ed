#include "tools/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace loam::tools {
namespace {

constexpr double kMiB = 1024 * 1024;
constexpr auto kBetweenDrawings = std::chrono::milliseconds(100);

std::string minutes(double seconds) {
  const auto whole = static_cast<unsigned long>(std::min(seconds, 359'999.0));
  char text[32];
  std::snprintf(text, sizeof text, "%lu:%02lu", whole / 60, whole % 60);
  return text;
}

}  // namespace

Progress::Progress(std::string style, std::string doing)
    : style_(std::move(style)), doing_(std::move(doing)) {
  if (style_.empty()) style_ = isatty(STDERR_FILENO) != 0 ? "bar" : "none";
}

std::string Progress::numbers(std::uint64_t done, std::uint64_t total) const {
  const std::chrono::duration<double> passed = Clock::now() - begin_;
  const double rate = passed.count() > 0 ? static_cast<double>(done) / passed.count() : 0;
  char text[64];
  std::snprintf(text, sizeof text, "%.1f MiB/s", rate / kMiB);
  std::string out = text;
  if (rate > 0 && done < total) {
    out += ", " + minutes(static_cast<double>(total - done) / rate) + " left";
  }
  return out;
}

void Progress::draw(double share, const std::string& text) {
  constexpr int kWidth = 30;
  const std::string filled(static_cast<std::size_t>(share * kWidth), '#');
  // "\033[K" clears what a longer line before has left.
  std::fprintf(stderr, "\r%s [%-*s] %3.0f %%  %s\033[K", doing_.c_str(), kWidth, filled.c_str(),
               share * 100, text.c_str());
  drew_ = true;
}

void Progress::update(std::uint64_t done, std::uint64_t total, const std::string& detail) {
  if (style_ == "none") return;
  const double share =
      total == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  std::string text = numbers(done, total);
  if (!detail.empty()) text += ", " + detail;
  if (style_ == "bar") {
    const auto now = Clock::now();
    if (now - drawn_ < kBetweenDrawings && share < 1) return;
    drawn_ = now;
    draw(share, text);
    return;
  }
  const int tenths = static_cast<int>(share * 10);
  if (tenths <= tenths_) return;
  tenths_ = tenths;
  std::fprintf(stderr, "%s %d %%, %s\n", doing_.c_str(), tenths * 10, text.c_str());
}

void Progress::finish() {
  if (drew_) std::fputc('\n', stderr);
  drew_ = false;
}

void add_progress_option(CLI::App& verb, std::string& style) {
  verb.add_option("--progress", style,
                  "bar, plain (a line on standard error at each tenth) or none; default: bar on a\n"
                  "terminal, else none")
      ->type_name("STYLE")
      ->check(CLI::IsMember({"bar", "plain", "none"}));
}

}  // namespace loam::tools
