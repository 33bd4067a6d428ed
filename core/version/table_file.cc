#include "core/version/table_file.h"

namespace loam::version {

std::shared_ptr<TableFile> describe_table(std::uint64_t size, const table::Properties& p) {
  auto table = std::make_shared<TableFile>();
  table->size = size;
  table->table_id = p.table_id;
  table->smallest = p.smallest;
  table->largest = p.largest;
  table->sequence_min = p.sequence_min;
  table->sequence_max = p.sequence_max;
  table->creation_time_us = p.creation_time_us;
  table->entries = p.entries;
  table->deletions = p.deletions;
  table->raw_bytes = p.raw_key_bytes + p.raw_value_bytes;
  table->needs = p.codecs;
  table->filter = p.filter;
  return table;
}

}  // namespace loam::version
