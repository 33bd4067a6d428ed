/// One block in memory: point search and a two-way iterator (core/table/block_format.h).
///
/// What a block says of itself is checked: its restarts when it is made, each entry when it is met.
/// Thread: Block immutable, BlockIterator confined. Ownership: a Block owns its bytes; iterator and
/// hits view them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/format/internal_iterator.h"
#include "core/format/internal_key.h"
#include "core/table/block_format.h"
#include "loam/base/bytes.h"

namespace loam::table {

class Block {
 public:
  /// `data` holds the contents, `size` bytes. Null when they are malformed.
  static std::shared_ptr<const Block> make(std::unique_ptr<char[]> data, std::size_t size);
  /// A block over contents that lie elsewhere, with the trailer of a stored block behind them, and
  /// outlive it. Null when they are malformed.
  static std::unique_ptr<const Block> over(Bytes contents);

  /// Entries lie in [begin(), end()); at least 16 readable bytes follow end().
  [[nodiscard]] const char* begin() const { return data_; }
  [[nodiscard]] const char* end() const { return restarts_; }
  [[nodiscard]] std::uint32_t restart_count() const { return restart_count_; }
  [[nodiscard]] const char* restart(std::uint32_t i) const {
    return data_ + get_fixed<std::uint32_t>(restarts_ + i * sizeof(std::uint32_t));
  }
  /// The whole entry at a restart, whose user key is `delta` as it stands.
  [[nodiscard]] Entry restart_entry(std::uint32_t i) const {
    Entry entry{};
    decode_entry(restart(i), end(), entry);  // make() has seen that it decodes
    return entry;
  }
  [[nodiscard]] format::Sequence max_sequence() const { return max_sequence_; }
  [[nodiscard]] bool only_puts() const { return (flags_ & kFlagOnlyPuts) != 0; }
  [[nodiscard]] bool unique_user_keys() const { return (flags_ & kFlagUniqueUserKeys) != 0; }
  /// Of what it owns.
  [[nodiscard]] std::uint64_t memory_usage() const {
    return (owned_ != nullptr ? size_ : 0) + sizeof *this;
  }

  /// Requires: has_room(contents). `owned`: what they lie in; null: nobody's here.
  Block(Bytes contents, std::unique_ptr<char[]> owned);

 private:
  static bool has_room(Bytes contents);
  [[nodiscard]] bool check_restarts() const;

  std::unique_ptr<char[]> owned_;
  const char* data_;
  std::size_t size_;
  const char* restarts_;
  std::uint32_t restart_count_;
  std::uint8_t flags_;
  format::Sequence max_sequence_;
};

struct Hit {
  std::uint64_t trailer = 0;
  Bytes value;  ///< valid while the block lives
};

enum class Search : std::uint8_t { kFound, kAbsent, kCorrupt };

/// The first entry >= (user_key, trailer), if its user key is the same.
Search find_in_block(const Block& block, const format::InternalOrder& order, Bytes user_key,
                     std::uint64_t trailer, Hit& hit);

class BlockIterator {
 public:
  explicit BlockIterator(const format::InternalOrder& order) : order_(&order) {}
  BlockIterator(const BlockIterator&) = delete;
  BlockIterator& operator=(const BlockIterator&) = delete;

  /// Moves to another block, or none; not valid until a seek.
  void set_block(const Block* block);
  [[nodiscard]] bool valid() const { return place_.valid; }
  /// Where it stands: the same object always.
  [[nodiscard]] const format::Place& place() const { return place_; }
  /// The entry behind the current one lies in this block and is of another user key, by what the
  /// block says of itself. Requires: valid().
  [[nodiscard]] bool next_is_of_another_key() const {
    return next_ < block_->end() && block_->unique_user_keys();
  }
  /// An entry that was met is malformed; then not valid.
  [[nodiscard]] bool corrupt() const { return corrupt_; }
  /// As above, of the entry before the current one.
  [[nodiscard]] bool previous_is_of_another_key() const {
    return entry_ != block_->begin() && block_->unique_user_keys();
  }
  void seek_to_first();
  void seek_to_last();
  void seek(Bytes internal_key);
  void next();
  void prev();
  [[nodiscard]] Bytes key() const { return place_.key; }
  [[nodiscard]] Bytes value() const { return place_.value; }

 private:
  /// An entry before the current one of its restart interval, decoded once for a walk backwards.
  struct Earlier {
    const char* entry;
    const char* next;
    std::size_t key_offset;  ///< in earlier_keys_
    std::size_t key_size;
    Bytes value;
  };

  bool read_entry(const char* p);
  void grow(std::size_t size);
  void invalidate() { place_.valid = false; }
  void fail() {
    corrupt_ = true;
    invalidate();
  }
  void start_at(const char* p);
  [[nodiscard]] std::uint32_t restart_below(const char* p) const;
  void show_earlier();

  const format::InternalOrder* order_;
  const Block* block_ = nullptr;
  const char* entry_ = nullptr;  ///< the current entry
  const char* next_ = nullptr;
  format::Place place_;  ///< its key: in the block, in buffer_ or in earlier_keys_
  bool corrupt_ = false;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::vector<Earlier> earlier_;  ///< empty: no walk backwards is under way
  std::vector<char> earlier_keys_;
};

/// Copies `size` bytes in steps of 16, so up to 15 more: key deltas are short, and both sides have
/// that much room behind (Block::end(), BlockIterator::grow()).
inline constexpr std::size_t kCopyStep = 16;
inline void copy_short(char* to, const char* from, std::size_t size) {
  if (size > 8 * kCopyStep) [[unlikely]] {
    std::memcpy(to, from, size);
    return;
  }
  for (std::size_t i = 0; i < size; i += kCopyStep) std::memcpy(to + i, from + i, kCopyStep);
}

/// Makes the entry at `p` current; the place shows the key before it, unless the entry is a
/// restart.
inline bool BlockIterator::read_entry(const char* p) {
  Entry entry;
  if (!decode_entry(p, block_->end(), entry)) return false;
  const std::size_t delta_size = entry.unshared + format::kTrailerSize;
  if (entry.shared == 0) {
    place_.key = Bytes(entry.delta, delta_size);
  } else {
    if (entry.shared + format::kTrailerSize > place_.key.size()) return false;
    const std::size_t size = entry.shared + delta_size;
    if (size > capacity_) [[unlikely]]
      grow(size);
    if (place_.key.data() != buffer_.get()) {
      std::memcpy(buffer_.get(), place_.key.data(), entry.shared);
    }
    copy_short(buffer_.get() + entry.shared, entry.delta, delta_size);
    place_.key = Bytes(buffer_.get(), size);
  }
  place_.value = Bytes(entry.value(), entry.value_size);
  place_.valid = true;
  entry_ = p;
  next_ = entry.end();
  return true;
}

inline void BlockIterator::next() {
  if (!earlier_.empty()) [[unlikely]]
    earlier_.clear();
  if (next_ >= block_->end()) [[unlikely]] {
    invalidate();
  } else if (!read_entry(next_)) [[unlikely]] {
    fail();
  }
}

/// Index of the last restart whose entry is below the key (user_key, trailer); 0 when none is.
std::uint32_t last_restart_below(const Block& block, const format::InternalOrder& order,
                                 Bytes user_key, std::uint64_t trailer);

}  // namespace loam::table
