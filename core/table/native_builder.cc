#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/assert.h"
#include "core/base/hash.h"
#include "core/plugin/filter.h"
#include "core/table/block_builder.h"
#include "core/table/builder_state.h"
#include "core/table/dictionary.h"
#include "core/table/footer.h"
#include "core/table/stored_block.h"
#include "core/table/training.h"

namespace loam::table {

namespace {

constexpr std::uint32_t kIndexRestartInterval = 16;

class NativeBuilder final : public Builder::State {
 public:
  NativeBuilder(const BuildOptions& o, const format::InternalOrder& ord, sdk::AppendFile& f)
      : State(o, ord, f), data_(options.restart_interval), index_(kIndexRestartInterval) {
    properties.table_id = o.table_id;
    properties.comparator = o.comparator.identity();
    failure = make_components();
  }

  Status add(Bytes internal_key, Bytes value) override;
  Status finish() override;
  [[nodiscard]] std::uint64_t open_bytes() const override {
    return (data_.empty() ? 0 : data_.size()) + (training_ ? training_->raw_bytes() : 0);
  }

 private:
  Status make_components();
  Status finish_data_block();
  void add_index_entry(const std::string& user, std::uint64_t trailer);
  void index_between(Bytes next_user);
  void index_last();
  Result<BlockHandle> write_block(Bytes raw, bool compress);
  Status end_training();
  Status finish_dictionary();
  Status finish_filter();

  plugin::FilterBuilder filter_;
  BlockBuilder data_;
  BlockBuilder index_;
  // The open data block.
  format::Sequence block_sequence_max_ = 0;
  std::uint8_t block_flags_ = kFlagOnlyPuts | kFlagUniqueUserKeys;
  /// A finished block whose index key is not chosen yet; without place while it is in training_.
  std::optional<BlockHandle> pending_;
  std::optional<Training> training_;  ///< until it is known whether there is a dictionary
  std::string dictionary_;            ///< what came of it; empty: none
  std::string index_user_;            ///< of the index entry added last
  std::string separator_;
};

Status NativeBuilder::make_components() {
  if (options.codec && !options.codec.identity().empty()) {
    LOAM_TRY_ASSIGN(codec, plugin::Codec::make(options.codec));
    properties.codecs.push_back(identity_of(options.codec));
    LOAM_TRY_ASSIGN(const plugin::DictionaryPlan plan, codec.dictionary_plan());
    if (plan.bytes != 0) training_.emplace(plan);
  }
  if (options.filter && order.user().equal_iff_bytes_equal()) {
    LOAM_TRY_ASSIGN(plugin::FilterPolicy policy, plugin::FilterPolicy::make(options.filter));
    LOAM_TRY_ASSIGN(filter_, policy.new_builder(options.expected_keys));
    properties.filter = identity_of(options.filter);
  }
  return {};
}

Status NativeBuilder::add(Bytes internal_key, Bytes value) {
  LOAM_TRY(check_limits(internal_key, value));
  const Bytes user = format::user_key(internal_key);
  const std::uint64_t trailer = format::trailer(internal_key);
  std::size_t shared =
      common_prefix(user.data(), last_user.data(), std::min(user.size(), last_user.size()));
  bool same_user = false;
  LOAM_TRY(check_order(user, trailer, shared, same_user));
  const std::size_t most = data_.size() + user.size() + value.size() + 64;
  if (!data_.empty() && most > 2 * options.block_size) LOAM_TRY(finish_data_block());
  if (pending_) index_between(user);
  if (!any) properties.smallest = internal_key;
  if (data_.empty()) {
    shared = 0;
  } else if (same_user) {
    block_flags_ &= static_cast<std::uint8_t>(~kFlagUniqueUserKeys);
  }
  data_.add(user, trailer, value, shared);
  count(trailer, internal_key.size(), value.size());
  block_sequence_max_ = std::max(block_sequence_max_, format::sequence_of(trailer));
  if (format::type_of(trailer) != format::ValueType::kPut) {
    block_flags_ &= static_cast<std::uint8_t>(~kFlagOnlyPuts);
  }
  if (filter_ && !(any && same_user)) {
    ++properties.filter_keys;
    LOAM_TRY(filter_.add(user, filter_.takes_hashes() ? xxh3(user) : 0));
  }
  any = true;
  last_user.assign(user);
  last_trailer = trailer;
  if (data_.size() >= options.block_size) return finish_data_block();
  return {};
}

Status NativeBuilder::finish_data_block() {
  const Bytes raw = data_.finish(block_sequence_max_, block_flags_);
  if (training_) {
    training_->add(raw);
    pending_.emplace();
  } else {
    LOAM_TRY_ASSIGN(pending_, write_block(raw, true));
  }
  data_.reset();
  block_sequence_max_ = 0;
  block_flags_ = kFlagOnlyPuts | kFlagUniqueUserKeys;
  ++properties.data_blocks;
  return training_ && training_->is_full() ? end_training() : Status();
}

/// Writes the blocks that waited. The key of the last one may still be to be chosen.
Status NativeBuilder::end_training() {
  const Training training = *std::move(training_);
  training_.reset();
  LOAM_TRY_ASSIGN(std::optional<Training::Outcome> outcome, training.make(codec));
  if (outcome) {
    codec = std::move(outcome->codec);
    dictionary_ = std::move(outcome->dictionary);
  }
  for (const Training::WaitingBlock& block : training.blocks()) {
    LOAM_TRY_ASSIGN(pending_, write_block(training.raw(block), true));
    if (block.has_key) add_index_entry(block.user, block.trailer);
  }
  return {};
}

void NativeBuilder::add_index_entry(const std::string& user, std::uint64_t trailer) {
  if (training_) {
    training_->set_key(user, trailer);
    pending_.reset();
    return;
  }
  std::string value;
  append_varint(value, pending_->offset);
  append_varint(value, pending_->size);
  const std::size_t shared = index_.empty()
                                 ? 0
                                 : common_prefix(user.data(), index_user_.data(),
                                                 std::min(user.size(), index_user_.size()));
  index_.add(user, trailer, value, shared);
  index_user_ = user;
  pending_.reset();
}

/// A key at or above the finished block's last and below `next_user` with any sequence: a shorter
/// user key strictly between them if there is one, else the block's last key as it is.
void NativeBuilder::index_between(Bytes next_user) {
  if (order.compare_user(last_user, next_user) < 0) {
    order.user().shortest_separator(last_user, next_user, separator_);
    if (separator_.size() < last_user.size() && order.compare_user(last_user, separator_) < 0) {
      add_index_entry(separator_, format::pack(format::kSequenceMax, format::ValueType::kSeek));
      return;
    }
  }
  add_index_entry(last_user, last_trailer);
}

void NativeBuilder::index_last() {
  order.user().short_successor(last_user, separator_);
  if (separator_.size() < last_user.size() && order.compare_user(last_user, separator_) < 0) {
    add_index_entry(separator_, format::pack(format::kSequenceMax, format::ValueType::kSeek));
    return;
  }
  add_index_entry(last_user, last_trailer);
}

Result<BlockHandle> NativeBuilder::write_block(Bytes raw, bool compress) {
  if (raw.size() > kBlockBytesMax) return block_too_large(raw.size());
  StoredBlock block{raw, 0, static_cast<std::uint32_t>(raw.size())};
  if (compress) {
    LOAM_TRY_ASSIGN(block.bytes, smaller_form(codec, raw, scratch));
    if (block.bytes.size() < raw.size()) block.codec = 1;
  }
  const BlockHandle handle{offset, block.bytes.size()};
  append_stored_block(out, block, options.table_id, offset);
  offset += block.bytes.size() + kStoredTrailerSize;
  if (out.size() >= kWriteBytes) LOAM_TRY(flush());
  return handle;
}

Status NativeBuilder::finish_dictionary() {
  if (dictionary_.empty()) return {};
  const std::string contents = encode_dictionary(1, dictionary_);
  LOAM_TRY_ASSIGN(properties.dictionary, write_block(contents, false));
  return {};
}

Status NativeBuilder::finish_filter() {
  if (!filter_) return {};
  std::string bytes;
  LOAM_TRY(filter_.finish(bytes));
  if (bytes.empty()) return {};
  LOAM_TRY_ASSIGN(properties.filter_block, write_block(bytes, false));
  properties.filter_bytes = properties.filter_block.size + kStoredTrailerSize;
  return {};
}

Status NativeBuilder::finish() {
  LOAM_ASSERT(any);
  if (!data_.empty()) LOAM_TRY(finish_data_block());
  if (training_) LOAM_TRY(end_training());
  if (pending_) index_last();
  properties.data_bytes = offset;
  set_largest();
  LOAM_TRY(finish_dictionary());
  LOAM_TRY(finish_filter());
  LOAM_TRY_ASSIGN(properties.index, write_block(index_.finish(0, 0), false));
  properties.index_bytes = properties.index.size + kStoredTrailerSize;
  Footer footer;
  footer.table_id = options.table_id;
  LOAM_TRY_ASSIGN(footer.properties, write_block(encode_properties(properties), false));
  footer.file_size = offset + kFooterSize;
  out += encode_footer(footer);
  offset += kFooterSize;
  return flush();
}

}  // namespace

std::unique_ptr<Builder::State> make_native_builder(const BuildOptions& options,
                                                    const format::InternalOrder& order,
                                                    sdk::AppendFile& file) {
  return std::make_unique<NativeBuilder>(options, order, file);
}

}  // namespace loam::table
