/// The first data blocks of a table that may get a dictionary. They wait, raw, until there are
/// enough of them to make it of; then it is known how all blocks are compressed.
///
/// A dictionary is kept only where it pays: on the blocks that it was made of it must save more
/// than its own size. So no table grows by one, and small tables have none. Thread: confined.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/plugin/codec.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::table {

class Training {
 public:
  struct WaitingBlock {
    std::size_t begin = 0;
    std::size_t size = 0;
    bool has_key = false;  ///< its index key is chosen
    std::string user;
    std::uint64_t trailer = 0;
  };
  /// A dictionary, and the codec that compresses with it.
  struct Outcome {
    std::string dictionary;
    plugin::Codec codec;
  };

  explicit Training(const plugin::DictionaryPlan& plan) : plan_(plan) {}

  void add(Bytes raw);
  /// The index key of the block added last.
  void set_key(Bytes user, std::uint64_t trailer);
  [[nodiscard]] bool is_full() const { return raw_.size() >= plan_.sample_bytes; }
  /// Of the blocks that wait.
  [[nodiscard]] std::size_t raw_bytes() const { return raw_.size(); }
  [[nodiscard]] const std::vector<WaitingBlock>& blocks() const { return blocks_; }
  [[nodiscard]] Bytes raw(const WaitingBlock& block) const {
    return Bytes(raw_).substr(block.begin, block.size);
  }
  /// Absent: none can be made of these blocks, or it does not pay. Fails: what the codec reports.
  Result<std::optional<Outcome>> make(const plugin::Codec& codec) const;

 private:
  [[nodiscard]] Result<std::uint64_t> stored_bytes(const plugin::Codec& codec) const;

  const plugin::DictionaryPlan plan_;
  std::string raw_;
  std::vector<WaitingBlock> blocks_;
};

}  // namespace loam::table
