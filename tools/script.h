/// Lines of words, as `batch` and `exec` read them: `put K V`, `delete K` and so on. Blank lines
/// and lines that begin with '#' mean nothing.
///
/// Thread: confined.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/context.h"
#include "tools/text/lines.h"

namespace loam::tools {

class Script {
 public:
  /// "-" is standard input.
  static Result<Script> open(const std::string& path);

  /// The words of the next line that means something: at least one; empty at the end.
  /// Fails: kInvalidArgument, naming the line; kIo.
  Result<std::vector<std::string>> next();
  /// "script.txt:17", for messages.
  [[nodiscard]] std::string place() const { return lines_.place(); }

 private:
  explicit Script(text::LineReader lines) : lines_(std::move(lines)) {}

  text::LineReader lines_;
};

/// Adds `put K V` or `delete K` to the batch; false when the words are another command.
/// Fails: kInvalidArgument (wrong number of words; hex).
Result<bool> add_write(const Context& context, const std::vector<std::string>& words,
                       WriteBatch& batch);
/// Fails with kInvalidArgument unless there are `count` words, the command's name included.
Status expect_words(const std::vector<std::string>& words, std::size_t count, const char* usage);

}  // namespace loam::tools
