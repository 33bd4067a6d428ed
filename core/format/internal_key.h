/// Internal keys: what memtables and tables are sorted by.
///
/// An internal key is the user key and 8 bytes, little-endian: sequence << 8 | type. Order: user
/// key by the store's comparator, then that number descending, so the newest comes first.
/// Thread: pure functions; InternalOrder immutable.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/coding.h"
#include "core/plugin/comparator.h"
#include "loam/base/bytes.h"

namespace loam::format {

using Sequence = std::uint64_t;
inline constexpr Sequence kSequenceMax = (1ull << 56) - 1;
inline constexpr std::size_t kTrailerSize = 8;

/// Numbers stand in files. Readers refuse by name what they do not know.
enum class ValueType : std::uint8_t {
  kDelete = 0,
  kPut = 1,
  kMerge = 2,
  kSingleDelete = 3,
  kRangeDelete = 4,
  kValuePointer = 5,
  kSeek = 0xff,  ///< never stored: sorts before every entry of the same user key and sequence
};

constexpr std::uint64_t pack(Sequence sequence, ValueType type) {
  return sequence << 8 | static_cast<std::uint8_t>(type);
}
constexpr Sequence sequence_of(std::uint64_t trailer) { return trailer >> 8; }
constexpr ValueType type_of(std::uint64_t trailer) {
  return static_cast<ValueType>(trailer & 0xff);
}

/// Requires (both): internal.size() >= kTrailerSize; readers of files check that first.
inline Bytes user_key(Bytes internal) { return internal.substr(0, internal.size() - kTrailerSize); }
inline std::uint64_t trailer(Bytes internal) {
  return get_fixed<std::uint64_t>(internal.data() + internal.size() - kTrailerSize);
}
inline void append_internal_key(std::string& out, Bytes user, Sequence sequence, ValueType type) {
  out.append(user);
  append_fixed(out, pack(sequence, type));
}

/// Order of internal keys under a comparator, which it borrows.
class InternalOrder {
 public:
  explicit InternalOrder(const plugin::Comparator& user) : user_(&user) {}
  [[nodiscard]] const plugin::Comparator& user() const { return *user_; }
  /// Below, equal, above zero. Requires: both at least kTrailerSize long.
  [[nodiscard]] int compare(Bytes a, Bytes b) const {
    int order = user_->compare(user_key(a), user_key(b));
    if (order != 0) return order;
    std::uint64_t x = trailer(a);
    std::uint64_t y = trailer(b);
    return x > y ? -1 : (x < y ? 1 : 0);
  }
  [[nodiscard]] int compare_user(Bytes a, Bytes b) const { return user_->compare(a, b); }

 private:
  const plugin::Comparator* user_;
};

}  // namespace loam::format
