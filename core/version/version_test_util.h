/// Descriptions of tables for tests of versions and pickers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/version/version.h"

namespace loam::version {

inline std::string internal(Bytes user, format::Sequence sequence,
                            format::ValueType type = format::ValueType::kPut) {
  std::string key;
  format::append_internal_key(key, user, sequence, type);
  return key;
}

struct TableSpec {
  int level;
  std::uint64_t number;
  std::string smallest;  ///< user keys
  std::string largest;
  std::uint64_t size = 100;
  bool compacting = false;
  format::Sequence newest = 9;  ///< of the smallest key
  format::Sequence oldest = 1;  ///< of the largest key
};

inline std::shared_ptr<TableFile> make_table(const TableSpec& spec) {
  auto table = std::make_shared<TableFile>();
  table->number = spec.number;
  table->size = spec.size;
  table->epoch = spec.number;
  table->smallest = internal(spec.smallest, spec.newest);
  table->largest = internal(spec.largest, spec.oldest);
  table->sequence_min = 1;
  table->sequence_max = 9;
  table->compacting = spec.compacting;
  return table;
}

inline Edit adding(const std::vector<TableSpec>& specs) {
  Edit edit;
  for (const TableSpec& spec : specs) edit.added.emplace_back(spec.level, make_table(spec));
  return edit;
}

inline VersionPtr make_version(const std::vector<TableSpec>& specs,
                               const format::InternalOrder& order, int num_levels = 5) {
  auto result = Version(num_levels).apply(adding(specs), order);
  return result.ok() ? *result : nullptr;
}

inline std::vector<std::uint64_t> numbers(const std::vector<TableFilePtr>& tables) {
  std::vector<std::uint64_t> result;
  for (const TableFilePtr& table : tables) result.push_back(table->number);
  return result;
}

}  // namespace loam::version
