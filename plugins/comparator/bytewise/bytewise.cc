// Comparator "bytewise": keys as unsigned bytes, then by length. The order of LevelDB's and
// RocksDB's built-in comparator, whose name it understands. Thread: immutable.
#include <algorithm>
#include <string>

#include "loam/sdk.h"

namespace {

struct Bytewise {
  static constexpr auto kName = "bytewise";
  static constexpr auto kPersistentId = "loam.bytewise/1";
  static constexpr const char* kReads[] = {"leveldb.BytewiseComparator"};
  static constexpr auto kSummary = "keys in the order of their bytes; the default";
  static constexpr std::uint32_t kProperties =
      LOAM_COMPARATOR_BYTEWISE | LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL;

  int compare(Bytes a, Bytes b) const noexcept { return a.compare(b); }

  /// The shortest prefix of `start` that can be raised by one in its last byte and still lies below
  /// `limit`; `start` itself if there is none.
  std::string shortest_separator(Bytes start, Bytes limit) const {
    const std::size_t common = common_prefix(start, limit);
    if (common == start.size() || common == limit.size()) return std::string(start);
    if (common + 1 == start.size()) return std::string(start);
    if (byte(start, common) + 1 < byte(limit, common)) return raised_at(start, common);
    // Raising the first different byte reaches the limit's; a later byte may become anything.
    return raised_from(start, common + 1);
  }

  std::string short_successor(Bytes key) const { return raised_from(key, 0); }

 private:
  static unsigned byte(Bytes key, std::size_t i) { return static_cast<unsigned char>(key[i]); }

  static std::size_t common_prefix(Bytes a, Bytes b) {
    const std::size_t n = std::min(a.size(), b.size());
    std::size_t i = 0;
    while (i < n && a[i] == b[i]) ++i;
    return i;
  }

  static std::string raised_at(Bytes key, std::size_t i) {
    std::string raised(key.substr(0, i + 1));
    raised.back() = static_cast<char>(byte(key, i) + 1);
    return raised;
  }

  /// Raised at the first byte from `first` on that can be; the key itself when none can, or when
  /// that would not make it shorter.
  static std::string raised_from(Bytes key, std::size_t first) {
    std::size_t i = first;
    while (i < key.size() && byte(key, i) == 0xff) ++i;
    return i + 1 < key.size() ? raised_at(key, i) : std::string(key);
  }
};

}  // namespace

LOAM_PLUGIN("loam.bytewise", "1.0.0", "Apache-2.0", loam::sdk::comparator<Bytewise>)
