#include "config/source.h"

#include <algorithm>

#include "config/secrets.h"

namespace loam::config {

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

Source::~Source() { wipe(&text_); }

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
