/// The encoded write batch: payload of a log record and representation of WriteBatch.
///
/// Layout (docs/format.md, "Batch"): record kind 1, version 1, fixed64 first sequence, fixed32
/// count, then per entry a kind byte (ValueType; bit 7 set: a varint32 family id follows), the key
/// and, for kinds that have one, the value, both length-prefixed. Entries take consecutive
/// sequences. Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "core/format/internal_key.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/base/units.h"

namespace loam::format {

/// First byte of every log record.
enum class RecordKind : std::uint8_t { kBatch = 1, kLogHeader = 2 };

inline constexpr std::size_t kBatchHeaderSize = 14;
inline constexpr std::uint64_t kKeyBytesMax = 64 * kMiB;
/// So that an entry with the longest key fits one block and one log record, both below 4 GiB.
inline constexpr std::uint64_t kValueBytesMax = 4 * kGiB - 65 * kMiB;

struct BatchEntry {
  ValueType type;
  std::uint32_t family;
  Bytes key;
  Bytes value;  ///< empty for kinds without one
};

/// An empty batch with sequence 0.
void init_batch(std::string& rep);
void append_batch_entry(std::string& rep, const BatchEntry& entry);

/// Requires (all): batch.size() >= kBatchHeaderSize.
Sequence batch_sequence(Bytes batch);
std::uint32_t batch_count(Bytes batch);
void set_batch_sequence(std::string& rep, Sequence sequence);
void set_batch_count(std::string& rep, std::uint32_t count);
/// Entries of an encoded batch, without its header.
inline Bytes batch_entries(Bytes batch) { return batch.substr(kBatchHeaderSize); }

/// For messages: "kind 2 (merge)", "kind 1 (put) in a column family"; `tag`: first byte of an
/// entry.
std::string describe_entry_tag(std::uint8_t tag);

/// Walks the entries of a batch. Checked: bytes may come from disk.
class BatchReader {
 public:
  /// Fails: kCorruption (too short, wrong record kind), kNotSupported (unknown version).
  static Result<BatchReader> open(Bytes batch);
  [[nodiscard]] Sequence sequence() const { return sequence_; }
  [[nodiscard]] std::uint32_t count() const { return count_; }
  /// True and `entry` set (views into the batch); false behind the last. Fails: kCorruption (cut
  /// entry, wrong count, trailing bytes), kNotSupported (kind unknown to this build, by name).
  Result<bool> next(BatchEntry& entry);

 private:
  BatchReader(Bytes entries, Sequence sequence, std::uint32_t count)
      : rest_(entries), sequence_(sequence), count_(count) {}
  Bytes rest_;
  Sequence sequence_;
  std::uint32_t count_;
  std::uint32_t seen_ = 0;
};

}  // namespace loam::format
