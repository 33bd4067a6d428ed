#include "tests/golden/leveldb/expected.h"

#include <sstream>
#include <stdexcept>

namespace loam::test {
namespace {

constexpr std::size_t kLong = 1000;

std::string value_text(const std::string& value) {
  if (value.size() < kLong || value.find_first_not_of(value[0]) != std::string::npos) {
    return escaped(value);
  }
  return "(" + std::to_string(value.size()) + " times " + value[0] + ")";
}

std::string unescaped(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
    } else {
      bytes += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
    }
  }
  return bytes;
}

std::string parse_value(const std::string& text) {
  if (!text.ends_with(')') || text.find(" times ") == std::string::npos) return unescaped(text);
  std::istringstream words(text.substr(1));
  std::size_t count = 0;
  std::string times;
  char byte = 0;
  if (!(words >> count >> times >> byte)) throw std::runtime_error("not a value: " + text);
  return std::string(count, byte);
}

}  // namespace

std::string expected_text(const Reference& reference) {
  std::string text;
  for (const auto& [key, value] : reference.map()) {
    text += escaped(key) + " " + value_text(value) + "\n";
  }
  return text;
}

Reference parse_expected(const std::string& text, OrderKind order) {
  Reference reference(order);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) throw std::runtime_error("no space in: " + line);
    reference.put(unescaped(line.substr(0, space)), parse_value(line.substr(space + 1)));
  }
  return reference;
}

}  // namespace loam::test
