#include "core/table/block.h"

#include <algorithm>
#include <utility>

#include "core/format/key_head.h"

namespace loam::table {

namespace {

constexpr std::size_t kStackKeyBytes = 512;

/// The user key of an entry at a restart.
Bytes restart_key(const Entry& entry) { return {entry.delta, entry.unshared}; }

/// Whether the entry (key, trailer) sorts before the wanted one, given the order of the user keys.
bool below(int user_order, std::uint64_t trailer, std::uint64_t wanted) {
  return user_order < 0 || (user_order == 0 && trailer > wanted);
}

template <class Below>
std::uint32_t search_restarts(const Block& block, const Below& is_below) {
  std::uint32_t low = 0;
  std::uint32_t high = block.restart_count() - 1;
  while (low < high) {
    const std::uint32_t middle = low + (high - low + 1) / 2;
    if (is_below(block.restart_entry(middle))) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

std::uint32_t last_restart_below_bytewise(const Block& block, Bytes user_key,
                                          std::uint64_t trailer) {
  const std::uint64_t head = format::key_head(user_key);
  return search_restarts(block, [&](const Entry& entry) {
    const Bytes key = restart_key(entry);
    const std::uint64_t key_head = format::key_head(key);
    if (key_head != head) return key_head < head;
    return below(key.compare(user_key), entry.trailer(), trailer);
  });
}

/// Walks from a restart and compares only what can decide: `matched` bytes of the wanted key equal
/// the entry before, which sorts below it. An entry that shares more with its predecessor is below
/// too; one that shares less is above; one that shares exactly so much is compared from there on.
Search find_bytewise(const Block& block, Bytes user_key, std::uint64_t trailer, Hit& hit) {
  const std::uint32_t restart = last_restart_below_bytewise(block, user_key, trailer);
  const char* p = block.restart(restart);
  const char* const next_restart =
      restart + 1 < block.restart_count() ? block.restart(restart + 1) : block.end();
  std::size_t matched = 0;
  std::size_t key_size = 0;
  while (p < block.end()) {
    if (p >= next_restart) matched = 0;  // not below: equal or above, so compare it whole
    Entry entry;
    if (!decode_entry(p, block.end(), entry) || entry.shared > key_size) return Search::kCorrupt;
    key_size = std::size_t{entry.shared} + entry.unshared;
    p = entry.end();
    if (entry.shared > matched) continue;
    if (entry.shared < matched) return Search::kAbsent;
    const std::size_t rest = user_key.size() - matched;
    const std::size_t both = std::min<std::size_t>(rest, entry.unshared);
    const std::size_t same = common_prefix(entry.delta, user_key.data() + matched, both);
    if (same < both) {
      const auto theirs = static_cast<unsigned char>(entry.delta[same]);
      if (theirs > static_cast<unsigned char>(user_key[matched + same])) return Search::kAbsent;
    } else if (entry.unshared > rest) {
      return Search::kAbsent;
    } else if (entry.unshared == rest && entry.trailer() <= trailer) {
      hit.trailer = entry.trailer();
      hit.value = Bytes(entry.value(), entry.value_size);
      return Search::kFound;
    }
    matched += same;
  }
  return Search::kAbsent;
}

/// A key put together from the deltas of a restart interval; on the stack unless it is long.
class KeyBuffer {
 public:
  /// False when the entry claims to share more than there is.
  bool apply(const Entry& entry) {
    if (entry.shared > size_) return false;
    const std::size_t size = std::size_t{entry.shared} + entry.unshared;
    if (size > capacity_) {
      auto larger = std::make_unique_for_overwrite<char[]>(size * 2);
      std::memcpy(larger.get(), data_, size_);
      heap_ = std::move(larger);
      data_ = heap_.get();
      capacity_ = size * 2;
    }
    std::memcpy(data_ + entry.shared, entry.delta, entry.unshared);
    size_ = size;
    return true;
  }
  [[nodiscard]] Bytes key() const { return {data_, size_}; }

 private:
  char stack_[kStackKeyBytes];
  std::unique_ptr<char[]> heap_;
  char* data_ = stack_;
  std::size_t size_ = 0;
  std::size_t capacity_ = sizeof stack_;
};

Search find_general(const Block& block, const format::InternalOrder& order, Bytes user_key,
                    std::uint64_t trailer, Hit& hit) {
  const char* p = block.restart(last_restart_below(block, order, user_key, trailer));
  KeyBuffer key;
  while (p < block.end()) {
    Entry entry;
    if (!decode_entry(p, block.end(), entry) || !key.apply(entry)) return Search::kCorrupt;
    p = entry.end();
    const int user_order = order.compare_user(key.key(), user_key);
    if (below(user_order, entry.trailer(), trailer)) continue;
    if (user_order != 0) return Search::kAbsent;
    hit.trailer = entry.trailer();
    hit.value = Bytes(entry.value(), entry.value_size);
    return Search::kFound;
  }
  return Search::kAbsent;
}

}  // namespace

std::uint32_t last_restart_below(const Block& block, const format::InternalOrder& order,
                                 Bytes user_key, std::uint64_t trailer) {
  if (order.user().is_bytewise()) return last_restart_below_bytewise(block, user_key, trailer);
  return search_restarts(block, [&](const Entry& entry) {
    return below(order.compare_user(restart_key(entry), user_key), entry.trailer(), trailer);
  });
}

Search find_in_block(const Block& block, const format::InternalOrder& order, Bytes user_key,
                     std::uint64_t trailer, Hit& hit) {
  return order.user().is_bytewise() ? find_bytewise(block, user_key, trailer, hit)
                                    : find_general(block, order, user_key, trailer, hit);
}

/// For the restarts that the contents claim to have, and an entry.
bool Block::has_room(Bytes contents) {
  if (contents.size() < kBlockTailSize + sizeof(std::uint32_t) + kEntryBytesMin) return false;
  const auto restarts =
      get_fixed<std::uint32_t>(contents.data() + contents.size() - sizeof(std::uint32_t));
  const std::size_t room = contents.size() - kBlockTailSize - kEntryBytesMin;
  return restarts != 0 && restarts <= room / sizeof(std::uint32_t);
}

std::shared_ptr<const Block> Block::make(std::unique_ptr<char[]> data, std::size_t size) {
  const Bytes contents(data.get(), size);
  if (!has_room(contents)) return nullptr;
  auto block = std::make_shared<const Block>(contents, std::move(data));
  return block->check_restarts() ? block : nullptr;
}

std::unique_ptr<const Block> Block::over(Bytes contents) {
  if (!has_room(contents)) return nullptr;
  auto block = std::make_unique<const Block>(contents, nullptr);
  return block->check_restarts() ? std::move(block) : nullptr;
}

Block::Block(Bytes contents, std::unique_ptr<char[]> owned)
    : owned_(std::move(owned)), data_(contents.data()), size_(contents.size()) {
  const char* tail = data_ + size_ - kBlockTailSize;
  max_sequence_ = get_fixed<std::uint64_t>(tail);
  flags_ = static_cast<std::uint8_t>(tail[8]);
  restart_count_ = get_fixed<std::uint32_t>(tail + 9);
  restarts_ = tail - std::size_t{restart_count_} * sizeof(std::uint32_t);
}

/// Restarts begin at the first entry, ascend, and hold whole entries that share nothing.
bool Block::check_restarts() const {
  const auto limit = static_cast<std::uint64_t>(end() - begin());
  std::uint64_t least = 0;
  for (std::uint32_t i = 0; i < restart_count_; ++i) {
    const auto offset = get_fixed<std::uint32_t>(restarts_ + i * sizeof(std::uint32_t));
    if (i == 0 ? offset != 0 : (offset < least || offset >= limit)) return false;
    Entry entry{};
    if (!decode_entry(begin() + offset, end(), entry) || entry.shared != 0) return false;
    least = static_cast<std::uint64_t>(entry.end() - begin());
  }
  return true;
}

}  // namespace loam::table
