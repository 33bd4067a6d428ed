#include "core/format/file_names.h"

namespace loam::format {

namespace {

constexpr std::string_view kManifestPrefix = "MANIFEST-";
constexpr std::string_view kLogSuffix = ".log";
constexpr std::string_view kTableSuffix = ".ldb";
constexpr std::string_view kLegacyTableSuffix = ".sst";
constexpr std::string_view kTemporarySuffix = ".dbtmp";

/// At least six digits.
std::string digits(std::uint64_t number) {
  std::string text = std::to_string(number);
  return text.size() < 6 ? std::string(6 - text.size(), '0') + text : text;
}

/// Absent unless `text` is a decimal below 2^64. Loam's own files are reopened and removed by the
/// canonical name, so there no other spelling than that of digits() is ours; LevelDB takes any.
std::optional<std::uint64_t> parse_digits(std::string_view text, Format format) {
  const bool canonical = text.size() == 6 || (text.size() > 6 && text.front() != '0');
  if (text.empty() || (format == Format::kLoam && !canonical)) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (number > (~std::uint64_t{0} - digit) / 10) return std::nullopt;
    number = number * 10 + digit;
  }
  return number;
}

}  // namespace

std::optional<FileName> parse_file_name(std::string_view name, Format format) {
  if (name == kCurrentName) return FileName{FileKind::kCurrent};
  if (name == kLockName) return FileName{FileKind::kLock};
  if (name == kInfoLogName || name == kOldInfoLogName) return FileName{FileKind::kInfoLog};
  if (name == kLostName) return FileName{FileKind::kLost};
  for (const std::string_view stack : {"STACK", "STACK.full", "STACK.tmp", "STACK.full.tmp"}) {
    if (name == stack) return FileName{FileKind::kStack};
  }
  auto numbered = [format](FileKind kind, std::string_view text) -> std::optional<FileName> {
    const auto number = parse_digits(text, format);
    if (!number) return std::nullopt;
    return FileName{kind, *number};
  };
  if (name.starts_with(kManifestPrefix)) {
    return numbered(FileKind::kManifest, name.substr(kManifestPrefix.size()));
  }
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view suffix = name.substr(dot);
  const std::string_view stem = name.substr(0, dot);
  if (suffix == kLogSuffix) return numbered(FileKind::kLog, stem);
  if (suffix == kTableSuffix) return numbered(FileKind::kTable, stem);
  if (suffix == kTemporarySuffix) return numbered(FileKind::kTemporary, stem);
  if (suffix == kLegacyTableSuffix && format == Format::kLevelDb) {
    return numbered(FileKind::kTable, stem);
  }
  return std::nullopt;
}

std::string log_name(std::uint64_t number) { return digits(number).append(kLogSuffix); }
std::string table_name(std::uint64_t number) { return digits(number).append(kTableSuffix); }
std::string legacy_table_name(std::uint64_t number) {
  return digits(number).append(kLegacyTableSuffix);
}
std::string manifest_name(std::uint64_t number) {
  return std::string(kManifestPrefix) + digits(number);
}
std::string temporary_name(std::uint64_t number) { return digits(number).append(kTemporarySuffix); }

}  // namespace loam::format
