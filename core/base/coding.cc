#include "core/base/coding.h"

namespace loam {

const char* get_varint64(const char* in, const char* end, std::uint64_t& value) {
  std::uint64_t result = 0;
  for (unsigned shift = 0; shift <= 63 && in < end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*in++);
    const std::uint64_t bits = byte & 0x7fu;
    if (shift == 63 && bits > 1) return nullptr;
    result |= bits << shift;
    if (byte < 0x80) {
      value = result;
      return in;
    }
  }
  return nullptr;
}

const char* get_varint32_slow(const char* in, const char* end, std::uint32_t& value) {
  std::uint32_t result = 0;
  for (unsigned shift = 0; shift <= 28 && in < end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*in++);
    const std::uint32_t bits = byte & 0x7fu;
    if (shift == 28 && bits > 0xf) return nullptr;
    result |= bits << shift;
    if (byte < 0x80) {
      value = result;
      return in;
    }
  }
  return nullptr;
}

bool take_varint32(Bytes& in, std::uint32_t& value) {
  const char* end = in.data() + in.size();
  const char* next = get_varint32(in.data(), end, value);
  if (next == nullptr) return false;
  in.remove_prefix(static_cast<std::size_t>(next - in.data()));
  return true;
}

bool take_varint64(Bytes& in, std::uint64_t& value) {
  const char* end = in.data() + in.size();
  const char* next = get_varint64(in.data(), end, value);
  if (next == nullptr) return false;
  in.remove_prefix(static_cast<std::size_t>(next - in.data()));
  return true;
}

bool take_prefixed(Bytes& in, Bytes& value) {
  std::uint64_t size = 0;
  if (!take_varint64(in, size) || size > in.size()) return false;
  value = in.substr(0, static_cast<std::size_t>(size));
  in.remove_prefix(value.size());
  return true;
}

}  // namespace loam
