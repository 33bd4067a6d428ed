#include "core/format/batch.h"

#include <string_view>

namespace loam::format {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kSequenceOffset = 2;
constexpr std::size_t kCountOffset = 10;
constexpr std::uint8_t kHasFamily = 0x80;

constexpr bool has_value(ValueType type) {
  return type != ValueType::kDelete && type != ValueType::kSingleDelete;
}

/// Kinds that have a number, whether this build decodes them or not.
std::string_view kind_name(std::uint8_t kind) {
  constexpr std::string_view kNames[] = {"delete",        "put",          "merge",
                                         "single delete", "range delete", "value pointer",
                                         "prepare",       "commit",       "rollback"};
  return kind < std::size(kNames) ? kNames[kind] : "unknown kind";
}

constexpr bool is_known(std::uint8_t kind) {
  return kind <= static_cast<std::uint8_t>(ValueType::kValuePointer);
}

}  // namespace

void init_batch(std::string& rep) {
  rep.assign(kBatchHeaderSize, '\0');
  rep[0] = static_cast<char>(RecordKind::kBatch);
  rep[1] = static_cast<char>(kVersion);
}

void append_batch_entry(std::string& rep, const BatchEntry& entry) {
  const auto kind = static_cast<std::uint8_t>(entry.type);
  if (entry.family == 0) {
    rep.push_back(static_cast<char>(kind));
  } else {
    rep.push_back(static_cast<char>(kind | kHasFamily));
    append_varint(rep, entry.family);
  }
  append_prefixed(rep, entry.key);
  if (has_value(entry.type)) append_prefixed(rep, entry.value);
}

std::string describe_entry_tag(std::uint8_t tag) {
  const auto kind = static_cast<std::uint8_t>(tag & ~kHasFamily);
  std::string text = "kind " + std::to_string(kind) + " (" + std::string(kind_name(kind)) + ")";
  return (tag & kHasFamily) != 0 ? text + " in a column family" : text;
}

Sequence batch_sequence(Bytes batch) {
  return get_fixed<std::uint64_t>(batch.data() + kSequenceOffset);
}
std::uint32_t batch_count(Bytes batch) {
  return get_fixed<std::uint32_t>(batch.data() + kCountOffset);
}
void set_batch_sequence(std::string& rep, Sequence sequence) {
  put_fixed(rep.data() + kSequenceOffset, sequence);
}
void set_batch_count(std::string& rep, std::uint32_t count) {
  put_fixed(rep.data() + kCountOffset, count);
}

Result<BatchReader> BatchReader::open(Bytes batch) {
  if (batch.size() < kBatchHeaderSize) {
    return Status::corruption("batch: expected at least " + std::to_string(kBatchHeaderSize) +
                              " bytes, found " + std::to_string(batch.size()));
  }
  const auto kind = static_cast<std::uint8_t>(batch[0]);
  if (kind != static_cast<std::uint8_t>(RecordKind::kBatch)) {
    return Status::corruption("batch: expected record kind 1, found " + std::to_string(kind));
  }
  const auto version = static_cast<std::uint8_t>(batch[1]);
  if (version != kVersion) {
    return Status::not_supported("batch: version " + std::to_string(version) +
                                 ", this build reads version 1");
  }
  const Sequence first = batch_sequence(batch);
  const std::uint32_t count = batch_count(batch);
  if (first > kSequenceMax || kSequenceMax - first < count) {
    return Status::corruption("batch: sequence " + std::to_string(first) + " and count " +
                              std::to_string(count) + " pass the largest sequence");
  }
  return BatchReader(batch_entries(batch), first, count);
}

Result<bool> BatchReader::next(BatchEntry& entry) {
  auto broken = [this](const char* what) {
    return Status::corruption("batch, entry " + std::to_string(seen_) + " of " +
                              std::to_string(count_) + ": " + what);
  };
  if (seen_ == count_) {
    if (rest_.empty()) return false;
    return broken("bytes behind the last entry");
  }
  if (rest_.empty()) return broken("the batch ends before it");
  const auto tag = static_cast<std::uint8_t>(rest_.front());
  const auto kind = static_cast<std::uint8_t>(tag & ~kHasFamily);
  if (!is_known(kind)) {
    return Status::not_supported("batch, entry " + std::to_string(seen_) + ": kind " +
                                 std::to_string(kind) + " (" + std::string(kind_name(kind)) +
                                 ") is not in this build");
  }
  rest_.remove_prefix(1);
  entry.type = static_cast<ValueType>(kind);
  entry.family = 0;
  if ((tag & kHasFamily) != 0 && !take_varint32(rest_, entry.family)) {
    return broken("its family is cut off");
  }
  if (!take_prefixed(rest_, entry.key)) return broken("its key is cut off");
  if (entry.key.size() > kKeyBytesMax) return broken("its key is longer than 64 MiB");
  entry.value = {};
  if (has_value(entry.type)) {
    if (!take_prefixed(rest_, entry.value)) return broken("its value is cut off");
    if (entry.value.size() > kValueBytesMax) return broken("its value is longer than 4 GiB");
  }
  ++seen_;
  return true;
}

}  // namespace loam::format
