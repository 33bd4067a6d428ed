// Writes tables byte for byte as LevelDB 1.23 does (docs/format.md, "LevelDB's tables").
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/table/block_filters.h"
#include "core/table/block_format.h"
#include "core/table/builder_state.h"
#include "core/table/leveldb_block.h"
#include "core/table/leveldb_format.h"

namespace loam::table {

namespace {

constexpr std::uint32_t kIndexRestartInterval = 1;
/// Of shortened index keys: the highest sequence, and the type that LevelDB seeks with.
constexpr std::uint64_t kShortenedTrailer =
    format::pack(format::kSequenceMax, format::ValueType::kPut);

/// Encodes the contents of one block (core/table/leveldb_block.h).
class LevelDbBlockBuilder {
 public:
  explicit LevelDbBlockBuilder(std::uint32_t restart_interval)
      : restart_interval_(restart_interval) {}

  void add(Bytes key, Bytes value) {
    std::size_t shared = 0;
    if (since_restart_ < restart_interval_) {
      shared = common_prefix(key.data(), last_.data(), std::min(key.size(), last_.size()));
    } else {
      restarts_.push_back(static_cast<std::uint32_t>(buffer_.size()));
      since_restart_ = 0;
    }
    char head[3 * kVarint64Max];
    char* p = put_varint(head, shared);
    p = put_varint(p, key.size() - shared);
    p = put_varint(p, value.size());
    buffer_.append(head, static_cast<std::size_t>(p - head));
    buffer_.append(key.substr(shared));
    buffer_.append(value);
    last_.assign(key);
    ++since_restart_;
  }
  /// The contents; valid until reset() or add().
  Bytes finish() {
    for (const std::uint32_t offset : restarts_) append_fixed(buffer_, offset);
    append_fixed(buffer_, static_cast<std::uint32_t>(restarts_.size()));
    return buffer_;
  }
  void reset() {
    buffer_.clear();
    restarts_.assign(1, 0);
    last_.clear();
    since_restart_ = 0;
  }

  [[nodiscard]] bool empty() const { return buffer_.empty(); }
  /// Of the contents if finished now.
  [[nodiscard]] std::size_t size() const {
    return buffer_.size() + (restarts_.size() + 1) * sizeof(std::uint32_t);
  }

 private:
  const std::uint32_t restart_interval_;
  std::string buffer_;
  std::vector<std::uint32_t> restarts_{0};
  std::string last_;
  std::uint32_t since_restart_ = 0;
};

unsigned byte_at(Bytes key, std::size_t i) { return static_cast<unsigned char>(key[i]); }

/// LevelDB's own rules for byte order, so that the bytes are its own: the component of that order
/// finds shorter keys in cases in which LevelDB leaves them as they are.
void separate_bytewise(Bytes start, Bytes limit, std::string& out) {
  out.assign(start);
  const std::size_t both = std::min(start.size(), limit.size());
  const std::size_t same = common_prefix(start.data(), limit.data(), both);
  if (same == both || byte_at(start, same) + 1 >= byte_at(limit, same)) return;
  out.resize(same + 1);
  out.back() = static_cast<char>(byte_at(start, same) + 1);
}

void succeed_bytewise(Bytes key, std::string& out) {
  out.assign(key);
  const std::size_t i = key.find_first_not_of('\xff');
  if (i == Bytes::npos) return;
  out.resize(i + 1);
  out.back() = static_cast<char>(byte_at(key, i) + 1);
}

class LevelDbBuilder final : public Builder::State {
 public:
  LevelDbBuilder(const BuildOptions& o, const format::InternalOrder& ord, sdk::AppendFile& f)
      : State(o, ord, f), data_(options.restart_interval), index_(kIndexRestartInterval) {
    failure = make_components();
  }

  Status add(Bytes internal_key, Bytes value) override;
  Status finish() override;
  [[nodiscard]] std::uint64_t open_bytes() const override {
    return data_.empty() ? 0 : data_.size();
  }

 private:
  Status make_components();
  Status finish_data_block();
  /// `limit` absent: the block was the last one.
  void add_index_entry(std::optional<Bytes> limit);
  Result<BlockHandle> write_block(Bytes raw, bool compress);
  Result<BlockHandle> write_metaindex();

  std::uint8_t compression_ = 0;
  std::optional<BlockFiltersBuilder> filters_;
  LevelDbBlockBuilder data_;
  LevelDbBlockBuilder index_;
  std::optional<BlockHandle> pending_;  ///< a finished block whose index key is not chosen yet
  std::string separator_;
  std::string handle_bytes_;
};

Status LevelDbBuilder::make_components() {
  if (options.codec && !options.codec.identity().empty()) {
    LOAM_TRY_ASSIGN(compression_, leveldb_compression(options.codec.name()));
    LOAM_TRY_ASSIGN(codec, plugin::Codec::make(options.codec));
    LOAM_TRY_ASSIGN(const plugin::DictionaryPlan plan, codec.dictionary_plan());
    if (plan.bytes != 0) {
      return Status::invalid_argument("table builder: LevelDB's format has no dictionaries, and " +
                                      std::string("codec \"").append(options.codec.name()) +
                                      "\" is to make them");
    }
    properties.codecs.push_back(identity_of(options.codec));
  }
  if (options.filter && order.user().equal_iff_bytes_equal()) {
    LOAM_TRY_ASSIGN(plugin::FilterPolicy policy, plugin::FilterPolicy::make(options.filter));
    filters_.emplace(std::move(policy));
    properties.filter = identity_of(options.filter);
  }
  return {};
}

Status LevelDbBuilder::add(Bytes internal_key, Bytes value) {
  LOAM_TRY(check_limits(internal_key, value));
  const Bytes user = format::user_key(internal_key);
  const std::uint64_t trailer = format::trailer(internal_key);
  if ((trailer & 0xff) > static_cast<std::uint8_t>(format::ValueType::kPut)) {
    return Status::invalid_argument("table builder: LevelDB has no entries of type " +
                                    std::to_string(trailer & 0xff));
  }
  const std::size_t shared =
      common_prefix(user.data(), last_user.data(), std::min(user.size(), last_user.size()));
  bool same_user = false;
  LOAM_TRY(check_order(user, trailer, shared, same_user));
  // Offsets in a block have 32 bits; LevelDB would let them overflow.
  const std::size_t most = data_.size() + internal_key.size() + value.size() + 64;
  if (most > kBlockBytesMax && !data_.empty()) LOAM_TRY(finish_data_block());
  if (pending_) add_index_entry(user);
  if (!any) properties.smallest = internal_key;
  if (filters_) {
    ++properties.filter_keys;
    LOAM_TRY(filters_->add(user));
  }
  data_.add(options.plain_keys ? user : internal_key, value);
  count(trailer, internal_key.size(), value.size());
  any = true;
  last_user.assign(user);
  last_trailer = trailer;
  if (data_.size() >= options.block_size) return finish_data_block();
  return {};
}

Status LevelDbBuilder::finish_data_block() {
  LOAM_TRY_ASSIGN(pending_, write_block(data_.finish(), true));
  data_.reset();
  ++properties.data_blocks;
  if (out.size() >= kWriteBytes) LOAM_TRY(flush());
  return filters_ ? filters_->start_block(offset) : Status();
}

/// The key at or above the block's last and below `limit` with any sequence. In a store it is only
/// another one than the last when it is shorter and greater; a table of plain keys takes whatever
/// the order finds.
void LevelDbBuilder::add_index_entry(std::optional<Bytes> limit) {
  const bool bytewise = order.user().is_bytewise();
  if (!limit) {
    bytewise ? succeed_bytewise(last_user, separator_)
             : order.user().short_successor(last_user, separator_);
  } else if (bytewise) {
    separate_bytewise(last_user, *limit, separator_);
  } else if (order.compare_user(last_user, *limit) < 0) {
    order.user().shortest_separator(last_user, *limit, separator_);
  } else {
    separator_ = last_user;
  }
  if (!options.plain_keys) {
    const bool shortened =
        separator_.size() < last_user.size() && order.compare_user(last_user, separator_) < 0;
    if (!shortened) separator_ = last_user;
    append_fixed(separator_, shortened ? kShortenedTrailer : last_trailer);
  }
  handle_bytes_.clear();
  append_leveldb_handle(handle_bytes_, *pending_);
  index_.add(separator_, handle_bytes_);
  pending_.reset();
}

Result<BlockHandle> LevelDbBuilder::write_block(Bytes raw, bool compress) {
  if (raw.size() > kBlockBytesMax) return block_too_large(raw.size());
  Bytes stored = raw;
  if (compress) {
    LOAM_TRY_ASSIGN(stored, smaller_form(codec, raw, scratch));
  }
  const BlockHandle handle{offset, stored.size()};
  append_leveldb_block(out, stored, stored.size() < raw.size() ? compression_ : std::uint8_t{0});
  offset += stored.size() + kLevelDbTrailerSize;
  return handle;
}

/// Writes the filter block, if there is one, and what names it.
Result<BlockHandle> LevelDbBuilder::write_metaindex() {
  LevelDbBlockBuilder metaindex(options.restart_interval);
  if (filters_) {
    LOAM_TRY_ASSIGN(const Bytes contents, filters_->finish());
    LOAM_TRY_ASSIGN(properties.filter_block, write_block(contents, false));
    properties.filter_bytes = properties.filter_block.size + kLevelDbTrailerSize;
    handle_bytes_.clear();
    append_leveldb_handle(handle_bytes_, properties.filter_block);
    metaindex.add(std::string(kLevelDbFilterPrefix) + properties.filter.identity, handle_bytes_);
  }
  return write_block(metaindex.finish(), true);
}

Status LevelDbBuilder::finish() {
  if (!data_.empty()) LOAM_TRY(finish_data_block());
  properties.data_bytes = offset;
  LevelDbFooter footer;
  LOAM_TRY_ASSIGN(footer.metaindex, write_metaindex());
  if (pending_) add_index_entry(std::nullopt);
  if (any) set_largest();
  LOAM_TRY_ASSIGN(footer.index, write_block(index_.finish(), true));
  properties.index = footer.index;
  properties.index_bytes = footer.index.size + kLevelDbTrailerSize;
  out += encode_leveldb_footer(footer);
  offset += kLevelDbFooterSize;
  return flush();
}

}  // namespace

std::unique_ptr<Builder::State> make_leveldb_builder(const BuildOptions& options,
                                                     const format::InternalOrder& order,
                                                     sdk::AppendFile& file) {
  return std::make_unique<LevelDbBuilder>(options, order, file);
}

}  // namespace loam::table
