/// Many keys at once: one view, keys in order, and each step made for all keys of a table before
/// the next one, so that what the machine waits for (filter lines, cache entries, blocks) is waited
/// for together.
///
/// Thread: confined. Ownership: borrows the reader's parts for the call.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/format/internal_key.h"
#include "core/read/reader.h"
#include "core/version/version.h"

namespace loam::read {

class Reader::MultiGet {
 public:
  MultiGet(Reader& reader, const ViewPtr& view, format::Sequence sequence,
           const table::ReadArgs& args)
      : reader_(reader), view_(view), sequence_(sequence), args_(args) {}

  /// results[i] is of keys[i]. Requires: as many results as keys.
  void run(std::span<const Bytes> keys, std::span<GetResult> results);

 private:
  /// A key that no memtable has.
  struct Wanted {
    std::size_t place = 0;  ///< among the caller's keys
    Bytes key;
    std::uint64_t head = 0;
    table::PointQuery query;
    const version::TableFile* first_searched = nullptr;
    std::uint64_t searched = 0;
    [[nodiscard]] bool open() const { return !query.found.found && query.status.ok(); }
  };

  void sort(std::span<const Bytes> keys);
  void look_in_memory(std::span<const Bytes> keys, std::span<GetResult> results);
  void make_queries(std::span<const Bytes> keys);
  void search_level0();
  void search_level(int level);
  /// Looks for all of batch_ in one table, and empties it.
  void probe(const version::TableFile& file);
  void give(std::span<GetResult> results);
  [[nodiscard]] bool covers(int level, std::size_t i, const Wanted& w) const;
  [[nodiscard]] std::size_t find(int level, const Wanted& w) const;

  Reader& reader_;
  const ViewPtr& view_;
  const format::Sequence sequence_;
  const table::ReadArgs& args_;
  Counters work_;
  bool bytewise_ = false;
  std::vector<std::size_t> order_;  ///< places of the keys, ascending by key; of those still sought
  std::string internal_keys_;
  std::vector<Wanted> wanted_;  ///< ascending by key
  std::vector<Wanted*> batch_;
  std::vector<table::PointQuery*> queries_;
};

}  // namespace loam::read
