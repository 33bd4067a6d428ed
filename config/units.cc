#include "config/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>
#include <vector>

#include "config/node.h"
#include "config/suggest.h"

namespace loam::config {

namespace {

struct UnitScale {
  std::string_view name;
  std::uint64_t scale;
};

constexpr std::array<UnitScale, 9> kSizeUnits = {{{"B", 1},
                                                  {"KB", 1000},
                                                  {"MB", 1000'000},
                                                  {"GB", 1000'000'000},
                                                  {"TB", 1000'000'000'000},
                                                  {"KiB", 1ull << 10},
                                                  {"MiB", 1ull << 20},
                                                  {"GiB", 1ull << 30},
                                                  {"TiB", 1ull << 40}}};

constexpr std::array<UnitScale, 6> kTimeUnits = {{{"us", 1},
                                                  {"ms", 1000},
                                                  {"s", 1'000'000},
                                                  {"m", 60'000'000},
                                                  {"h", 3'600'000'000},
                                                  {"d", 86'400'000'000}}};

struct Parts {
  std::string_view digits;
  std::string_view unit;
};

Parts split(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  Parts parts{text.substr(0, end), text.substr(end)};
  if (parts.unit.starts_with(' ')) parts.unit.remove_prefix(1);
  return parts;
}

Quantity failure(std::string message, std::string hint) {
  return {false, 0, std::move(message), std::move(hint)};
}

template <std::size_t N>
std::string list_units(const std::array<UnitScale, N>& units) {
  std::vector<std::string> names;
  for (const UnitScale& unit : units) names.emplace_back(unit.name);
  return join_words(names);
}

template <std::size_t N>
Quantity scaled(std::string_view text, const Parts& parts, const std::array<UnitScale, N>& units,
                std::string_view what) {
  for (const UnitScale& unit : units) {
    if (unit.name != parts.unit) continue;
    std::uint64_t count = 0;
    const auto end = parts.digits.data() + parts.digits.size();
    const auto parsed = std::from_chars(parts.digits.data(), end, count);
    if (parsed.ec != std::errc() ||
        count > std::numeric_limits<std::uint64_t>::max() / unit.scale) {
      return failure(quoted(text, true) + " is larger than a 64-bit number can hold", "");
    }
    return {true, count * unit.scale, {}, {}};
  }
  const std::string wrong = parts.unit.empty()
                                ? quoted(text, true) + " has no unit"
                                : quoted(parts.unit, true) + " is no unit of " + std::string(what);
  return failure(wrong, "units: " + list_units(units));
}

/// The unit of time that people spell otherwise: "msec", "minutes".
std::string_view unit_of_time(std::string_view word) {
  struct Spelling {
    std::string_view word;
    std::string_view unit;
  };
  static constexpr std::array<Spelling, 20> kSpellings = {
      {{"usec", "us"},   {"microseconds", "us"}, {"msec", "ms"},
       {"millis", "ms"}, {"milliseconds", "ms"}, {"S", "s"},
       {"sec", "s"},     {"secs", "s"},          {"second", "s"},
       {"seconds", "s"}, {"min", "m"},           {"mins", "m"},
       {"minute", "m"},  {"minutes", "m"},       {"hr", "h"},
       {"hour", "h"},    {"hours", "h"},         {"D", "d"},
       {"day", "d"},     {"days", "d"}}};
  for (const Spelling& spelling : kSpellings) {
    if (spelling.word == word) return spelling.unit;
  }
  return {};
}

bool is_one_of(std::string_view unit, std::string_view letters) {
  return unit.size() == 1 && letters.find(unit[0]) != std::string_view::npos;
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// The unit that differs in case only: "mib" for "MiB".
std::string_view same_but_case(std::string_view unit) {
  for (const UnitScale& known : kSizeUnits) {
    if (known.name.size() != unit.size()) continue;
    bool same = true;
    for (std::size_t i = 0; i < unit.size(); ++i) same &= upper(unit[i]) == upper(known.name[i]);
    if (same) return known.name;
  }
  return {};
}

/// "1.5GiB" as a whole number of a smaller unit; empty when it is none.
template <std::size_t N>
std::string whole_hint(const Parts& parts, const std::array<UnitScale, N>& units,
                       std::string (*format)(std::uint64_t)) {
  constexpr std::size_t kDigitsMax = 15;
  const std::size_t end =
      std::min(parts.unit.find_first_not_of("0123456789", 1), parts.unit.size());
  const std::string fraction(parts.unit.substr(1, end - 1));
  const std::string_view name = parts.unit.substr(end);
  const auto unit = std::find_if(units.begin(), units.end(),
                                 [&](const UnitScale& one) { return one.name == name; });
  if (unit == units.end() || parts.digits.size() + fraction.size() > kDigitsMax) return {};
  const std::uint64_t tenths = std::stoull(std::string(parts.digits) + fraction);
  std::uint64_t parts_of_one = 1;
  for (std::size_t i = 0; i < fraction.size(); ++i) parts_of_one *= 10;
  if (tenths > UINT64_MAX / unit->scale || tenths * unit->scale % parts_of_one != 0) return {};
  const std::string whole = format(tenths * unit->scale / parts_of_one);
  const bool plain = whole.find_first_not_of("0123456789") == std::string::npos;
  return "write " + (plain ? whole : "\"" + whole + "\"");
}

}  // namespace

Quantity parse_bytes(std::string_view text) {
  const Parts parts = split(text);
  const std::string digits(parts.digits);
  if (digits.empty()) {
    return failure(quoted(text, true) + " is not a size", R"(a size is like 4096 or "64MiB")");
  }
  if (parts.unit.empty() && digits.size() == text.size()) {
    return failure(quoted(text, true) + " has no unit",
                   "write " + digits + " or \"" + digits + "B\" for bytes");
  }
  if (parts.unit.starts_with('.')) {
    const std::string hint = whole_hint(parts, kSizeUnits, format_bytes);
    return failure(quoted(text, true) + " is not a whole number",
                   hint.empty() ? R"(use a smaller unit: "1536MiB" for one and a half GiB)" : hint);
  }
  if (is_one_of(parts.unit, "KMGTkmgt")) {
    const std::string stem = digits + upper(parts.unit[0]);
    return failure(quoted(text) + " could mean powers of 1024 or of 1000",
                   "write \"" + stem + "iB\" or \"" + stem + "B\"");
  }
  Quantity quantity = scaled(text, parts, kSizeUnits, "size");
  const std::string_view unit = same_but_case(parts.unit);
  if (!quantity.ok && !unit.empty() && unit != parts.unit) {
    quantity.hint = "write \"" + digits + std::string(unit) + "\"";
  }
  return quantity;
}

Quantity parse_duration(std::string_view text) {
  const Parts parts = split(text);
  if (parts.digits.empty()) {
    return failure(quoted(text, true) + " is not a duration",
                   R"(a duration is like "250ms" or "7d")");
  }
  if (parts.unit.starts_with('.')) {
    const std::string hint = whole_hint(parts, kTimeUnits, format_duration);
    return failure(
        quoted(text, true) + " is not a whole number",
        hint.empty() ? R"(use a smaller unit: "1500ms" for one and a half seconds)" : hint);
  }
  Quantity quantity = scaled(text, parts, kTimeUnits, "time");
  const std::string_view unit = unit_of_time(parts.unit);
  if (!quantity.ok && !unit.empty()) {
    quantity.hint = "write \"" + std::string(parts.digits) + std::string(unit) + "\"";
  }
  if (!quantity.ok && parts.unit == "w" && parts.digits.size() < 6) {
    quantity.hint = "write \"" + std::to_string(7 * std::stoi(std::string(parts.digits))) + "d\"";
  }
  return quantity;
}

std::string format_bytes(std::uint64_t bytes) {
  for (std::size_t i = kSizeUnits.size(); i-- > 5;) {
    const UnitScale& unit = kSizeUnits[i];
    if (bytes != 0 && bytes % unit.scale == 0) {
      return std::to_string(bytes / unit.scale) + std::string(unit.name);
    }
  }
  return std::to_string(bytes);
}

std::string format_duration(std::uint64_t microseconds) {
  for (std::size_t i = kTimeUnits.size(); i-- > 0;) {
    const UnitScale& unit = kTimeUnits[i];
    if (microseconds % unit.scale == 0 && (microseconds != 0 || i == 2)) {
      return std::to_string(microseconds / unit.scale) + std::string(unit.name);
    }
  }
  return std::to_string(microseconds) + "us";
}

}  // namespace loam::config
