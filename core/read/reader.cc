#include "core/read/reader.h"

#include <utility>

#include "core/base/hash.h"
#include "core/format/key_head.h"
#include "core/read/db_iterator.h"
#include "core/read/entry_type.h"
#include "core/read/level_iterator.h"
#include "core/read/merging_iterator.h"

namespace loam::read {

using format::Sequence;
using format::ValueType;
using version::TableFile;

namespace {

/// An internal key to look for, built without the heap unless it is long.
class SeekKey {
 public:
  SeekKey(Bytes user_key, Sequence sequence) : size_(user_key.size() + format::kTrailerSize) {
    char* out = buffer_;
    if (size_ > sizeof buffer_) {
      long_.resize(size_);
      out = long_.data();
    }
    if (!user_key.empty()) std::memcpy(out, user_key.data(), user_key.size());
    put_fixed(out + user_key.size(), format::pack(sequence, ValueType::kSeek));
  }
  [[nodiscard]] Bytes bytes() const {
    return size_ > sizeof buffer_ ? Bytes(long_) : Bytes(buffer_, size_);
  }

 private:
  std::size_t size_;
  char buffer_[256];
  std::string long_;
};

}  // namespace

/// One lookup in the tables of a version: what every step needs, and what was counted.
class Reader::Lookup {
 public:
  Lookup(Reader& reader, Bytes key, Sequence sequence, const table::ReadArgs& args)
      : reader_(reader), args_(args), key_(key), sequence_(sequence) {
    const plugin::Comparator& user = reader.order_.user();
    bytewise_ = user.is_bytewise();
    if (bytewise_) head_ = format::key_head(key);
    // Where keys of different bytes may be equal, no filter is asked.
    if (user.equal_iff_bytes_equal()) hash_ = xxh3(key);
  }

  /// The newest entry at or below the sequence, if any table has one.
  Status search(const version::Version& version, Counters& work) {
    const auto& level0 = version.level(0);
    for (std::size_t i = 0; i < level0.size(); ++i) {
      if (!covers(version, 0, i)) {
        ++work.tables_out_of_range;
        continue;
      }
      LOAM_TRY(probe(*level0[i], work));
      if (found_.found) return {};
    }
    for (int level = 1; level < version.levels_in_use(); ++level) {
      const auto& tables = version.level(level);
      if (tables.empty()) continue;
      std::size_t i = bytewise_ ? version.find_bytewise(level, key_, head_)
                                : version.find(level, key_, reader_.order_);
      if (i == tables.size() || !covers(version, level, i)) {
        ++work.tables_out_of_range;
        continue;
      }
      do {  // once, but where older versions of the key go on in the next table
        LOAM_TRY(probe(*tables[i], work));
        if (found_.found) return {};
      } while (++i < tables.size() && covers(version, level, i));
    }
    return {};
  }
  [[nodiscard]] table::Found& found() { return found_; }
  /// The first table looked into; null: none.
  [[nodiscard]] const TableFile* first_searched() const { return first_searched_; }

 private:
  [[nodiscard]] bool covers(const version::Version& version, int level, std::size_t i) const {
    if (bytewise_) return version.covers_bytewise(level, i, key_, head_);
    const TableFile& table = *version.level(level)[i];
    return reader_.order_.compare_user(format::user_key(table.smallest), key_) <= 0 &&
           reader_.order_.compare_user(key_, format::user_key(table.largest)) <= 0;
  }

  Status probe(const TableFile& file, Counters& work) {
    if (const table::Table* table = file.open.get()) [[likely]]
      return probe(file, *table, work);
    LOAM_TRY_ASSIGN(const std::shared_ptr<table::Table> table,
                    reader_.tables_.get(file.number, file.size, file.table_id));
    reader_.pin(file, table);
    return probe(file, *table, work);
  }

  Status probe(const TableFile& file, const table::Table& table, Counters& work) {
    if (table.has_filter()) {
      ++work.filter_checks;
      if (!table.may_contain(key_, hash_)) {
        ++work.filter_useful;
        return {};
      }
    } else if (table.has_block_filters()) {
      return probe_block_filters(file, table, work);
    }
    count_search(file, work);
    if (!seek_key_) seek_key_.emplace(key_, sequence_);
    return table.get(seek_key_->bytes(), args_, found_);
  }

  /// Where the filter can only be asked once the index has named a block.
  Status probe_block_filters(const TableFile& file, const table::Table& table, Counters& work) {
    ++work.filter_checks;
    if (!seek_key_) seek_key_.emplace(key_, sequence_);
    LOAM_TRY(table.get(seek_key_->bytes(), args_, found_));
    if (found_.filtered) {
      ++work.filter_useful;
    } else {
      count_search(file, work);
    }
    return {};
  }

  void count_search(const TableFile& file, Counters& work) {
    if (work.tables_searched++ == 0) first_searched_ = &file;
  }

  Reader& reader_;
  const table::ReadArgs& args_;
  const Bytes key_;
  const Sequence sequence_;
  bool bytewise_ = false;
  std::uint64_t head_ = 0;
  std::uint64_t hash_ = 0;
  std::optional<SeekKey> seek_key_;
  const TableFile* first_searched_ = nullptr;
  table::Found found_;
};

bool Reader::PinBudget::take() {
  std::size_t left = left_.load();
  while (left > 0) {
    if (left_.compare_exchange_weak(left, left - 1)) return true;
  }
  return false;
}

Result<Reader::OpenTable> Reader::open_table(const TableFile& file) {
  if (const table::Table* table = file.open.get()) return OpenTable{table, nullptr};
  LOAM_TRY_ASSIGN(std::shared_ptr<const table::Table> table,
                  tables_.get(file.number, file.size, file.table_id));
  pin(file, table);
  const table::Table* raw = table.get();
  return OpenTable{raw, std::move(table)};
}

void Reader::pin(const TableFile& file, std::shared_ptr<const table::Table> table) {
  if (!pins_->take()) return;
  const table::Table* raw = table.get();
  file.open.keep(std::shared_ptr<const table::Table>(
      raw, [table = std::move(table), budget = pins_](const table::Table*) mutable {
        table.reset();
        budget->give();
      }));
}

Result<bool> Reader::get(const ViewPtr& view, Bytes key, Sequence sequence,
                         const table::ReadArgs& args, PinnedValue& value) {
  Counters work;
  work.gets = 1;
  if (memtable::Lookup found = find_in_memory(*view, key, sequence); found.found) {
    work.memtable_hits = 1;
    counters_.add(work);
    LOAM_TRY_ASSIGN(const bool is_put, is_value(found.type));
    if (is_put) value.pin(found.value, view);
    return is_put;
  }
  Lookup lookup(*this, key, sequence, args);
  Status status = lookup.search(*view->version, work);
  counters_.add(work);
  if (SeekCharges* charges = charges_; charges != nullptr && work.tables_searched > 1) {
    charges->charge(*lookup.first_searched());
  }
  if (!status.ok()) return status;
  table::Found& found = lookup.found();
  if (!found.found) return false;
  LOAM_TRY_ASSIGN(const bool is_put, is_value(found.type));
  if (is_put) value.pin(found.value, std::move(found.pin));
  return is_put;
}

std::unique_ptr<format::InternalIterator> Reader::internal_iterator(const ViewPtr& view,
                                                                    const table::ReadArgs& args) {
  std::vector<std::unique_ptr<format::InternalIterator>> sources;
  if (view->active != nullptr) sources.push_back(view->active->new_iterator());
  for (const auto& memtable : view->immutables) sources.push_back(memtable->new_iterator());
  const version::Version& version = *view->version;
  for (const version::TableFilePtr& table : version.level(0)) {
    sources.push_back(std::make_unique<LevelIterator>(order_, tables_, table, args));
  }
  for (int level = 1; level < version.levels_in_use(); ++level) {
    if (version.level(level).empty()) continue;
    sources.push_back(
        std::make_unique<LevelIterator>(order_, tables_, version.level(level), view, args));
  }
  return merge(order_, std::move(sources));
}

std::unique_ptr<Iterator> Reader::iterator(ViewPtr view, Sequence sequence,
                                           const ReadOptions& options) {
  const table::ReadArgs args{options.verify_checksums, options.fill_cache};
  auto internal = internal_iterator(view, args);
  if (SeekCharges* charges = charges_) {
    internal = charge_while_reading(std::move(internal), *view->version, order_, *charges);
  }
  return std::make_unique<DbIterator>(order_, std::move(view), std::move(internal), sequence,
                                      options.range);
}

}  // namespace loam::read
