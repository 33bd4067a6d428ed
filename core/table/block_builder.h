/// Encodes the contents of one block. Thread: confined.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/table/block_format.h"
#include "loam/base/bytes.h"

namespace loam::table {

class BlockBuilder {
 public:
  explicit BlockBuilder(std::uint32_t restart_interval) : restart_interval_(restart_interval) {}

  /// `shared`: length of the common prefix of `user_key` and the one added before (0 for the first
  /// of a block). Requires: order; size() afterwards at most kBlockBytesMax.
  void add(Bytes user_key, std::uint64_t trailer, Bytes value, std::size_t shared);
  /// The contents; valid until reset() or add().
  Bytes finish(format::Sequence max_sequence, std::uint8_t flags);
  void reset();

  [[nodiscard]] bool empty() const { return entries_ == 0; }
  /// Of the contents if finished now.
  [[nodiscard]] std::size_t size() const {
    return buffer_.size() + restarts_.size() * sizeof(std::uint32_t) + kBlockTailSize;
  }

 private:
  const std::uint32_t restart_interval_;
  std::string buffer_;
  std::vector<std::uint32_t> restarts_;
  std::uint64_t entries_ = 0;
};

}  // namespace loam::table
