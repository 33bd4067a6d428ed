// Filter "leveldb_bloom": LevelDB's built-in Bloom filter, bit for bit, for stores in its format.
//
// A plain Bloom filter (Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970)
// whose probes come from one hash by double hashing (Kirsch, Mitzenmacher, "Less hashing, same
// performance", 2006). It takes keys, not the host's hashes: the 32-bit hash is part of the layout.
//
// Layout, persistent id leveldb.BuiltinBloomFilter2, n keys counted as often as they were added:
//   offset   size    content
//   0        B       bits; bit b is bit b % 8 of byte b / 8
//   B        1       k, probes a key
// B = max(64, n * bits_per_key) / 8, rounded up; k = floor(0.69 * bits_per_key), 1 to 30. A key
// with hash h has the probes h, h + d, h + 2 d, ... mod 2^32, each mod 8 B, where d is h rotated
// right by
// 17. k above 30 is reserved: such a filter matches everything. The hash is Murmur-like, see
// hash().
//
// There is no checksum; that of the block around it has to do. Thread: T and Reader immutable;
// Builder confined.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;
using loam::Result;
using loam::Status;

constexpr std::size_t kBitsMin = 64;
constexpr std::uint32_t kProbesMax = 30;

std::uint32_t byte_at(const char* p) noexcept { return static_cast<unsigned char>(*p); }

/// Four bytes a round, little-endian; what is left over counts as unsigned bytes.
std::uint32_t hash(Bytes key) noexcept {
  constexpr std::uint32_t kSeed = 0xbc9f1d34u;
  constexpr std::uint32_t kFactor = 0xc6a4a793u;
  const char* p = key.data();
  std::uint32_t h = kSeed ^ (static_cast<std::uint32_t>(key.size()) * kFactor);
  std::size_t left = key.size();
  for (; left >= 4; left -= 4, p += 4) {
    h += byte_at(p) | byte_at(p + 1) << 8 | byte_at(p + 2) << 16 | byte_at(p + 3) << 24;
    h *= kFactor;
    h ^= h >> 16;
  }
  if (left == 0) return h;
  for (std::size_t i = 0; i < left; ++i) h += byte_at(p + i) << (8 * i);
  h *= kFactor;
  return h ^ h >> 24;
}

/// The probes of one key, one after another.
class Probes {
 public:
  explicit Probes(std::uint32_t h) noexcept : h_(h), step_(h >> 17 | h << 15) {}
  std::size_t next(std::size_t bits) noexcept {
    const std::size_t bit = h_ % bits;
    h_ += step_;
    return bit;
  }

 private:
  std::uint32_t h_;
  std::uint32_t step_;
};

class Builder {
 public:
  Builder(std::uint32_t bits_per_key, std::uint32_t probes, std::size_t expected_keys)
      : bits_per_key_(bits_per_key), probes_(probes) {
    // The number is a hint; a wrong one must not cost memory.
    hashes_.reserve(std::min<std::size_t>(expected_keys, std::size_t{1} << 20));
  }

  void add(Bytes key) { hashes_.push_back(hash(key)); }

  Status finish(sdk::Sink& out) const {
    const std::size_t size = (std::max(kBitsMin, hashes_.size() * bits_per_key_) + 7) / 8;
    std::string bytes(size, '\0');
    for (const std::uint32_t h : hashes_) {
      Probes probes(h);
      for (std::uint32_t i = 0; i < probes_; ++i) {
        const std::size_t bit = probes.next(size * 8);
        bytes[bit / 8] =
            static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) | 1u << (bit % 8));
      }
    }
    bytes.push_back(static_cast<char>(probes_));
    return out.append(bytes);
  }

 private:
  std::uint32_t bits_per_key_;
  std::uint32_t probes_;
  std::vector<std::uint32_t> hashes_;
};

class Reader {
 public:
  Reader(Bytes bits, std::uint32_t probes) noexcept : bits_(bits), probes_(probes) {}

  bool may_match(Bytes key) const noexcept {
    if (probes_ > kProbesMax) return true;
    Probes probes(hash(key));
    for (std::uint32_t i = 0; i < probes_; ++i) {
      const std::size_t bit = probes.next(bits_.size() * 8);
      if ((byte_at(bits_.data() + bit / 8) >> (bit % 8) & 1) == 0) return false;
    }
    return true;
  }

 private:
  Bytes bits_;
  std::uint32_t probes_;
};

struct LevelDbBloom {
  static constexpr auto kName = "leveldb_bloom";
  static constexpr auto kPersistentId = "leveldb.BuiltinBloomFilter2";
  static constexpr auto kSummary = "LevelDB's built-in Bloom filter, for stores in its format";

  struct Options {
    int bits_per_key = 10;
  };
  static consteval auto describe() {
    return sdk::options(
        sdk::opt("bits_per_key", &Options::bits_per_key)
            .range(1, 100)
            .doc("memory for accuracy: 10 bits let 0.9 % of absent keys through, 14 bits 0.2 %"));
  }

  explicit LevelDbBloom(const Options& options)
      : bits_per_key_(static_cast<std::uint32_t>(options.bits_per_key)),
        // ln 2 bits a key would be best, a little less is faster; LevelDB takes 0.69.
        probes_(std::clamp<std::uint32_t>(
            static_cast<std::uint32_t>(static_cast<double>(options.bits_per_key) * 0.69), 1,
            kProbesMax)) {}

  /// The textbook's rate holds for independent probes. These come from one 32-bit hash: measured
  /// with 40 to 200,000 keys, up to 1.75 times as many match, and a few in ten thousand always.
  double false_positive_rate() const noexcept {
    const double independent =
        std::pow(1 - std::exp(-static_cast<double>(probes_) / bits_per_key_), probes_);
    return std::min(1.0, 1.75 * independent + 0.0003);
  }

  Builder builder(std::size_t expected_keys) const {
    return Builder(bits_per_key_, probes_, expected_keys);
  }

  Result<Reader> reader(Bytes retained) const {
    if (retained.size() < 2) {
      return Status::corruption("leveldb_bloom: " + std::to_string(retained.size()) +
                                " bytes, expected at least 2");
    }
    const std::size_t size = retained.size() - 1;
    return Reader(retained.substr(0, size), byte_at(retained.data() + size));
  }

  std::uint32_t bits_per_key_;
  std::uint32_t probes_;
};

}  // namespace

LOAM_PLUGIN("loam.leveldb_bloom", "1.0.0", "Apache-2.0", loam::sdk::filter<LevelDbBloom>)
