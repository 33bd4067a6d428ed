// Comparator "reverse_bytewise": exactly the opposite of "bytewise", so that a forward scan goes
// from the last key to the first. Understands the name that RocksDB writes for the same order.
// Thread: immutable.
#include <algorithm>
#include <string>

#include "loam/sdk.h"

namespace {

struct ReverseBytewise {
  static constexpr auto kName = "reverse_bytewise";
  static constexpr auto kPersistentId = "loam.reverse_bytewise/1";
  static constexpr const char* kReads[] = {"rocksdb.ReverseBytewiseComparator"};
  static constexpr auto kSummary = "keys in the opposite order of their bytes";
  static constexpr std::uint32_t kProperties =
      LOAM_COMPARATOR_REVERSE_BYTEWISE | LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL;

  int compare(Bytes a, Bytes b) const noexcept { return b.compare(a); }

  /// What lies between in this order has bytes above `limit` and at most `start`: the shortest such
  /// key is the prefix of `start` that ends behind what both have in common.
  std::string shortest_separator(Bytes start, Bytes limit) const {
    const std::size_t n = std::min(start.size(), limit.size());
    std::size_t common = 0;
    while (common < n && start[common] == limit[common]) ++common;
    return std::string(start.substr(0, common + 1));
  }

  /// The empty key comes last in this order.
  std::string short_successor(Bytes /*key*/) const { return {}; }
};

}  // namespace

LOAM_PLUGIN("loam.reverse_bytewise", "1.0.0", "Apache-2.0", loam::sdk::comparator<ReverseBytewise>)
