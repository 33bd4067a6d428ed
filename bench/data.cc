#include "bench/data.h"

#include <cmath>
#include <cstring>

namespace loam::bench {
namespace {

constexpr std::size_t kPool = 1 << 20;
constexpr std::size_t kHeadSize = 8;
constexpr int kIndexBits = 48;
constexpr double kTheta = 0.99;

std::uint64_t head_in(Bytes value) {
  std::uint64_t head = 0;
  std::memcpy(&head, value.data(), kHeadSize);
  return head;
}

void put_big_endian(std::uint64_t number, char* out) {
  for (int byte = 7; byte >= 0; --byte, number >>= 8) out[byte] = static_cast<char>(number & 0xff);
}

}  // namespace

Key key_of(std::uint64_t index) {
  Key key;
  const std::uint64_t high = mix(index + 1);
  const std::uint64_t low = mix(high ^ 0x9e3779b97f4a7c15ull);
  std::memcpy(key.data(), &high, sizeof high);
  std::memcpy(key.data() + sizeof high, &low, sizeof low);
  return key;
}

Key sequential_key_of(std::uint64_t index) {
  Key key;
  put_big_endian(index, key.data());
  put_big_endian(mix(index), key.data() + 8);
  return key;
}

Values::Values(std::size_t size) : size_(size < kHeadSize + 1 ? kHeadSize + 1 : size) {
  pool_.resize(kPool + size_ + kHeadSize);
  for (std::size_t i = 0; i + kHeadSize <= pool_.size(); i += kHeadSize) {
    const std::uint64_t bits = mix(i);
    std::memcpy(pool_.data() + i, &bits, sizeof bits);
  }
}

/// Half of what stands behind the head, chosen by all bits of the head; the rest of a value is one
/// repeated byte.
Bytes Values::random_part(std::uint64_t head) const {
  return Bytes(pool_).substr(mix(head) % kPool, (size_ - kHeadSize) / 2);
}

void Values::make(std::uint64_t index, unsigned generation, std::string& out) const {
  out.resize(size_);
  const std::uint64_t head = index | static_cast<std::uint64_t>(generation) << kIndexBits;
  std::memcpy(out.data(), &head, kHeadSize);
  const Bytes random = random_part(head);
  std::memcpy(out.data() + kHeadSize, random.data(), random.size());
  const std::size_t done = kHeadSize + random.size();
  std::memset(out.data() + done, 'x', size_ - done);
}

bool Values::check(std::uint64_t index, Bytes value) const {
  if (value.size() != size_ || index_in(value) != index) return false;
  const Bytes random = random_part(head_in(value));
  return value.substr(kHeadSize, random.size()) == random && value.back() == 'x';
}

std::uint64_t Values::index_in(Bytes value) {
  return head_in(value) & ((std::uint64_t{1} << kIndexBits) - 1);
}
unsigned Values::generation_in(Bytes value) {
  return static_cast<unsigned>(head_in(value) >> kIndexBits);
}

Zipfian::Zipfian(std::uint64_t count) : count_(count), zeta_(0) {
  for (std::uint64_t i = 1; i <= count; ++i)
    zeta_ += 1.0 / std::pow(static_cast<double>(i), kTheta);
  const double zeta_of_two = 1.0 + std::pow(0.5, kTheta);
  alpha_ = 1.0 / (1.0 - kTheta);
  eta_ = (1.0 - std::pow(2.0 / static_cast<double>(count), 1.0 - kTheta)) /
         (1.0 - zeta_of_two / zeta_);
}

std::uint64_t Zipfian::rank(RandomIndexes& random) const {
  const double u = random.fraction();
  const double uz = u * zeta_;
  if (uz < 1.0) return 0;
  if (uz < 1.0 + std::pow(0.5, kTheta)) return count_ > 1 ? 1 : 0;
  const auto rank = static_cast<std::uint64_t>(static_cast<double>(count_) *
                                               std::pow(eta_ * u - eta_ + 1.0, alpha_));
  return rank < count_ ? rank : count_ - 1;
}

std::uint64_t permuted(std::uint64_t i, std::uint64_t count) {
  // Any factor without a common divisor gives a permutation; a prime has none but for its
  // multiples.
  constexpr std::uint64_t kPrime = 2654435761u;
  const std::uint64_t factor = count % kPrime == 0 ? 1 : kPrime;
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(i) * factor % count);
}

}  // namespace loam::bench
