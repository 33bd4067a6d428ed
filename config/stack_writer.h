/// Writes a stack document for people: every option under a comment that says why it is what it is.
///
/// Options appear in the order in which they are set, sections where their first option is.
/// Thread: confined.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loam::config {

class StackWriter {
 public:
  /// `value` is JSON on one line. Requires: no option stands at `pointer` or above it yet.
  void set(std::string_view pointer, std::string value, std::string comment = {});
  /// A comment over a section, or over an option that is set.
  void comment(std::string_view pointer, std::string text);

  /// The document. `head` stands at its top and `tail` at its end, as comments, a line each.
  [[nodiscard]] std::string text(const std::vector<std::string>& head,
                                 const std::vector<std::string>& tail = {}) const;

 private:
  struct Entry {
    std::string key;
    std::string value;  // empty: a section
    std::string comment;
    std::vector<Entry> below;
  };
  Entry& at(std::string_view pointer);
  static void append(std::string* out, const Entry& entry, std::size_t depth);

  Entry root_;
};

}  // namespace loam::config
