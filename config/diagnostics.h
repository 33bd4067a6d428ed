/// Collects what is wrong, so that one reading reports it all.
///
/// Thread: confined.  Ownership: borrows the sources of the spans it is given, until take().
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "config/hidden.h"
#include "config/source.h"
#include "loam/base/status.h"
#include "loam/config/diagnostic.h"

namespace loam::config {

/// How many errors one reading shows.
inline constexpr std::size_t kErrorsMax = 20;

/// The parts of a finding besides place and pointer. The same message at the same place is kept
/// once: what a component takes over from another is checked in both.
struct Finding {
  std::string message;
  std::string hint = {};
  std::vector<std::string> notes = {};
};

class Diagnostics {
 public:
  void error(const Span& where, std::string pointer, Finding finding) {
    add(Diagnostic::Severity::kError, where, std::move(pointer), std::move(finding));
  }
  void warning(const Span& where, std::string pointer, Finding finding) {
    add(Diagnostic::Severity::kWarning, where, std::move(pointer), std::move(finding));
  }

  /// What stands there appears in no excerpt, whoever reports something on that line, before or
  /// after.
  HiddenPlaces& hidden() { return hidden_; }

  [[nodiscard]] bool has_errors() const { return errors_ > 0; }
  [[nodiscard]] std::size_t error_count() const { return errors_; }

  /// Sorted by place; at most kErrorsMax errors, the last of which says how many are not shown.
  /// Leaves this empty.
  std::vector<Diagnostic> take();

 private:
  struct Entry {
    std::uint32_t order;
    std::size_t offset;
    Span where;
    Diagnostic diagnostic;
  };
  void add(Diagnostic::Severity severity, const Span& where, std::string pointer, Finding finding);

  /// Excerpts are made last, when all that is to be hidden is known.
  void add_excerpts(std::vector<Entry>* entries);

  std::vector<Entry> entries_;
  HiddenPlaces hidden_;
  std::set<std::tuple<const Source*, std::size_t, std::string>> seen_;
  std::size_t errors_ = 0;
};

/// kInvalidArgument whose message is the rendered errors.
Status to_status(const std::vector<Diagnostic>& diagnostics);

}  // namespace loam::config
