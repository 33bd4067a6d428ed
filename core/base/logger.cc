#include "core/base/logger.h"

#include <array>
#include <cstdio>

namespace loam {
namespace {

struct Date {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

/// Days since 1970-01-01 to the proleptic Gregorian calendar, by counting whole 400-, 100-, 4- and
/// 1-year spans from 1600-03-01 so that the leap day ends each of them.
Date date_of(std::uint64_t days_since_1970) {
  constexpr std::uint64_t kDays400 = 146'097;
  constexpr std::uint64_t kDays100 = 36'524;
  constexpr std::uint64_t kDays4 = 1'461;
  constexpr std::uint64_t kFrom1600March = 135'080;
  std::uint64_t day = days_since_1970 + kFrom1600March;
  const std::uint64_t c400 = day / kDays400;
  day %= kDays400;
  const std::uint64_t c100 = day / kDays100 > 3 ? 3 : day / kDays100;
  day -= c100 * kDays100;
  const std::uint64_t c4 = day / kDays4;
  day %= kDays4;
  const std::uint64_t c1 = day / 365 > 3 ? 3 : day / 365;
  day -= c1 * 365;
  constexpr std::array<unsigned, 12> kFromMarch = {31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29};
  unsigned month = 0;
  while (day >= kFromMarch[month]) day -= kFromMarch[month++];
  const auto year = static_cast<std::int64_t>(1600 + 400 * c400 + 100 * c100 + 4 * c4 + c1);
  const bool next_year = month >= 10;
  return {year + (next_year ? 1 : 0), next_year ? month - 9 : month + 3,
          static_cast<unsigned>(day) + 1};
}

}  // namespace

std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "DEBUG";
    case LogLevel::kInfo: return "INFO";
    case LogLevel::kWarn: return "WARN";
    case LogLevel::kError: return "ERROR";
  }
  return "LOG";
}

std::string format_log_line(std::uint64_t wall_us, LogLevel level, std::string_view line) {
  constexpr std::uint64_t kDaySeconds = 86'400;
  const std::uint64_t seconds = wall_us / 1'000'000;
  const Date date = date_of(seconds / kDaySeconds);
  const auto in_day = static_cast<unsigned>(seconds % kDaySeconds);
  std::array<char, 64> head{};
  const int n =
      std::snprintf(head.data(), head.size(), "%04lld-%02u-%02uT%02u:%02u:%02u.%06uZ ",
                    static_cast<long long>(date.year), date.month, date.day, in_day / 3600,
                    in_day / 60 % 60, in_day % 60, static_cast<unsigned>(wall_us % 1'000'000));
  std::string text(head.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  text += log_level_name(level);
  text += ' ';
  text += line;
  return text;
}

}  // namespace loam
