#include "loam/write_batch.h"

#include "core/format/batch.h"
#include "core/format/leveldb_batch.h"
#include "core/wal/fragment.h"
#include "core/write/batch_access.h"

namespace loam {

WriteBatch::WriteBatch() { format::init_batch(rep_); }

void WriteBatch::put(Bytes key, Bytes value) {
  if (key.size() > format::kKeyBytesMax || value.size() > format::kValueBytesMax) {
    over_limit_ = true;
    return;
  }
  format::append_batch_entry(rep_, {format::ValueType::kPut, 0, key, value});
  format::set_batch_count(rep_, ++count_);
}

void WriteBatch::remove(Bytes key) {
  if (key.size() > format::kKeyBytesMax) {
    over_limit_ = true;
    return;
  }
  format::append_batch_entry(rep_, {format::ValueType::kDelete, 0, key, {}});
  format::set_batch_count(rep_, ++count_);
}

void WriteBatch::append(const WriteBatch& other) {
  const std::uint32_t added = other.count_;
  // A batch may be appended to itself: the view is taken after the room is made.
  rep_.reserve(rep_.size() + other.rep_.size());
  rep_.append(format::batch_entries(other.rep_));
  over_limit_ = over_limit_ || other.over_limit_;
  format::set_batch_count(rep_, count_ += added);
}

void WriteBatch::clear() {
  format::init_batch(rep_);
  count_ = 0;
  over_limit_ = false;
}

Result<std::string> WriteBatch::leveldb_bytes() const {
  LOAM_TRY(BatchAccess::check_limits(*this));
  LOAM_TRY_ASSIGN(const Bytes record, format::leveldb_record(rep_));
  return std::string(record);
}

Result<WriteBatch> WriteBatch::from_leveldb_bytes(Bytes bytes) {
  WriteBatch batch;
  LOAM_TRY_ASSIGN(batch.rep_, format::native_from_leveldb(bytes));
  batch.count_ = format::batch_count(batch.rep_);
  format::set_batch_sequence(batch.rep_, 0);
  return batch;
}

Status WriteBatch::iterate(Handler& handler) const {
  LOAM_TRY_ASSIGN(auto reader, format::BatchReader::open(rep_));
  format::BatchEntry entry{};
  while (true) {
    LOAM_TRY_ASSIGN(const bool more, reader.next(entry));
    if (!more) return {};
    LOAM_TRY(entry.type == format::ValueType::kDelete ? handler.remove(entry.key)
                                                      : handler.put(entry.key, entry.value));
  }
}

Status BatchAccess::check_limits(const WriteBatch& batch) {
  if (batch.over_limit_) {
    return Status::invalid_argument(
        "a key or value is too long: keys hold at most " + std::to_string(format::kKeyBytesMax) +
        " bytes, values at most " + std::to_string(format::kValueBytesMax));
  }
  if (batch.rep_.size() > wal::kRecordBytesMax) {
    return Status::invalid_argument("a batch of " + std::to_string(batch.rep_.size()) +
                                    " bytes is too large: at most " +
                                    std::to_string(wal::kRecordBytesMax));
  }
  return {};
}

}  // namespace loam
