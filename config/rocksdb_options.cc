#include "config/rocksdb_options.h"

#include <algorithm>
#include <charconv>

#include "config/node.h"

namespace loam::config {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kTableOptions = "TableOptions/";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return text.substr(text.size());
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// Up to a `#` that no backslash stands before.
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '#') {
      return line.substr(0, i);
    }
  }
  return line;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    ++i;
    out += text[i] == 'n' ? '\n' : (text[i] == 'r' ? '\r' : text[i]);
  }
  return out;
}

class OptionsParser {
 public:
  OptionsParser(const Source& source, Diagnostics* diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  std::optional<RocksFile> run() {
    const std::string_view text = source_.text();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      read_line(trimmed(without_comment(text.substr(at, end - at))));
      at = end + 1;
    }
    finish();
    if (diagnostics_->has_errors()) return std::nullopt;
    return std::move(file_);
  }

 private:
  Span span_of(std::string_view piece) const {
    return {&source_, static_cast<std::size_t>(piece.data() - source_.text().data()), piece.size()};
  }
  void error(const Span& where, std::string message, std::string hint = {}) {
    diagnostics_->error(where, "", {std::move(message), std::move(hint)});
  }

  void read_line(std::string_view line) {
    if (line.empty()) return;
    if (line.front() == '[') return read_section(line);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return error(span_of(line), "expected [SECTION] or name=value, found " + quoted(line, true));
    }
    if (file_.sections.empty()) {
      return error(span_of(line), "an option before the first section", "[DBOptions] is missing");
    }
    const std::string_view name = trimmed(line.substr(0, equals));
    const std::string_view value = trimmed(line.substr(equals + 1));
    RocksSection& section = file_.sections.back();
    if (section.find(name) != nullptr) {
      return error(span_of(name),
                   quoted(name, true) + " stands twice in section [" + section.title() + "]");
    }
    section.options.push_back({std::string(name), unescaped(value), span_of(value)});
  }

  void read_section(std::string_view line) {
    if (line.back() != ']') return error(span_of(line), "this section's ] is missing");
    const std::string_view inside = trimmed(line.substr(1, line.size() - 2));
    const std::size_t quote = inside.find('"');
    RocksSection section;
    section.span = span_of(line);
    section.kind = std::string(trimmed(inside.substr(0, quote)));
    if (quote != std::string_view::npos) {
      const std::string_view rest = inside.substr(quote + 1);
      if (!rest.ends_with('"')) return error(section.span, "this section's name is not closed");
      section.argument = unescaped(rest.substr(0, rest.size() - 1));
    }
    check_section(section);
    file_.sections.push_back(std::move(section));
  }

  void check_section(const RocksSection& section) {
    const bool of_family = section.kind == "CFOptions" || section.kind.starts_with(kTableOptions);
    const bool known = of_family || section.kind == "Version" || section.kind == "DBOptions";
    if (!known) {
      return error(section.span, "unknown section " + quoted(section.kind, true),
                   "known: Version, DBOptions, CFOptions, TableOptions/...");
    }
    if (of_family && section.argument.empty()) {
      return error(section.span, "this section names no column family",
                   "[" + section.kind + " \"default\"]");
    }
    const bool again =
        std::any_of(file_.sections.begin(), file_.sections.end(),
                    [&](const RocksSection& one) { return one.title() == section.title(); });
    if (again) error(section.span, "section [" + section.title() + "] stands twice");
  }

  void finish() {
    if (diagnostics_->has_errors()) return;
    if (file_.sections.empty()) {
      return error({&source_, 0, 0}, "no section: this is no RocksDB OPTIONS file");
    }
    if (file_.find("DBOptions", "") == nullptr) {
      error(file_.sections.back().span, "section [DBOptions] is missing");
    }
    if (file_.find("CFOptions", "default") == nullptr) {
      error(file_.sections.back().span, "section [CFOptions \"default\"] is missing");
    }
    if (const RocksSection* version = file_.find("Version", "")) {
      const RocksOption* of = version->find("rocksdb_version");
      if (of != nullptr) file_.version = of->value;
    }
  }

  const Source& source_;
  Diagnostics* diagnostics_;
  RocksFile file_;
};

}  // namespace

const RocksOption* RocksSection::find(std::string_view name) const {
  for (const RocksOption& option : options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

std::string RocksSection::title() const {
  return argument.empty() ? kind : kind + " " + quoted(argument);
}

const RocksSection* RocksFile::find(std::string_view kind, std::string_view family) const {
  for (const RocksSection& section : sections) {
    if (section.kind.starts_with(kind) && section.argument == family) return &section;
  }
  return nullptr;
}

std::optional<RocksFile> parse_rocksdb_options(const Source& source, Diagnostics* diagnostics) {
  return OptionsParser(source, diagnostics).run();
}

std::optional<std::int64_t> integer_of(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc()) return std::nullopt;
  if (rest == end) return value;
  const std::size_t power = std::string_view("KMGTkmgt").find(*rest);
  if (rest + 1 != end || power == std::string_view::npos) return std::nullopt;
  const std::int64_t unit = std::int64_t{1} << (10 * (power % 4 + 1));
  if (value > INT64_MAX / unit || value < INT64_MIN / unit) return std::nullopt;
  return value * unit;
}

std::optional<std::string> field_of(std::string_view value, std::string_view name) {
  if (!value.starts_with('{') || !value.ends_with('}')) return std::nullopt;
  value = value.substr(1, value.size() - 2);
  while (!value.empty()) {
    int depth = 0;
    std::size_t end = 0;
    for (; end < value.size() && (value[end] != ';' || depth > 0); ++end) {
      if (value[end] == '{') ++depth;
      if (value[end] == '}') --depth;
    }
    const std::string_view field = value.substr(0, end);
    const std::size_t equals = field.find('=');
    if (equals != std::string_view::npos && trimmed(field.substr(0, equals)) == name) {
      return std::string(trimmed(field.substr(equals + 1)));
    }
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return std::nullopt;
}

}  // namespace loam::config
