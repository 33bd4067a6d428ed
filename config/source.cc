#include "config/source.h"

#include <algorithm>

namespace loam::config {

namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

/// Smallest second byte and largest second byte allowed after `lead` (Unicode 15, table 3-7).
struct SecondByte {
  unsigned char low;
  unsigned char high;
};

SecondByte second_byte(unsigned char lead) {
  switch (lead) {
    case 0xE0: return {0xA0, 0xBF};
    case 0xED: return {0x80, 0x9F};
    case 0xF0: return {0x90, 0xBF};
    case 0xF4: return {0x80, 0x8F};
    default: return {0x80, 0xBF};
  }
}

}  // namespace

std::size_t utf8_sequence_size(std::string_view text) {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  std::size_t size = 0;
  if (lead >= 0xC2 && lead <= 0xDF) size = 2;
  if (lead >= 0xE0 && lead <= 0xEF) size = 3;
  if (lead >= 0xF0 && lead <= 0xF4) size = 4;
  if (size == 0 || text.size() < size) return 0;
  const SecondByte range = second_byte(lead);
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < range.low || second > range.high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  return size;
}

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(std::max<std::size_t>(1, utf8_sequence_size(text)));
    ++count;
  }
  return count;
}

Source::Source(SourceKind kind, std::string name, std::string text, std::uint32_t order,
               std::string directory)
    : kind_(kind),
      name_(std::move(name)),
      text_(std::move(text)),
      order_(order),
      directory_(std::move(directory)) {
  line_starts_.push_back(text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

void Source::blank(std::size_t offset, std::size_t size) const {
  offset = std::min(offset, text_.size());
  size = std::min(size, text_.size() - offset);
  for (std::size_t i = offset; i < offset + size; ++i) {
    if (text_[i] != '\n') text_[i] = ' ';
  }
}

Source::Place Source::place(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  if (after == line_starts_.begin()) return {1, 1};
  const std::size_t start = *(after - 1);
  const std::string_view before = std::string_view(text_).substr(start, offset - start);
  return {static_cast<std::uint32_t>(after - line_starts_.begin()),
          static_cast<std::uint32_t>(code_points(before) + 1)};
}

std::size_t Source::line_start(std::uint32_t number) const {
  const std::size_t index = number == 0 ? 0 : number - 1;
  return index < line_starts_.size() ? line_starts_[index] : text_.size();
}

std::string_view Source::line(std::uint32_t number) const {
  const std::size_t start = line_start(number);
  std::size_t end = text_.find('\n', start);
  if (end == std::string::npos) end = text_.size();
  if (end > start && text_[end - 1] == '\r') --end;
  return std::string_view(text_).substr(start, end - start);
}

}  // namespace loam::config
