#include "core/write/insert.h"

#include <new>
#include <string>

#include "core/format/batch.h"

namespace loam::write {
namespace {

Status check(Bytes batch) {
  LOAM_TRY_ASSIGN(auto reader, format::BatchReader::open(batch));
  if (reader.sequence() + reader.count() > format::kSequenceMax) {
    return Status::corruption("batch at sequence " + std::to_string(reader.sequence()) +
                              " goes beyond the highest sequence");
  }
  format::BatchEntry entry{};
  while (true) {
    LOAM_TRY_ASSIGN(const bool more, reader.next(entry));
    if (!more) return {};
    if (entry.family != 0) {
      return Status::not_supported("batch entry of column family " + std::to_string(entry.family) +
                                   ": this build knows only the default one");
    }
    if (entry.type != format::ValueType::kPut && entry.type != format::ValueType::kDelete) {
      return Status::not_supported("batch entry of kind " +
                                   std::to_string(static_cast<int>(entry.type)) +
                                   ": this build applies puts and deletes only");
    }
  }
}

}  // namespace

Status insert(Bytes batch, memtable::Memtable& memtable) {
  LOAM_TRY(check(batch));
  LOAM_TRY_ASSIGN(auto reader, format::BatchReader::open(batch));
  format::Sequence sequence = reader.sequence();
  format::BatchEntry entry{};
  try {
    while (true) {
      LOAM_TRY_ASSIGN(const bool more, reader.next(entry));
      if (!more) return {};
      memtable.add(sequence++, entry.type, entry.key, entry.value);
    }
  } catch (const std::bad_alloc&) {
    return {Code::kNoMemory, "no memory for a memtable entry of " +
                                 std::to_string(entry.key.size() + entry.value.size()) + " bytes"};
  }
}

}  // namespace loam::write
