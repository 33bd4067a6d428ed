// Comparator "uint_be": keys as unsigned integers, big-endian, of any length. Equal numbers of
// different lengths (leading zeros) are different keys, the shorter first. Thread: immutable.
#include <string>

#include "loam/sdk.h"

namespace {

struct UintBe {
  static constexpr auto kName = "uint_be";
  static constexpr auto kPersistentId = "loam.uint_be/1";
  static constexpr auto kSummary = "keys as unsigned big-endian integers of any length";
  static constexpr std::uint32_t kProperties = LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL;

  int compare(Bytes a, Bytes b) const noexcept {
    const Bytes x = digits(a);
    const Bytes y = digits(b);
    if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
    const int by_value = x.compare(y);
    if (by_value != 0 || a.size() == b.size()) return by_value;
    return a.size() < b.size() ? -1 : 1;
  }

  /// The next number without leading zeros, where that is below `limit`.
  std::string shortest_separator(Bytes start, Bytes limit) const {
    std::string next = successor(start);
    const bool better = next.size() < start.size() && compare(next, limit) < 0;
    return better ? next : std::string(start);
  }

  std::string short_successor(Bytes key) const {
    std::string next = successor(key);
    return next.size() < key.size() ? next : std::string(key);
  }

 private:
  /// Without leading zeros: of two numbers the longer is then the greater.
  static Bytes digits(Bytes key) noexcept {
    const std::size_t first = key.find_first_not_of('\0');
    return first == Bytes::npos ? Bytes() : key.substr(first);
  }

  static std::string successor(Bytes key) {
    std::string next(digits(key));
    for (std::size_t i = next.size(); i-- > 0;) {
      const auto byte = static_cast<unsigned char>(next[i]);
      next[i] = static_cast<char>(byte + 1);
      if (byte != 0xff) return next;
    }
    return next.insert(0, 1, '\1');
  }
};

}  // namespace

LOAM_PLUGIN("loam.uint_be", "1.0.0", "Apache-2.0", loam::sdk::comparator<UintBe>)
