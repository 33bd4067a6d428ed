/// A scenario: blocks of commands and what they print.
///
///   # Why this must hold.
///   put a 1
///   get a
///   ----
///   1
///
/// A blank line ends a block. One file is one store from beginning to end. Words are separated by
/// spaces; "" is the empty word, \xNN any byte.
#pragma once

#include <string>
#include <vector>

#include "loam/base/status.h"

namespace loam::test {

struct Block {
  std::vector<std::string> lines;  ///< comments and commands
  std::string expected;            ///< lines, each with its newline
  int line = 0;                    ///< of the first, in the file
};

struct Script {
  std::string path;
  std::vector<Block> blocks;
};

/// Fails: kIo; kInvalidArgument (a block without "----", or without a comment that says why).
Result<Script> read_script(const std::string& path);
/// Writes the script with `found` in place of what was expected, one text a block.
Status rewrite_script(const Script& script, const std::vector<std::string>& found);
/// The words of a command line, escapes undone.
std::vector<std::string> words_of(const std::string& line);

}  // namespace loam::test
