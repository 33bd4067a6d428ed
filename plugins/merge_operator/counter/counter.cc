// Merge operator "counter": adds signed 64-bit numbers.
//
// Values and operands are 8 bytes, little-endian two's complement. A missing base is 0. A sum
// beyond 64 bits wraps around: only so does the grouping never matter, and partial merges may be
// made in any order. Anything but 8 bytes is an error, never a number.
//
// Thread: immutable.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;
using loam::Result;
using loam::Status;

constexpr std::size_t kSize = 8;

Result<std::uint64_t> parse(Bytes number) {
  if (number.size() != kSize) {
    return Status::corruption("counter: a number of " + std::to_string(number.size()) +
                              " bytes, expected 8");
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    value |= std::uint64_t{static_cast<std::uint8_t>(number[i])} << (8 * i);
  }
  return value;
}

struct Counter {
  static constexpr auto kName = "counter";
  static constexpr auto kPersistentId = "loam.counter/1";
  static constexpr auto kSummary = "adds signed 64-bit numbers";

  // A lone operand is checked too: full_merge, not merge, which would pass it on as it is.
  Result<std::string> full_merge(Bytes /*key*/, const Bytes* base, sdk::Operands operands) const {
    std::uint64_t total = 0;
    if (base != nullptr) {
      LOAM_TRY_ASSIGN(total, parse(*base));
    }
    return sum(total, operands);
  }
  Result<std::optional<std::string>> partial_merge(Bytes /*key*/, sdk::Operands operands) const {
    LOAM_TRY_ASSIGN(std::string joined, sum(0, operands));
    return std::optional<std::string>(std::move(joined));
  }

 private:
  static Result<std::string> sum(std::uint64_t total, sdk::Operands operands) {
    for (const Bytes operand : operands) {
      LOAM_TRY_ASSIGN(const std::uint64_t number, parse(operand));
      total += number;
    }
    std::string bytes(kSize, '\0');
    for (std::size_t i = 0; i < kSize; ++i) bytes[i] = static_cast<char>(total >> (8 * i));
    return bytes;
  }
};

}  // namespace

LOAM_PLUGIN("loam.counter", "1.0.0", "Apache-2.0", loam::sdk::merge_operator<Counter>)
