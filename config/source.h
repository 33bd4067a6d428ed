/// A text that configuration came from, and places in it.
///
/// What: keeps a document (or one `--set` argument) with an index of its lines, so that a byte
/// offset becomes line and column at no cost until somebody asks. Why: every value remembers where
/// it was written, and offsets are small.  Thread: immutable, but for blank() while it is read in.
/// Ownership: spans borrow their source; whoever hands out nodes keeps the sources alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loam/base/utf8.h"

namespace loam::config {

enum class SourceKind {
  kDocument,     // the stack file, or text given by the program
  kCommandLine,  // one --set argument
  kStore,        // what a store remembers
  kSchema,       // a plugin's schema; never the origin of a value
};

class Source {
 public:
  /// `order` sorts diagnostics of several sources: the document first, then what it
  /// includes, then overrides.
  /// `directory`: where relative paths in it start; empty: they are refused.
  Source(SourceKind kind, std::string name, std::string text, std::uint32_t order = 0,
         std::string directory = {});

  /// The text is overwritten: it may hold secrets.
  ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  struct Place {
    std::uint32_t line;    // from 1
    std::uint32_t column;  // code points, from 1; a byte order mark has no column
  };

  [[nodiscard]] SourceKind kind() const { return kind_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::uint32_t order() const { return order_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

  /// Overwrites a secret that stands there with blanks; places stay what they were.
  /// Spans and whoever else only reads see no change but this: hence const.
  void blank(std::size_t offset, std::size_t size) const;

  /// An offset at or behind the end is the place just behind the last byte.
  [[nodiscard]] Place place(std::size_t offset) const;
  /// Without its end of line.
  [[nodiscard]] std::string_view line(std::uint32_t number) const;
  /// Offset of the first byte of a line that has a column, that is, behind a byte order mark.
  [[nodiscard]] std::size_t line_start(std::uint32_t number) const;

 private:
  SourceKind kind_;
  std::string name_;
  mutable std::string text_;
  std::uint32_t order_;
  std::string directory_;
  std::vector<std::size_t> line_starts_;
};

/// The sources of one document. Shared, for a value that stays keeps its origin when others change.
using Sources = std::vector<std::shared_ptr<const Source>>;

/// A piece of a source. No source: the value is a default.
struct Span {
  const Source* source = nullptr;
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// Code points in well-formed UTF-8; in damaged text every byte that continues nothing counts too.
std::size_t code_points(std::string_view text);

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace loam::config
