#include "core/table/table.h"

#include <utility>

#include "core/table/dictionary.h"
#include "core/table/footer.h"
#include "core/table/table_state.h"

namespace loam::table {

namespace {

/// The block and its trailer end at `end` of the file.
bool ends_at(const BlockHandle& block, std::uint64_t end) {
  return block.offset <= end && end - block.offset >= kStoredTrailerSize &&
         end - block.offset - kStoredTrailerSize == block.size;
}

}  // namespace

Result<Bytes> Table::State::read_tail(const OpenOptions& options, MutableBytes bytes) {
  auto size = source.file->size();
  if (!size.ok()) return named(std::move(size).status());
  if (*size != options.size) {
    return named(Status::corruption((*size < options.size ? "truncated: expected " : "expected ") +
                                    std::to_string(options.size) + " bytes, found " +
                                    std::to_string(*size)));
  }
  const std::size_t tail = *size < bytes.size() ? 0 : bytes.size();
  LOAM_TRY(source.read_exactly(*size - tail, bytes.first(tail)));
  return Bytes(bytes.data(), tail);
}

Status Table::State::open_native(const OpenOptions& options) {
  LOAM_TRY(read_footer(options));
  LOAM_TRY(open_codecs());
  LOAM_TRY(open_filter());
  return open_index();
}

Status Table::State::read_footer(const OpenOptions& options) {
  char bytes[kFooterSize];
  LOAM_TRY_ASSIGN(const Bytes tail, read_tail(options, {bytes, kFooterSize}));
  auto footer = decode_footer(tail, options.size);
  if (!footer.ok()) return named(std::move(footer).status());
  if (!options.any_table_id && footer->table_id != options.table_id) {
    return named(
        Status::corruption("the file is another table than the manifest names: its id differs"));
  }
  source.id = footer->table_id;
  properties_block = footer->properties;
  LOAM_TRY_ASSIGN(RawBlock raw, source.read(properties_block, true));
  auto decoded = decode_properties(raw.bytes());
  if (!decoded.ok()) return named(std::move(decoded).status());
  properties = std::move(decoded).value();
  return named(check_layout());
}

/// Dictionary, filter, index and properties lie back to back, and this build can read them.
Status Table::State::check_layout() const {
  if (properties.table_id != source.id) {
    return Status::corruption("properties and footer name different tables");
  }
  const std::string& comparator = order.user().name();
  if (!comparator.empty() && properties.comparator != comparator) {
    return Status::invalid_argument("ordered by comparator \"" + properties.comparator +
                                    "\", the store is opened with \"" + comparator + "\"");
  }
  if (properties.index_kind != 1) {
    return Status::not_supported("index kind " + std::to_string(properties.index_kind) +
                                 ", this build knows kind 1 (one index block)");
  }
  const BlockHandle& filter_block = properties.filter_block;
  const BlockHandle& index_block = properties.index;
  const bool has_filter = filter_block.size != 0;
  const std::uint64_t behind = has_filter ? filter_block.offset : index_block.offset;
  if (properties.dictionary.size != 0 && !ends_at(properties.dictionary, behind)) {
    return Status::corruption("the dictionary does not end where the filter or index begins");
  }
  if (has_filter && !ends_at(filter_block, index_block.offset)) {
    return Status::corruption("the filter does not end where the index begins");
  }
  if (!ends_at(index_block, properties_block.offset)) {
    return Status::corruption("the index does not end where the properties begin");
  }
  return {};
}

Status Table::State::open_codecs() {
  for (const Identity& identity : properties.codecs) {
    auto codec = components->codec(identity);
    if (!codec.ok()) return std::move(codec).status().with_context(source.name);
    source.codecs.push_back(std::move(codec).value());
  }
  return properties.dictionary.size == 0 ? Status()
                                         : open_dictionary(source, properties.dictionary);
}

/// A filter only saves work, so a table whose filter component is not there opens without; but its
/// bytes are checked all the same.
Status Table::State::open_filter() {
  if (properties.filter_block.size == 0 || !order.user().equal_iff_bytes_equal()) return {};
  LOAM_TRY_ASSIGN(filter_bytes, source.read(properties.filter_block, true));
  auto policy = components->filter(properties.filter);
  if (policy.ok()) {
    auto reader = policy->open(filter_bytes.bytes());
    if (reader.ok()) {
      filter = std::move(reader).value();
      return {};
    }
  }
  missing_filter = properties.filter.identity;
  filter_bytes = {};
  return {};
}

Status Table::State::open_index() {
  LOAM_TRY_ASSIGN(std::shared_ptr<const Block> block, read_block(properties.index, true));
  auto made = Index::make(*block, order, {.end = properties.data_end()});
  if (!made.ok()) return std::move(made).status().with_context(source.name);
  index = std::move(made).value();
  return {};
}

Result<std::shared_ptr<const Block>> Table::State::read_block(const BlockHandle& handle,
                                                              bool verify) const {
  LOAM_TRY_ASSIGN(RawBlock raw, source.read(handle, verify));
  std::shared_ptr<const Block> block = Block::make(std::move(raw.data), raw.size);
  if (block == nullptr) return source.corruption(handle.offset, "malformed contents");
  return block;
}

Result<std::shared_ptr<const Block>> Table::State::read_data(std::size_t i, bool verify) const {
  return format == Format::kLoam ? read_block(index.handle(i), verify) : read_leveldb(i, verify);
}

Status Table::State::map() {
  auto view = source.file->map();
  if (!view.ok()) return named(std::move(view).status());
  source.map = *view;
  return {};
}

/// Block `i` of a mapped table where it lies; null: it is compressed. Checked once, whoever asks.
Result<std::shared_ptr<const Block>> Table::State::load_mapped(std::size_t i) const {
  const Block* block = mapped->find(i);
  if (block == nullptr) {
    const BlockHandle& handle = index.handle(i);
    const std::uint64_t trailer = handle.offset + handle.size;
    if (trailer < source.map.size() && source.map[trailer] != 0) {
      return std::shared_ptr<const Block>();
    }
    std::unique_ptr<char[]> buffer;
    LOAM_TRY_ASSIGN(const StoredBlock stored, source.stored(handle, true, buffer));
    std::unique_ptr<const Block> made = Block::over(stored.bytes);
    if (made == nullptr) return source.corruption(handle.offset, "malformed contents");
    block = mapped->keep(i, std::move(made));
  }
  return std::shared_ptr<const Block>(mapped, block);
}

Result<std::shared_ptr<const Block>> Table::State::load(std::size_t i, const ReadArgs& args) const {
  if (mapped != nullptr) {
    auto block = load_mapped(i);
    if (!block.ok() || *block != nullptr) return block;
  }
  if (cache == nullptr) return read_data(i, args.verify_checksums);
  const BlockCache::Key key{cache_id, index.handle(i).offset};
  if (std::shared_ptr<const void> cached = cache->lookup(key)) {
    return std::static_pointer_cast<const Block>(std::move(cached));
  }
  LOAM_TRY_ASSIGN(std::shared_ptr<const Block> block, read_data(i, args.verify_checksums));
  // Who reads without checks must not hand unchecked bytes to those who want them checked.
  if (args.fill_cache && args.verify_checksums) cache->insert(key, block, block->memory_usage());
  return block;
}

Result<std::shared_ptr<Table>> Table::open(sdk::RandomFile file, const OpenOptions& options,
                                           const format::InternalOrder& order) {
  auto state = std::make_unique<State>(order);
  state->source.file = std::make_shared<const sdk::RandomFile>(std::move(file));
  state->source.name = options.name;
  if (options.mapped) LOAM_TRY(state->map());
  state->format = options.format;
  state->plain_keys = options.plain_keys;
  state->components = options.components;
  if (state->components == nullptr) {
    state->components = std::make_shared<Components>(options.registry);
  }
  LOAM_TRY(options.format == Format::kLoam ? state->open_native(options)
                                           : state->open_leveldb(options));
  if (options.mapped && options.format == Format::kLoam) {
    state->mapped = std::make_shared<MappedBlocks>(state->source.file, state->index.size());
  }
  if (options.cache != nullptr) {
    state->cache_id = options.cache->new_table_id();
    state->cache = options.cache;
  }
  return std::shared_ptr<Table>(new Table(std::move(state)));
}

Table::Table(std::unique_ptr<State> state) : state_(std::move(state)) {}
Table::~Table() = default;

bool Table::may_contain(Bytes user_key, std::uint64_t hash) const {
  return state_->filter.may_match(user_key, hash);
}
bool Table::has_filter() const { return static_cast<bool>(state_->filter); }
bool Table::has_block_filters() const { return state_->block_filters != nullptr; }
const std::string& Table::missing_filter() const { return state_->missing_filter; }
const Properties& Table::properties() const { return state_->properties; }

Status Table::get(Bytes internal_key, const ReadArgs& args, Found& found) const {
  const State& s = *state_;
  found.found = false;
  const std::size_t i = s.index.find(internal_key, s.order);
  if (i == s.index.size()) return {};
  if (s.block_filters != nullptr) [[unlikely]] {
    found.filtered = !s.block_filters->may_match(i, format::user_key(internal_key));
    if (found.filtered) return {};
  }
  LOAM_TRY_ASSIGN(std::shared_ptr<const Block> block, s.load(i, args));
  return s.search(std::move(block), i, internal_key, found);
}

Status Table::State::search(std::shared_ptr<const Block> block, std::size_t i, Bytes internal_key,
                            Found& found) const {
  Hit hit;
  const Search result = find_in_block(*block, order, format::user_key(internal_key),
                                      format::trailer(internal_key), hit);
  if (result == Search::kAbsent) return {};
  if (result == Search::kCorrupt) {
    return source.corruption(index.handle(i).offset, "malformed entry");
  }
  found.found = true;
  found.type = format::type_of(hit.trailer);
  found.sequence = format::sequence_of(hit.trailer);
  found.value = hit.value;
  found.pin = std::move(block);
  return {};
}

std::uint64_t Table::approximate_offset(Bytes internal_key) const {
  const State& s = *state_;
  const std::size_t i = s.index.find(internal_key, s.order);
  return i == s.index.size() ? s.properties.data_bytes : s.index.handle(i).offset;
}

std::uint64_t Table::memory_usage() const {
  const State& s = *state_;
  return sizeof s + s.index.memory_usage() + s.filter_bytes.size + s.properties.dictionary.size +
         (s.block_filters != nullptr ? s.block_filters->memory_usage() : 0) +
         (s.mapped != nullptr ? s.mapped->memory_usage() : 0) + s.properties.smallest.capacity() +
         s.properties.largest.capacity();
}

}  // namespace loam::table
