#include "core/read/multi_get.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/base/coding.h"
#include "core/base/hash.h"
#include "core/format/key_head.h"
#include "core/read/entry_type.h"

namespace loam::read {

void Reader::MultiGet::run(std::span<const Bytes> keys, std::span<GetResult> results) {
  work_.gets = keys.size();
  bytewise_ = reader_.order_.user().is_bytewise();
  sort(keys);
  look_in_memory(keys, results);
  make_queries(keys);
  if (!wanted_.empty()) {
    search_level0();
    for (int level = 1; level < view_->version->levels_in_use(); ++level) search_level(level);
    give(results);
  }
  reader_.counters_.add(work_);
}

void Reader::MultiGet::sort(std::span<const Bytes> keys) {
  order_.resize(keys.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
    return reader_.order_.compare_user(keys[a], keys[b]) < 0;
  });
}

void Reader::MultiGet::look_in_memory(std::span<const Bytes> keys, std::span<GetResult> results) {
  const auto in_memory = [&](std::size_t place) {
    const memtable::Lookup found = find_in_memory(*view_, keys[place], sequence_);
    if (!found.found) return false;
    ++work_.memtable_hits;
    GetResult& result = results[place];
    Result<bool> is_put = is_value(found.type);
    result.status = is_put.status();
    result.found = is_put.ok() && *is_put;
    if (result.found) result.value.pin(found.value, view_);
    return true;
  };
  std::erase_if(order_, in_memory);
}

/// Internal keys lie in one string, which must not grow once they are viewed.
void Reader::MultiGet::make_queries(std::span<const Bytes> keys) {
  const bool hashes = reader_.order_.user().equal_iff_bytes_equal();
  std::size_t bytes = 0;
  for (const std::size_t place : order_) bytes += keys[place].size() + format::kTrailerSize;
  internal_keys_.reserve(bytes);
  wanted_.resize(order_.size());
  for (std::size_t i = 0; i < order_.size(); ++i) {
    Wanted& w = wanted_[i];
    w.place = order_[i];
    w.key = keys[w.place];
    if (bytewise_) w.head = format::key_head(w.key);
    // Where keys of different bytes may be equal, no filter is asked.
    if (hashes) w.query.hash = xxh3(w.key);
    const std::size_t begin = internal_keys_.size();
    internal_keys_.append(w.key);
    append_fixed(internal_keys_, format::pack(sequence_, format::ValueType::kSeek));
    w.query.internal_key = Bytes(internal_keys_).substr(begin);
  }
}

bool Reader::MultiGet::covers(int level, std::size_t i, const Wanted& w) const {
  const version::Version& version = *view_->version;
  if (bytewise_) return version.covers_bytewise(level, i, w.key, w.head);
  const version::TableFile& table = *version.level(level)[i];
  return reader_.order_.compare_user(format::user_key(table.smallest), w.key) <= 0 &&
         reader_.order_.compare_user(w.key, format::user_key(table.largest)) <= 0;
}

std::size_t Reader::MultiGet::find(int level, const Wanted& w) const {
  const version::Version& version = *view_->version;
  return bytewise_ ? version.find_bytewise(level, w.key, w.head)
                   : version.find(level, w.key, reader_.order_);
}

/// The newest table first: what it has, older ones are not asked for.
void Reader::MultiGet::search_level0() {
  const auto& tables = view_->version->level(0);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    for (Wanted& w : wanted_) {
      if (!w.open()) continue;
      if (covers(0, i, w)) {
        batch_.push_back(&w);
      } else {
        ++work_.tables_out_of_range;
      }
    }
    probe(*tables[i]);
  }
}

/// Keys and tables ascend together: those of one table follow each other.
void Reader::MultiGet::search_level(int level) {
  const auto& tables = view_->version->level(level);
  if (tables.empty()) return;
  std::size_t current = tables.size();  // what batch_ is for
  const auto flush = [&] {
    if (batch_.empty()) return;
    const std::vector<Wanted*> asked = batch_;
    probe(*tables[current]);
    // Older versions of a key may go on in the next table.
    for (Wanted* w : asked) {
      for (std::size_t i = current + 1; w->open() && i < tables.size() && covers(level, i, *w);
           ++i) {
        batch_.push_back(w);
        probe(*tables[i]);
      }
    }
  };
  for (Wanted& w : wanted_) {
    if (!w.open()) continue;
    const std::size_t i = find(level, w);
    if (i == tables.size() || !covers(level, i, w)) {
      ++work_.tables_out_of_range;
      continue;
    }
    if (i != current) flush();
    current = i;
    batch_.push_back(&w);
  }
  flush();
}

void Reader::MultiGet::probe(const version::TableFile& file) {
  if (batch_.empty()) return;
  const Result<OpenTable> opened = reader_.open_table(file);
  queries_.clear();
  for (Wanted* w : batch_) queries_.push_back(&w->query);
  if (!opened.ok()) {
    for (table::PointQuery* query : queries_) query->status = opened.status();
    batch_.clear();
    return;
  }
  const table::Table& table = *opened->table;
  table.get_many(queries_, args_);
  const bool filters = table.has_filter() || table.has_block_filters();
  for (Wanted* w : batch_) {
    if (filters) ++work_.filter_checks;
    if (w->query.found.filtered) {
      ++work_.filter_useful;
      continue;
    }
    ++work_.tables_searched;
    if (w->searched++ == 0) w->first_searched = &file;
  }
  batch_.clear();
}

void Reader::MultiGet::give(std::span<GetResult> results) {
  SeekCharges* charges = reader_.charges_;
  for (Wanted& w : wanted_) {
    if (charges != nullptr && w.searched > 1) charges->charge(*w.first_searched);
    GetResult& result = results[w.place];
    result.status = std::move(w.query.status);
    table::Found& found = w.query.found;
    if (!result.status.ok() || !found.found) continue;
    Result<bool> is_put = is_value(found.type);
    result.status = is_put.status();
    result.found = is_put.ok() && *is_put;
    if (result.found) result.value.pin(found.value, std::move(found.pin));
  }
}

void Reader::multi_get(const ViewPtr& view, std::span<const Bytes> keys, format::Sequence sequence,
                       const table::ReadArgs& args, std::span<GetResult> results) {
  MultiGet(*this, view, sequence, args).run(keys, results);
}

}  // namespace loam::read
