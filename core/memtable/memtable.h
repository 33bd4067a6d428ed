/// Recent writes, sorted, in memory: a skip list with in-line entries in an arena.
///
/// Thread: add by one thread at a time; everything else safe beside it, without locks: a reader
/// sees an entry whole or not at all. Ownership: shared; iterators require that the caller keeps
/// it. Entries are never removed. Source: Pugh, "Skip lists" (CACM 1990).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/base/arena.h"
#include "core/format/internal_iterator.h"
#include "core/format/internal_key.h"
#include "loam/base/bytes.h"

namespace loam::memtable {

class SkipList;

/// What a lookup met first at or below the wanted sequence.
struct Lookup {
  bool found = false;
  format::ValueType type = format::ValueType::kPut;
  format::Sequence sequence = 0;
  Bytes value;  ///< valid while the memtable lives
};

class Memtable {
 public:
  /// `log_number`: the oldest log that may hold entries of it.
  Memtable(const format::InternalOrder& order, std::uint64_t log_number);
  ~Memtable();
  Memtable(const Memtable&) = delete;
  Memtable& operator=(const Memtable&) = delete;

  /// Requires: no other entry of this user key has this sequence. Throws std::bad_alloc.
  void add(format::Sequence sequence, format::ValueType type, Bytes user_key, Bytes value);
  /// The newest entry of `user_key` with a sequence at most `sequence`.
  [[nodiscard]] Lookup get(Bytes user_key, format::Sequence sequence) const;
  [[nodiscard]] std::unique_ptr<format::InternalIterator> new_iterator() const;

  [[nodiscard]] std::size_t bytes_used() const { return arena_.bytes_used(); }
  [[nodiscard]] std::uint64_t entries() const;
  [[nodiscard]] bool empty() const { return entries() == 0; }
  [[nodiscard]] std::uint64_t log_number() const { return log_number_; }
  /// Before other threads see it.
  void set_log_number(std::uint64_t number) { log_number_ = number; }

  /// Set by the writer: it holds entries that stand in no log.
  void mark_unlogged();
  [[nodiscard]] bool has_unlogged() const;

 private:
  const format::InternalOrder& order_;
  std::uint64_t log_number_;
  Arena arena_;
  std::unique_ptr<SkipList> list_;
  std::atomic<std::uint64_t> entries_{0};
  std::atomic<bool> unlogged_{false};
};

}  // namespace loam::memtable
