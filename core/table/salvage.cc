#include "core/table/salvage.h"

#include <algorithm>
#include <utility>

#include "core/table/blind_scan.h"
#include "core/table/dictionary.h"
#include "core/table/footer.h"
#include "core/table/index.h"
#include "core/table/lenient_read.h"
#include "core/table/stored_block.h"

namespace loam::table {

namespace {

constexpr const char* kBehindEnd = "lies behind the end of the file";

/// Damage is what a salvage is for; other failures end it.
bool is_damage(const Status& status) {
  return status.code() == Code::kCorruption || status.code() == Code::kIo;
}

/// Empty: this is a data block. An index block is none: it says that its largest sequence is 0.
const char* no_data_block(const Block& block, const format::InternalOrder& order,
                          std::string& last) {
  BlockIterator it(order);
  it.set_block(&block);
  format::Sequence highest = 0;
  for (it.seek_to_first(); it.valid(); it.next()) {
    const std::uint64_t trailer = format::trailer(it.key());
    if (!last.empty() && order.compare(last, it.key()) >= 0) return "keys out of order";
    if (format::type_of(trailer) > format::ValueType::kValuePointer) return "an unknown type";
    highest = std::max(highest, format::sequence_of(trailer));
    last.assign(it.key());
  }
  if (it.corrupt()) return "malformed entry";
  return highest == block.max_sequence() ? nullptr : "its largest sequence is not what it states";
}

class Salvage {
 public:
  Salvage(const SalvageOptions& options, const format::InternalOrder& order,
          const EntrySink& entries, const FaultSink& faults)
      : options_(options), order_(order), entries_(entries), faults_(faults) {
    source_.name = options.name;
  }

  Result<Salvaged> run(sdk::RandomFile file) {
    source_.file = std::make_shared<const sdk::RandomFile>(std::move(file));
    LOAM_TRY_ASSIGN(size_, source_.file->size());
    LOAM_TRY(identify());
    if (!known_) {
      fault(0, Status::corruption("neither the file nor a manifest tells the table's id: none of "
                                  "its blocks can be told from damage"));
      return std::move(result_);
    }
    LOAM_TRY(open_codecs());
    LOAM_TRY(find_dictionary());
    const std::vector<BlockHandle> blocks = blocks_by_index();
    if (blocks.empty()) {
      LOAM_TRY(scan_blindly());
    } else {
      for (const BlockHandle& handle : blocks) LOAM_TRY(take(handle));
    }
    return std::move(result_);
  }

 private:
  void fault(std::uint64_t offset, Status status) {
    if (faults_) faults_(offset, std::move(status));
  }

  Status identify() {
    Status from_footer = read_by_footer();
    if (from_footer.ok()) return {};
    if (!is_damage(from_footer)) return from_footer;
    fault(size_ < kFooterSize ? 0 : size_ - kFooterSize, std::move(from_footer));
    LOAM_TRY(load_whole());
    TableId id{};
    if (const auto found = BlindScan::find_properties(whole_.bytes(), id)) {
      source_.id = id;
      known_ = true;
      Status accepted = accept_properties(whole_.bytes().substr(found->offset, found->size));
      if (!is_damage(accepted)) return accepted;
      fault(found->offset, std::move(accepted));
      return {};
    }
    if (known_ || !options_.table_id) return {};
    source_.id = *options_.table_id;
    known_ = true;
    return {};
  }

  Status read_by_footer() {
    char bytes[kFooterSize];
    const std::size_t footer_size = size_ < kFooterSize ? 0 : kFooterSize;
    LOAM_TRY(source_.read_exactly(size_ - footer_size, {bytes, footer_size}));
    LOAM_TRY_ASSIGN(const Footer footer, decode_footer(Bytes(bytes, footer_size), size_));
    source_.id = footer.table_id;
    known_ = true;
    LOAM_TRY_ASSIGN(const RawBlock raw, source_.read(footer.properties, true));
    return accept_properties(raw.bytes());
  }

  Status accept_properties(Bytes bytes) {
    auto decoded = decode_properties(bytes);
    if (!decoded.ok()) return std::move(decoded).status().with_context(options_.name);
    const std::string& comparator = order_.user().name();
    if (!comparator.empty() && decoded->comparator != comparator) {
      return Status::invalid_argument(options_.name + ": ordered by comparator \"" +
                                      decoded->comparator + "\", \"" + comparator + "\" was given");
    }
    result_.properties = std::move(decoded).value();
    return {};
  }

  Status open_codecs() {
    const auto& wanted = result_.properties ? result_.properties->codecs : options_.codecs;
    for (const Identity& identity : wanted) {
      auto codec = options_.components->codec(identity);
      if (!codec.ok()) return std::move(codec).status().with_context(options_.name);
      source_.codecs.push_back(std::move(codec).value());
    }
    return {};
  }

  /// Without it what was compressed with it is refused by its codec.
  Status find_dictionary() {
    std::optional<BlockHandle> handle;
    if (result_.properties) {
      if (result_.properties->dictionary.size != 0) handle = result_.properties->dictionary;
    } else if (!source_.codecs.empty()) {
      LOAM_TRY(load_whole());
      handle = BlindScan::find_dictionary(whole_.bytes(), source_.id);
    }
    if (!handle) return {};
    Status opened = inside(*handle) ? open_dictionary(source_, *handle)
                                    : source_.corruption(handle->offset, kBehindEnd);
    if (opened.ok() || !is_damage(opened)) return opened;
    fault(handle->offset, std::move(opened));
    return {};
  }

  [[nodiscard]] bool inside(const BlockHandle& handle) const {
    return handle.offset <= size_ && handle.size <= size_ - handle.offset;
  }

  /// Where data may end at most.
  [[nodiscard]] std::uint64_t data_end() const {
    return result_.properties ? std::min(size_, result_.properties->data_bytes) : size_;
  }

  /// Empty: there is no usable index.
  std::vector<BlockHandle> blocks_by_index() {
    std::vector<BlockHandle> blocks;
    if (!result_.properties) return blocks;
    const BlockHandle& handle = result_.properties->index;
    if (!inside(handle)) {
      fault(handle.offset, source_.corruption(handle.offset, "the index lies behind the end"));
      return blocks;
    }
    auto raw = source_.read(handle, true);
    if (!raw.ok()) {
      fault(handle.offset, std::move(raw).status());
      return blocks;
    }
    const auto block = Block::make(std::move(raw->data), raw->size);
    auto index = block == nullptr
                     ? Result<Index>(source_.corruption(handle.offset, "malformed contents"))
                     : Index::make(*block, order_, {.end = result_.properties->data_bytes});
    if (!index.ok()) {
      fault(handle.offset, std::move(index).status());
      return blocks;
    }
    for (std::size_t i = 0; i < index->size(); ++i) blocks.push_back(index->handle(i));
    return blocks;
  }

  Status load_whole() {
    if (whole_.data || size_ == 0) return {};
    LOAM_TRY_ASSIGN(whole_, read_leniently(source_, size_, faults_));
    return {};
  }

  Status scan_blindly() {
    LOAM_TRY(load_whole());
    const auto limit = static_cast<std::size_t>(data_end());
    BlindScan scan(whole_.bytes().substr(0, limit), source_.id, source_.codecs.size());
    std::uint64_t covered = 0;
    while (const auto handle = scan.next()) {
      report_hole(covered, handle->offset);
      LOAM_TRY(take(*handle));
      covered = handle->offset + handle->size + kStoredTrailerSize;
    }
    if (result_.properties) report_hole(covered, limit);
    if (scan.gave_up()) fault(covered, source_.corruption(covered, "the search was given up"));
    return {};
  }

  void report_hole(std::uint64_t begin, std::uint64_t end) {
    if (begin >= end) return;
    fault(begin, source_.corruption(begin, "no intact block up to " + std::to_string(end)));
  }

  Status take(const BlockHandle& handle) {
    if (!inside(handle)) {
      fault(handle.offset, source_.corruption(handle.offset, kBehindEnd));
      return {};
    }
    auto raw = source_.read(handle, true);
    if (!raw.ok()) {
      if (!is_damage(raw.status())) return std::move(raw).status();
      fault(handle.offset, std::move(raw).status());
      return {};
    }
    const auto block = Block::make(std::move(raw->data), raw->size);
    std::string last = last_;
    const char* wrong =
        block == nullptr ? "malformed contents" : no_data_block(*block, order_, last);
    if (wrong != nullptr) {
      // Without properties, what is left at the end is no damage: filter, index.
      if (result_.properties) fault(handle.offset, source_.corruption(handle.offset, wrong));
      return {};
    }
    last_ = std::move(last);
    ++result_.blocks;
    result_.sequence_max = std::max(result_.sequence_max, block->max_sequence());
    BlockIterator it(order_);
    it.set_block(block.get());
    for (it.seek_to_first(); it.valid(); it.next()) {
      ++result_.entries;
      if (entries_) LOAM_TRY(entries_(it.key(), it.value()));
    }
    return {};
  }

  const SalvageOptions& options_;
  const format::InternalOrder& order_;
  const EntrySink& entries_;
  const FaultSink& faults_;
  BlockSource source_;
  std::uint64_t size_ = 0;
  bool known_ = false;  ///< source_.id is the table's
  RawBlock whole_;
  std::string last_;  ///< key of the entry given last
  Salvaged result_;
};

}  // namespace

Result<Salvaged> salvage(sdk::RandomFile file, const SalvageOptions& options,
                         const format::InternalOrder& order, const EntrySink& entries,
                         const FaultSink& faults) {
  if (options.format == Format::kLevelDb) {
    return salvage_leveldb(std::move(file), options, order, entries, faults);
  }
  return Salvage(options, order, entries, faults).run(std::move(file));
}

}  // namespace loam::table
