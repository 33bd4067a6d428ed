// Filter "bloom": a Bloom filter whose probes for one key lie in one cache line.
//
// A plain Bloom filter (Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970)
// touches a cache line a probe; a blocked one (Putze, Sanders, Singler, "Cache-, hash- and
// space-efficient Bloom filters", 2007) touches one a query, for a slightly higher false-positive
// rate. The host gives the hash of a key, XXH3_64bits with seed 0.
//
// Layout, little-endian, persistent id loam.bloom/1:
//   offset        size        content
//   0             64 * B      blocks of 512 bits; bit b of a block is bit b % 8 of its byte b / 8
//   64 * B        4           B, the number of blocks
//   64 * B + 4    1           P, probes a key, 1 to 14
//   64 * B + 5    3           zero
//   64 * B + 8    8           XXH3_64bits, seed 0, of all bytes before
// A key with hash h belongs to block floor(h * B / 2^64). With g = h * 0x9fb21c651e98df25 mod 2^64
// its probe i (0 to 6) is bit (g >> 9 i) mod 512 of the block; probes 7 to 13 are taken in the same
// way from g * 0xd6e8feb86659fd93 mod 2^64. No keys: B is 0, and nothing matches.
//
// Damaged bytes fail to open. Thread: T and Reader immutable; Builder confined.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;
using loam::Result;
using loam::Status;
using Hashes = std::span<const std::uint64_t>;

constexpr std::size_t kBlockBytes = 64;
constexpr std::uint32_t kBlockBits = 512;
constexpr std::size_t kTrailerBytes = 16;
constexpr std::uint32_t kProbesMax = 14;
constexpr std::uint32_t kProbesPerWord = 7;  // 7 probes of 9 bits from one 64-bit product
constexpr std::uint64_t kFirstFactor = 0x9fb21c651e98df25u;
constexpr std::uint64_t kSecondFactor = 0xd6e8feb86659fd93u;

void put_le(char* out, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(value >> (8 * i));
}
std::uint64_t get_le(const char* in, int size) {
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i)
    value |= std::uint64_t{static_cast<std::uint8_t>(in[i])} << (8 * i);
  return value;
}

/// floor(h * blocks / 2^64): spreads hashes over any number of blocks without a division.
std::size_t block_of(std::uint64_t hash, std::uint64_t blocks) noexcept {
  using Wide = unsigned __int128;
  return static_cast<std::size_t>((Wide{hash} * blocks) >> 64);
}

/// Bit g mod 512, 0 or 1; read with its whole word: an instruction less than by bytes.
unsigned test_bit(const char* block, std::uint64_t g) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, block + (g >> 6) % 8 * sizeof word, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return static_cast<unsigned>(word >> (g % 64)) & 1;
}
void set_bit(char* block, std::uint64_t g) noexcept {
  char& byte = block[(g >> 3) % kBlockBytes];
  byte = static_cast<char>(static_cast<std::uint8_t>(byte) | (1u << (g % 8)));
}

/// Expected false-positive rate of blocks that hold `keys` keys on average: the number in a block
/// is Poisson distributed, and each of its keys has set `probes` bits drawn with replacement.
double expected_rate(double keys, std::uint32_t probes) {
  const double clear_per_key = std::pow(1.0 - 1.0 / kBlockBits, probes);
  const int last = static_cast<int>(keys + 12 * std::sqrt(keys) + 20);
  double weight = std::exp(-keys);
  double clear = 1.0;
  double rate = 0.0;
  for (int n = 0; n <= last; ++n) {
    rate += weight * std::pow(1.0 - clear, probes);
    weight *= keys / (n + 1);
    clear *= clear_per_key;
  }
  return rate;
}

class Builder {
 public:
  Builder(double bits_per_key, std::uint32_t probes, std::size_t expected_keys)
      : bits_per_key_(bits_per_key), probes_(probes) {
    // The number is a hint; a wrong one must not cost memory.
    hashes_.reserve(std::min<std::size_t>(expected_keys, std::size_t{1} << 20));
  }

  void add(Hashes hashes) {
    for (const std::uint64_t hash : hashes) {
      if (hashes_.empty() || hashes_.back() != hash) hashes_.push_back(hash);
    }
  }

  Status finish(sdk::Sink& out) const {
    const double bits = static_cast<double>(hashes_.size()) * bits_per_key_;
    const double blocks = std::ceil(bits / kBlockBits);
    if (blocks > static_cast<double>(UINT32_MAX)) {
      return Status::invalid_argument("bloom: " + std::to_string(hashes_.size()) +
                                      " keys are too many for one filter");
    }
    const auto block_count = static_cast<std::uint32_t>(blocks);
    const std::size_t size = block_count * kBlockBytes + kTrailerBytes;
    std::string bytes(size, '\0');
    set_all(bytes.data(), block_count);
    char* trailer = bytes.data() + size - kTrailerBytes;
    put_le(trailer, block_count, 4);
    put_le(trailer + 4, probes_, 1);
    put_le(trailer + 8, XXH3_64bits(bytes.data(), size - 8), 8);
    return out.append(bytes);
  }

 private:
  /// Lines are fetched some keys ahead: each key's block is somewhere else.
  void set_all(char* data, std::uint32_t blocks) const {
    constexpr std::size_t kAhead = 16;
    for (std::size_t i = 0; i < hashes_.size(); ++i) {
      if (i + kAhead < hashes_.size()) {
        __builtin_prefetch(data + block_of(hashes_[i + kAhead], blocks) * kBlockBytes, 1);
      }
      set_key(data + block_of(hashes_[i], blocks) * kBlockBytes, hashes_[i]);
    }
  }

  void set_key(char* block, std::uint64_t hash) const {
    const std::uint64_t first = hash * kFirstFactor;
    std::uint64_t g = first;
    for (std::uint32_t i = 0; i < probes_; ++i, g >>= 9) {
      if (i == kProbesPerWord) g = first * kSecondFactor;
      set_bit(block, g);
    }
  }

  double bits_per_key_;
  std::uint32_t probes_;
  std::vector<std::uint64_t> hashes_;
};

class Reader {
 public:
  Reader(const char* blocks, std::uint32_t block_count, std::uint32_t probes)
      : blocks_(blocks), block_count_(block_count), probes_(probes) {}

  bool may_match(std::uint64_t hash) const noexcept {
    if (block_count_ == 0) return false;
    return test_key(block(hash), hash * kFirstFactor);
  }

  /// All lines of a batch are on their way before the first is looked at.
  void may_match_many(Hashes hashes, std::uint8_t* out) const noexcept {
    constexpr std::size_t kBatch = 32;
    if (block_count_ == 0) {
      std::fill_n(out, hashes.size(), std::uint8_t{0});
      return;
    }
    std::array<const char*, kBatch> blocks;
    for (std::size_t from = 0; from < hashes.size(); from += kBatch) {
      const std::size_t count = std::min(kBatch, hashes.size() - from);
      for (std::size_t i = 0; i < count; ++i) {
        blocks[i] = block(hashes[from + i]);
        __builtin_prefetch(blocks[i]);
        if (spans_two_lines_) __builtin_prefetch(blocks[i] + kBlockBytes - 1);
      }
      for (std::size_t i = 0; i < count; ++i) {
        out[from + i] = test_key(blocks[i], hashes[from + i] * kFirstFactor) ? 1 : 0;
      }
    }
  }

 private:
  const char* block(std::uint64_t hash) const noexcept {
    return blocks_ + block_of(hash, block_count_) * kBlockBytes;
  }

  /// Three probes without a branch reject nine of ten absent keys; a branch a probe would be
  /// mispredicted half the time.
  bool test_key(const char* block, std::uint64_t first) const noexcept {
    std::uint64_t g = first;
    std::uint32_t done = 0;
    if (probes_ >= 3) {
      const unsigned all = test_bit(block, g) & test_bit(block, g >> 9) & test_bit(block, g >> 18);
      if (all == 0) return false;
      g >>= 27;
      done = 3;
    }
    for (; done < probes_; ++done, g >>= 9) {
      if (done == kProbesPerWord) g = first * kSecondFactor;
      if (test_bit(block, g) == 0) return false;
    }
    return true;
  }

  const char* blocks_;
  std::uint32_t block_count_;
  std::uint32_t probes_;
  // SAFETY: only the address is looked at.
  bool spans_two_lines_ = reinterpret_cast<std::uintptr_t>(blocks_) % kBlockBytes != 0;
};

struct Bloom {
  static constexpr auto kName = "bloom";
  static constexpr auto kPersistentId = "loam.bloom/1";
  static constexpr auto kSummary = "cache-line-blocked Bloom filter: fastest to ask and to build";

  struct Options {
    double bits_per_key = 10;
  };
  static consteval auto describe() {
    return sdk::options(
        sdk::opt("bits_per_key", &Options::bits_per_key)
            .range(1, 64)
            .doc("memory for accuracy: 10 bits let 1.0 % of absent keys through, 14 bits 0.2 %"));
  }

  explicit Bloom(const Options& options) : bits_per_key_(options.bits_per_key) {
    for (std::uint32_t probes = 1; probes <= kProbesMax; ++probes) {
      const double rate = expected_rate(kBlockBits / bits_per_key_, probes);
      if (rate > rate_ * 0.98) continue;  // a probe more must buy something
      rate_ = rate;
      probes_ = probes;
    }
  }

  double false_positive_rate() const noexcept { return rate_; }

  Builder builder(std::size_t expected_keys) const {
    return Builder(bits_per_key_, probes_, expected_keys);
  }

  Result<Reader> reader(Bytes retained) const {
    if (retained.size() < kTrailerBytes) {
      return Status::corruption("bloom: " + std::to_string(retained.size()) +
                                " bytes, expected at least 16");
    }
    const std::size_t body = retained.size() - kTrailerBytes;
    const char* trailer = retained.data() + body;
    const std::uint64_t stated = get_le(trailer + 8, 8);
    const std::uint64_t found = XXH3_64bits(retained.data(), retained.size() - 8);
    if (stated != found) {
      return Status::corruption("bloom: checksum " + std::to_string(found) + ", expected " +
                                std::to_string(stated));
    }
    const auto block_count = static_cast<std::uint32_t>(get_le(trailer, 4));
    const auto probes = static_cast<std::uint32_t>(get_le(trailer + 4, 1));
    if (body != block_count * kBlockBytes || probes < 1 || probes > kProbesMax ||
        get_le(trailer + 5, 3) != 0) {
      return Status::corruption("bloom: " + std::to_string(body) + " bytes for " +
                                std::to_string(block_count) + " blocks and " +
                                std::to_string(probes) + " probes");
    }
    return Reader(retained.data(), block_count, probes);
  }

  double bits_per_key_;
  double rate_ = 2.0;
  std::uint32_t probes_ = 0;
};

}  // namespace

LOAM_PLUGIN("loam.bloom", "1.0.0", "Apache-2.0", loam::sdk::filter<Bloom>)
