#include "tests/scenario/script.h"

#include <fstream>
#include <sstream>

namespace loam::test {
namespace {

constexpr const char* kRule = "----";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string unescape(const std::string& word) {
  if (word == "\"\"") return {};
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool escape = word[i] == '\\' && i + 3 < word.size() && word[i + 1] == 'x' &&
                        hex_digit(word[i + 2]) >= 0 && hex_digit(word[i + 3]) >= 0;
    if (!escape) {
      out += word[i];
      continue;
    }
    out += static_cast<char>(hex_digit(word[i + 2]) * 16 + hex_digit(word[i + 3]));
    i += 3;
  }
  return out;
}

Status malformed(const std::string& path, int line, const char* what) {
  return Status::invalid_argument(path + ":" + std::to_string(line) + ": " + what);
}

}  // namespace

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(unescape(word));
  return words;
}

Result<Script> read_script(const std::string& path) {
  std::ifstream in(path);
  if (!in) return Status::io(path + ": cannot be read");
  Script script{path, {}};
  Block block;
  bool in_output = false;
  int number = 0;
  const auto end_block = [&]() -> Status {
    if (block.lines.empty() && !in_output) return {};
    if (!in_output) return malformed(path, block.line, "a block without ----");
    if (block.lines.empty() || block.lines.front().front() != '#') {
      return malformed(path, block.line, "a block that does not say why");
    }
    script.blocks.push_back(std::move(block));
    block = {};
    in_output = false;
    return {};
  };
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) {
      LOAM_TRY(end_block());
    } else if (in_output) {
      block.expected += line + "\n";
    } else if (line == kRule) {
      in_output = true;
    } else {
      if (block.lines.empty()) block.line = number;
      block.lines.push_back(line);
    }
  }
  LOAM_TRY(end_block());
  return script;
}

Status rewrite_script(const Script& script, const std::vector<std::string>& found) {
  std::ofstream out(script.path, std::ios::trunc);
  for (std::size_t i = 0; i < script.blocks.size(); ++i) {
    if (i > 0) out << "\n";
    for (const std::string& line : script.blocks[i].lines) out << line << "\n";
    out << kRule << "\n" << found[i];
  }
  out.close();
  return out ? Status() : Status::io(script.path + ": cannot be written");
}

}  // namespace loam::test
