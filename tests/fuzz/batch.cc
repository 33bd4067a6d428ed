// Batches of both encodings: what is accepted comes back the same by the other way.
#include "core/format/batch.h"

#include "core/format/leveldb_batch.h"
#include "loam/write_batch.h"
#include "tests/fuzz/support.h"

namespace loam::fuzz {
namespace {

void native(Bytes input) {
  auto reader = format::BatchReader::open(input);
  if (!reader.ok()) return;
  format::BatchEntry entry{};
  std::uint64_t count = 0;
  while (true) {
    const auto more = reader->next(entry);
    if (!more.ok()) return;
    if (!*more) break;
    require(entry.key.size() + entry.value.size() <= input.size(), "entries lie in their batch");
    ++count;
  }
  require(count == reader->count(), "a batch has as many entries as it says");
}

void leveldb(Bytes input) {
  const auto converted = format::native_from_leveldb(input);
  const auto batch = WriteBatch::from_leveldb_bytes(input);
  require(!batch.ok() || converted.ok(), "what users may give, logs may hold");
  if (!converted.ok()) return;
  const auto back = format::leveldb_record(*converted);
  require(back.ok() && *back == input, "a batch comes back byte for byte");
}

}  // namespace
}  // namespace loam::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  loam::fuzz::native(loam::fuzz::bytes_of(data, size));
  loam::fuzz::leveldb(loam::fuzz::bytes_of(data, size));
  return 0;
}
