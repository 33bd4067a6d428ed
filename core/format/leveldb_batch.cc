#include "core/format/leveldb_batch.h"

namespace loam::format {

namespace {

constexpr auto kDeleteTag = static_cast<std::uint8_t>(ValueType::kDelete);
constexpr auto kPutTag = static_cast<std::uint8_t>(ValueType::kPut);

/// Walks a record of LevelDB's log to its end. `refuse(tag)` makes the answer to any tag but put
/// and delete.
template <class Refuse>
Status walk(Bytes record, Refuse refuse) {
  if (record.size() < kLevelDbBatchHeaderSize) {
    return Status::corruption("batch: expected at least " +
                              std::to_string(kLevelDbBatchHeaderSize) + " bytes, found " +
                              std::to_string(record.size()));
  }
  const auto first = get_fixed<std::uint64_t>(record.data());
  const auto count = get_fixed<std::uint32_t>(record.data() + sizeof first);
  if (first > kSequenceMax || kSequenceMax - first < count) {
    return Status::corruption("batch: sequence " + std::to_string(first) + " and count " +
                              std::to_string(count) + " pass the largest sequence");
  }
  Bytes rest = record.substr(kLevelDbBatchHeaderSize);
  std::uint32_t seen = 0;
  auto where = [&] {
    return "batch, entry " + std::to_string(seen) + " of " + std::to_string(count) + ": ";
  };
  for (; !rest.empty(); ++seen) {
    if (seen == count) return Status::corruption(where() + "bytes behind the last entry");
    const auto tag = static_cast<std::uint8_t>(rest.front());
    if (tag != kPutTag && tag != kDeleteTag) {
      return refuse(tag).with_context("batch, entry " + std::to_string(seen));
    }
    rest.remove_prefix(1);
    Bytes key, value;
    if (!take_prefixed(rest, key)) return Status::corruption(where() + "its key is cut off");
    if (tag == kPutTag && !take_prefixed(rest, value)) {
      return Status::corruption(where() + "its value is cut off");
    }
    if (key.size() > kKeyBytesMax || value.size() > kValueBytesMax) {
      return Status::not_supported(where() + "its key or value is longer than Loam allows");
    }
  }
  if (seen == count) return {};
  return Status::corruption(where() + "the batch ends before it");
}

}  // namespace

Result<Bytes> leveldb_record(Bytes native) {
  LOAM_TRY(BatchReader::open(native).status());
  const Bytes record = leveldb_record_unchecked(native);
  LOAM_TRY(walk(record, [](std::uint8_t tag) {
    return Status::not_supported(describe_entry_tag(tag) + " is unknown to LevelDB's format");
  }));
  return record;
}

Result<std::string> native_from_leveldb(Bytes record) {
  LOAM_TRY(walk(record, [](std::uint8_t tag) {
    return Status::corruption("unknown tag " + std::to_string(tag));
  }));
  std::string native;
  native.reserve(record.size() + kBatchHeaderSize - kLevelDbBatchHeaderSize);
  init_batch(native);
  native.resize(kBatchHeaderSize - kLevelDbBatchHeaderSize);
  native.append(record);
  return native;
}

}  // namespace loam::format
