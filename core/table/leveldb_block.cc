#include "core/table/leveldb_block.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace loam::table {

namespace {

constexpr const char* kNoMemory = "no memory for it";

struct Head {
  std::uint32_t shared = 0;
  std::uint32_t unshared = 0;
  std::uint32_t value_size = 0;
};

/// The place behind the head of an entry; null when it is malformed or its entry passes `limit`.
/// Requires: four readable bytes at p.
inline const char* read_head(const char* p, const char* limit, Head& head) {
  const auto bytes = get_fixed<std::uint32_t>(p);
  if ((bytes & 0x808080u) == 0) [[likely]] {
    if (limit - p < 3) return nullptr;
    head = {bytes & 0xffu, bytes >> 8 & 0xffu, bytes >> 16 & 0xffu};
    p += 3;
  } else {
    p = get_varint32(p, limit, head.shared);
    if (p != nullptr) p = get_varint32(p, limit, head.unshared);
    if (p != nullptr) p = get_varint32(p, limit, head.value_size);
    if (p == nullptr) return nullptr;
  }
  const std::uint64_t size = std::uint64_t{head.unshared} + head.value_size;
  return size <= static_cast<std::uint64_t>(limit - p) ? p : nullptr;
}

/// The key of the current entry, put together from deltas; on the stack unless it is long.
class Key {
 public:
  /// Makes room for `size` bytes and a trailer; what is there stays.
  bool reserve(std::size_t size) {
    if (size + format::kTrailerSize <= capacity_) [[likely]]
      return true;
    const std::size_t larger = 2 * size + format::kTrailerSize;
    auto bytes = allocate_bytes(larger);
    if (!bytes) return false;
    std::memcpy(bytes.get(), data_, size_);
    heap_ = std::move(bytes);
    data_ = heap_.get();
    capacity_ = larger;
    return true;
  }
  void set_size(std::size_t size) { size_ = size; }
  [[nodiscard]] char* data() { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  char stack_[512];
  std::unique_ptr<char[]> heap_;
  char* data_ = stack_;
  std::size_t size_ = 0;
  std::size_t capacity_ = sizeof stack_;
};

class Transcoder {
 public:
  Transcoder(RawBlock& raw, const format::InternalOrder& order, LevelDbKeys keys)
      : raw_(raw),
        order_(order),
        keys_(keys),
        plain_(keys == LevelDbKeys::kPlain || keys == LevelDbKeys::kPlainIndex),
        plain_trailer_(keys == LevelDbKeys::kPlain ? kPlainTrailer : kPlainIndexTrailer) {}

  /// Null, or what is wrong.
  const char* run(const KeyRange& range) {
    if (const char* wrong = open()) return wrong;
    if (!grow(raw_.size + kSpareBytes)) return kNoMemory;
    for (const char* p = raw_.data.get(); p < limit_;) {
      const bool restart = p == next_restart_;
      Head head;
      const char* delta = read_head(p, limit_, head);
      if (delta == nullptr) return "malformed entry";
      if (restart && head.shared != 0) return "an entry at a restart that shares bytes";
      if (const char* wrong = add(head, delta, restart)) return wrong;
      if (entries_ == 1 && !range.above.empty() && order_.compare(range.above, key()) >= 0) {
        return "a key at or below the index key of the block before";
      }
      p = delta + head.unshared + head.value_size;
    }
    // Who misses one never meets a later one.
    if (restart_ != restart_count_) return "a restart that begins no entry";
    if (!empty() && !range.upto.empty() && order_.compare(key(), range.upto) > 0) {
      return "a key above the block's index key";
    }
    return finish();
  }
  [[nodiscard]] bool empty() const { return entries_ == 0; }
  /// After a run without fault.
  std::shared_ptr<const Block> take() {
    const Bytes contents(out_.get(), out_size_);
    return std::make_shared<const Block>(contents, std::move(out_));
  }

 private:
  /// What a block of ours is longer than one of LevelDB's with the same restarts, and some more:
  /// two versions of a key share bytes of their trailers there.
  static constexpr std::size_t kSpareBytes = 128;
  static constexpr std::size_t kHeadBytesMax = 15;

  /// Finds entries and restarts. An empty block has one restart, 0, like any other.
  const char* open() {
    constexpr std::size_t kNumber = sizeof(std::uint32_t);
    if (raw_.size < kNumber) return "no room for the number of restarts";
    restart_count_ = get_fixed<std::uint32_t>(raw_.data.get() + raw_.size - kNumber);
    if (restart_count_ == 0 || restart_count_ > (raw_.size - kNumber) / kNumber) {
      return "a wrong number of restarts";
    }
    limit_ = raw_.data.get() + raw_.size - kNumber - restart_count_ * kNumber;
    restarts_ = raw_.data.get() + (limit_ - raw_.data.get());
    if (get_fixed<std::uint32_t>(restarts_) != 0) return "a first restart that is not 0";
    next_restart_ = raw_.data.get();
    if (next_restart_ == limit_) restart_ = restart_count_ == 1 ? 1 : 0;
    return nullptr;
  }

  [[nodiscard]] Bytes key() { return {key_.data(), user_size_ + format::kTrailerSize}; }

  /// The next entry; key_ holds the one before.
  const char* add(const Head& head, const char* delta, bool restart) {
    const std::size_t size = std::size_t{head.shared} + head.unshared;
    const std::size_t trailer_size = plain_ ? 0 : format::kTrailerSize;
    if (head.shared > key_.size()) return "an entry that shares more than there is";
    if (size < trailer_size) return "a key without a trailer";
    const std::size_t user_size = size - trailer_size;
    const std::size_t both = std::min(user_size, user_size_);
    std::size_t same = std::min<std::size_t>(head.shared, both);
    if (same == head.shared) same += common_prefix(key_.data() + same, delta, both - same);
    const int order = compare_bytewise(same, user_size, head, delta);
    if (!bytewise_) previous_.assign(key_.data(), key_.data() + user_size_);
    if (!key_.reserve(size)) return kNoMemory;
    std::memcpy(key_.data() + head.shared, delta, head.unshared);
    key_.set_size(size);
    if (plain_) put_fixed(key_.data() + user_size, plain_trailer_);
    user_size_ = user_size;
    const auto trailer = get_fixed<std::uint64_t>(key_.data() + user_size);
    if (entries_++ != 0 && !ascends(order, trailer)) return "keys out of order";
    trailer_ = trailer;
    max_sequence_ = std::max(max_sequence_, format::sequence_of(trailer));
    const auto type = static_cast<std::uint8_t>(trailer & 0xff);
    if (type != static_cast<std::uint8_t>(format::ValueType::kPut)) {
      flags_ &= static_cast<std::uint8_t>(~kFlagOnlyPuts);
      if (type != 0 && keys_ == LevelDbKeys::kInternal) return "an entry that is no put or delete";
    }
    return emit(restart ? 0 : same, restart, Bytes(delta + head.unshared, head.value_size));
  }

  /// Order by bytes of the user key before and the new one, whose first `same` bytes they share.
  int compare_bytewise(std::size_t same, std::size_t user_size, const Head& head,
                       const char* delta) {
    if (same == user_size_) return same == user_size ? 0 : -1;
    if (same == user_size) return 1;
    const auto before = static_cast<unsigned char>(key_.data()[same]);
    return before < static_cast<unsigned char>(delta[same - head.shared]) ? -1 : 1;
  }

  /// Whether the new entry sorts behind the one before.
  bool ascends(int order, std::uint64_t trailer) {
    if (!bytewise_) {
      order = order_.compare_user(Bytes(previous_.data(), previous_.size()),
                                  Bytes(key_.data(), user_size_));
    }
    if (order != 0) return order < 0;
    flags_ &= static_cast<std::uint8_t>(~kFlagUniqueUserKeys);
    return trailer_ > trailer;
  }

  const char* emit(std::size_t shared, bool restart, Bytes value) {
    const std::size_t unshared = user_size_ - shared;
    const std::size_t need = kHeadBytesMax + unshared + format::kTrailerSize + value.size();
    if (capacity_ - out_size_ < need && !grow(capacity_ + capacity_ / 2 + need)) return kNoMemory;
    if (restart) {
      if (out_size_ > kBlockBytesMax) return "too large";
      // Read before, so the restarts are rewritten where they stand.
      put_fixed(restarts_ + restart_ * sizeof(std::uint32_t),
                static_cast<std::uint32_t>(out_size_));
      ++restart_;
      next_restart_ = restart_ == restart_count_ ? limit_ : restart_at(restart_);
    }
    char* p = out_.get() + out_size_;
    if ((shared | unshared | value.size()) < 0x80) [[likely]] {
      p[0] = static_cast<char>(shared);
      p[1] = static_cast<char>(unshared);
      p[2] = static_cast<char>(value.size());
      p += 3;
    } else {
      p = put_varint(put_varint(put_varint(p, shared), unshared), value.size());
    }
    std::memcpy(p, key_.data() + shared, unshared + format::kTrailerSize);
    p += unshared + format::kTrailerSize;
    if (!value.empty()) std::memcpy(p, value.data(), value.size());
    out_size_ = static_cast<std::size_t>(p + value.size() - out_.get());
    return nullptr;
  }

  [[nodiscard]] const char* restart_at(std::uint32_t i) const {
    const auto offset = get_fixed<std::uint32_t>(restarts_ + i * sizeof(std::uint32_t));
    const auto room = static_cast<std::size_t>(limit_ - raw_.data.get());
    return raw_.data.get() + std::min<std::size_t>(offset, room + 1);
  }

  bool grow(std::size_t capacity) {
    auto larger = allocate_bytes(capacity);
    if (!larger) return false;
    if (out_size_ != 0) std::memcpy(larger.get(), out_.get(), out_size_);
    out_ = std::move(larger);
    capacity_ = capacity;
    return true;
  }

  const char* finish() {
    if (empty()) return nullptr;
    const std::size_t restarts_size = restart_count_ * sizeof(std::uint32_t);
    const std::size_t size = out_size_ + restarts_size + kBlockTailSize;
    if (size > kBlockBytesMax) return "too large";
    // A block lives in the cache, so it holds no more memory than it says.
    if ((size > capacity_ || size + size / 8 + kSpareBytes < capacity_) && !grow(size)) {
      return kNoMemory;
    }
    char* p = out_.get() + out_size_;
    std::memcpy(p, restarts_, restarts_size);
    p += restarts_size;
    put_fixed(p, max_sequence_);
    p[8] = static_cast<char>(flags_);
    put_fixed(p + 9, restart_count_);
    out_size_ = size;
    return nullptr;
  }

  RawBlock& raw_;
  const format::InternalOrder& order_;
  const LevelDbKeys keys_;
  const bool plain_;
  const bool bytewise_ = order_.user().is_bytewise();
  const std::uint64_t plain_trailer_;
  const char* limit_ = nullptr;
  char* restarts_ = nullptr;
  std::uint32_t restart_count_ = 0;
  std::uint32_t restart_ = 0;           ///< the next one
  const char* next_restart_ = nullptr;  ///< where it must be; limit_: there is none

  Key key_;
  std::size_t user_size_ = 0;
  std::vector<char> previous_;  ///< the user key before; unless the order is byte order
  std::uint64_t trailer_ = 0;
  std::uint64_t entries_ = 0;
  format::Sequence max_sequence_ = 0;
  std::uint8_t flags_ = kFlagOnlyPuts | kFlagUniqueUserKeys;

  std::unique_ptr<char[]> out_;
  std::size_t out_size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace

Transcoded transcode_block(RawBlock raw, const format::InternalOrder& order, LevelDbKeys keys,
                           const KeyRange& range) {
  Transcoder transcoder(raw, order, keys);
  Transcoded result;
  result.wrong = transcoder.run(range);
  if (result.wrong == kNoMemory) result.code = Code::kNoMemory;
  if (result.wrong == nullptr && !transcoder.empty()) result.block = transcoder.take();
  return result;
}

}  // namespace loam::table
