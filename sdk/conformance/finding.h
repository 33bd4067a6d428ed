/// What a law's check answers, and the ground that the laws of all kinds stand on.
///
/// A law is a sentence that every component of a kind obeys; checks use the kind's table alone, so
/// that they hold for plugins of any origin. Thread: checks of different components may run at
/// once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loam/abi.h"
#include "loam/base/bytes.h"

namespace loam::conformance {

struct Finding {
  std::string law;  ///< snake_case
  bool ok = true;
  std::string detail;  ///< what was expected and what was found; empty when ok
};
using Findings = std::vector<Finding>;

/// Memory of exactly `size` bytes for input and output of a component. Whoever can (a host with
/// guard pages) lets the byte behind it be out of bounds; then reading too far is a crash, not
/// luck.
using Allocate = std::function<std::shared_ptr<char>(std::size_t size)>;
std::shared_ptr<char> heap_bytes(std::size_t size);

/// A buffer with known bytes before and behind it: writes outside show.
class FencedBuffer {
 public:
  FencedBuffer(const Allocate& allocate, std::size_t size);
  [[nodiscard]] char* data() { return memory_.get() + kFence; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Bytes bytes(std::size_t n) { return {data(), n}; }
  /// The bytes before are whole. What lies behind is the allocator's to guard, or a fence too.
  [[nodiscard]] bool is_whole() const;

 private:
  static constexpr std::size_t kFence = 64;
  std::shared_ptr<char> memory_;
  std::size_t size_;
};

/// Collects the failures of one law; the first one is reported.
class LawCheck {
 public:
  explicit LawCheck(std::string law) { finding_.law = std::move(law); }
  /// False, and noted, unless `holds`.
  bool expect(bool holds, std::string_view detail) {
    if (!holds && finding_.ok) {
      finding_.ok = false;
      finding_.detail = detail;
    }
    return holds;
  }
  [[nodiscard]] bool ok() const { return finding_.ok; }
  [[nodiscard]] Finding take() { return std::move(finding_); }

 private:
  Finding finding_;
};

/// SplitMix64 (Steele, Lea, Flood 2014): the laws' inputs are the same on every run.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// Below `limit`, which is above zero.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }
  std::string bytes(std::size_t size);

 private:
  std::uint64_t state_;
};

/// Bytes as messages show them: "a\x00b", cut after some.
std::string shown(Bytes bytes);

/// The message of a loam_error, or "no details".
std::string words(const loam_error& error);

/// A loam_error ready to be passed.
inline loam_error fresh_error() {
  loam_error error{};
  error.struct_size = sizeof error;
  return error;
}

}  // namespace loam::conformance
