/// The text of a RocksDB OPTIONS file, read into sections and options.
///
/// The form, as RocksDB's wiki describes it ("RocksDB Options File"): sections `[DBOptions]`,
/// `[CFOptions "default"]`, `[TableOptions/BlockBasedTable "default"]`, in them `name=value`, one a
/// line; `#` begins a comment, `\` makes `#`, `:`, `\`, `n` and `r` behind it plain.
/// Thread: confined.  Ownership: spans borrow the source.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/source.h"

namespace loam::config {

struct RocksOption {
  std::string name;
  std::string value;
  Span span;  // of the value
};

struct RocksSection {
  std::string kind;      // DBOptions, CFOptions, TableOptions/BlockBasedTable
  std::string argument;  // name of the column family
  std::vector<RocksOption> options;
  Span span;

  [[nodiscard]] const RocksOption* find(std::string_view name) const;
  /// As messages call it: CFOptions "default".
  [[nodiscard]] std::string title() const;
};

struct RocksFile {
  std::string version;  // of the RocksDB that wrote it; may be empty
  std::vector<RocksSection> sections;

  /// Its first section of a kind that begins with `kind` and belongs to `family`.
  [[nodiscard]] const RocksSection* find(std::string_view kind, std::string_view family) const;
};

/// Nothing after an error; each is reported at its line.
std::optional<RocksFile> parse_rocksdb_options(const Source& source, Diagnostics* diagnostics);

/// An integer, perhaps with K, M, G or T behind it, each 1024 of the one before.
std::optional<std::int64_t> integer_of(std::string_view text);

/// `{a=1;b=x;}`: the value of `name` in it, or nothing. What stands in inner braces is not looked
/// into.
std::optional<std::string> field_of(std::string_view value, std::string_view name);

}  // namespace loam::config
