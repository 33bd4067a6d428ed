/// Integers in files: fixed-width little-endian, and varints of 7 bits a byte, low bits first
/// (docs/format.md). Thread: pure functions.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "loam/base/bytes.h"

namespace loam {

static_assert(std::endian::native == std::endian::little,
              "fixed-width integers are written as the host has them");

template <class T>
void put_fixed(char* out, T value) {
  std::memcpy(out, &value, sizeof value);
}
template <class T>
void append_fixed(std::string& out, T value) {
  char buffer[sizeof value];
  put_fixed(buffer, value);
  out.append(buffer, sizeof value);
}
template <class T>
[[nodiscard]] T get_fixed(const char* in) {
  T value;
  std::memcpy(&value, in, sizeof value);
  return value;
}

inline constexpr std::size_t kVarint32Max = 5;
inline constexpr std::size_t kVarint64Max = 10;

/// Writes 1 to 10 bytes and returns the place behind them.
inline char* put_varint(char* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(static_cast<unsigned char>(value) | 0x80u);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}
inline void append_varint(std::string& out, std::uint64_t value) {
  char buffer[kVarint64Max];
  out.append(buffer, static_cast<std::size_t>(put_varint(buffer, value) - buffer));
}
[[nodiscard]] constexpr std::size_t varint_size(std::uint64_t value) {
  std::size_t n = 1;
  for (; value >= 0x80; value >>= 7) ++n;
  return n;
}

/// The place behind the varint that begins at `in`, or null when it is cut off by `end` or does not
/// fit the type. Over-long forms are accepted.
const char* get_varint64(const char* in, const char* end, std::uint64_t& value);
const char* get_varint32_slow(const char* in, const char* end, std::uint32_t& value);
inline const char* get_varint32(const char* in, const char* end, std::uint32_t& value) {
  if (in < end) {
    auto byte = static_cast<unsigned char>(*in);
    if (byte < 0x80) {
      value = byte;
      return in + 1;
    }
  }
  return get_varint32_slow(in, end, value);
}

inline void append_prefixed(std::string& out, Bytes bytes) {
  append_varint(out, bytes.size());
  out.append(bytes);
}

/// Takes values off the front of `in`; false, and `in` unspecified, when it is malformed.
template <class T>
[[nodiscard]] bool take_fixed(Bytes& in, T& value) {
  if (in.size() < sizeof value) return false;
  value = get_fixed<T>(in.data());
  in.remove_prefix(sizeof value);
  return true;
}
[[nodiscard]] bool take_varint32(Bytes& in, std::uint32_t& value);
[[nodiscard]] bool take_varint64(Bytes& in, std::uint64_t& value);
[[nodiscard]] bool take_prefixed(Bytes& in, Bytes& value);

}  // namespace loam
