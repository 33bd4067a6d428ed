// A comparator in a page: digits count as numbers, so that "file9" comes before "file10".
#include <loam/sdk.h>

#include <algorithm>

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes a run of digits from the front, and gives it without its leading zeros.
Bytes take_number(Bytes& key) {
  std::size_t size = 0;
  while (size < key.size() && is_digit(key[size])) ++size;
  Bytes number = key.substr(0, size);
  key.remove_prefix(size);
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

struct Natural {
  static constexpr auto kName = "natural";
  static constexpr auto kPersistentId = "org.example.natural/1";
  static constexpr auto kSummary = "digits count as numbers; a sample";
  // Different keys are never equal: filters may be used.
  static constexpr std::uint32_t kProperties = LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL;

  int compare(Bytes a, Bytes b) const noexcept {
    const int order = by_parts(a, b);
    return order != 0 ? order : a.compare(b);  // "a1" and "a01" are different keys
  }

 private:
  static int by_parts(Bytes a, Bytes b) noexcept {
    while (!a.empty() && !b.empty()) {
      if (is_digit(a[0]) && is_digit(b[0])) {
        const Bytes x = take_number(a);
        const Bytes y = take_number(b);
        if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
        if (const int order = x.compare(y); order != 0) return order;
        continue;
      }
      if (const int order = a.substr(0, 1).compare(b.substr(0, 1)); order != 0) return order;
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
    return a.empty() ? (b.empty() ? 0 : -1) : 1;
  }
};

}  // namespace

LOAM_PLUGIN("org.example.natural", "1.0.0", "Apache-2.0", loam::sdk::comparator<Natural>)
