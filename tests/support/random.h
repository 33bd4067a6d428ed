/// Randomness of tests: one seed replays a run.
///
/// Thread: confined.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace loam::test {

/// LOAM_SEED of the environment, else always the same.
inline std::uint64_t base_seed() {
  const char* text = std::getenv("LOAM_SEED");
  return text == nullptr ? 20'240'612 : std::strtoull(text, nullptr, 10);
}

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// 0 to n - 1.
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  /// Any bytes.
  std::string bytes(std::size_t size) {
    std::string out(size, '\0');
    for (char& c : out) c = static_cast<char>(next() >> 56);
    return out;
  }

 private:
  std::uint64_t state_;
};

}  // namespace loam::test
