/// Whether bytes are text: UTF-8 as RFC 3629 and Unicode 15 (table 3-7) have it. What plugins,
/// files and people give is checked before it is taken for text, and made printable before it is
/// shown. Thread: safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace loam {

namespace detail {

/// Smallest and largest second byte allowed after `lead`.
struct Utf8SecondByte {
  unsigned char low;
  unsigned char high;
};

constexpr Utf8SecondByte utf8_second_byte(unsigned char lead) {
  switch (lead) {
    case 0xE0: return {0xA0, 0xBF};
    case 0xED: return {0x80, 0x9F};  // no surrogates
    case 0xF0: return {0x90, 0xBF};
    case 0xF4: return {0x80, 0x8F};  // nothing above U+10FFFF
    default: return {0x80, 0xBF};
  }
}

}  // namespace detail

/// Size in bytes of the well-formed UTF-8 sequence at the start of `text`; 0 when there is none.
constexpr std::size_t utf8_sequence_size(std::string_view text) {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  std::size_t size = 0;
  if (lead >= 0xC2 && lead <= 0xDF) size = 2;
  if (lead >= 0xE0 && lead <= 0xEF) size = 3;
  if (lead >= 0xF0 && lead <= 0xF4) size = 4;
  if (size == 0 || text.size() < size) return 0;
  const detail::Utf8SecondByte range = detail::utf8_second_byte(lead);
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < range.low || second > range.high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80u) return 0;
  }
  return size;
}

constexpr bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = utf8_sequence_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

/// `text` with '?' for each byte of no character, and for control characters but ends of line.
inline std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = utf8_sequence_size(text);
    const auto lead = static_cast<unsigned char>(text[0]);
    const bool shows = size > 1 || (size == 1 && (lead >= 0x20 || lead == '\n') && lead != 0x7f);
    if (shows) {
      out.append(text.substr(0, size));
    } else {
      out += '?';
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

}  // namespace loam
