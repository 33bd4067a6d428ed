#include "core/table/block_builder.h"

namespace loam::table {

void BlockBuilder::add(Bytes user_key, std::uint64_t trailer, Bytes value, std::size_t shared) {
  if (entries_++ % restart_interval_ == 0) {
    restarts_.push_back(static_cast<std::uint32_t>(buffer_.size()));
    shared = 0;
  }
  const std::size_t unshared = user_key.size() - shared;
  char head[3 * kVarint64Max];
  char* p = put_varint(head, shared);
  p = put_varint(p, unshared);
  p = put_varint(p, value.size());
  buffer_.append(head, static_cast<std::size_t>(p - head));
  buffer_.append(user_key.data() + shared, unshared);
  append_fixed(buffer_, trailer);
  buffer_.append(value);
}

Bytes BlockBuilder::finish(format::Sequence max_sequence, std::uint8_t flags) {
  for (const std::uint32_t offset : restarts_) append_fixed(buffer_, offset);
  append_fixed(buffer_, max_sequence);
  buffer_.push_back(static_cast<char>(flags));
  append_fixed(buffer_, static_cast<std::uint32_t>(restarts_.size()));
  return buffer_;
}

void BlockBuilder::reset() {
  buffer_.clear();
  restarts_.clear();
  entries_ = 0;
}

}  // namespace loam::table
