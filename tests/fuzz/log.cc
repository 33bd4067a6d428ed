// Logs of both formats: read to the end, searched behind gaps, and what a reader gave checked.
#include "core/wal/leveldb_reader.h"
#include "core/wal/reader.h"
#include "tests/fuzz/support.h"

namespace loam::fuzz {
namespace {

void native(const InputFile& input, std::uint64_t size) {
  auto reader = wal::Reader::open(input.fs(), InputFile::kPath, 7);
  if (!reader.ok()) return;
  Bytes record;
  std::uint64_t bytes = 0;
  do {
    while ((*reader)->next(record).value()) bytes += record.size();
    const auto tail = (*reader)->examine_tail();
    require(tail.ok() && tail->end <= size, "a log ends within its file");
  } while ((*reader)->skip_gap().value());
  require(bytes <= size, "records are no longer than their file");
}

void leveldb(const InputFile& input, std::uint64_t size) {
  wal::LevelDbReaderOptions options;
  std::uint64_t dropped = 0;
  options.report = [&dropped](const wal::Drop& drop) { dropped += drop.bytes; };
  auto reader = wal::LevelDbReader::open(input.fs(), InputFile::kPath, options);
  if (!reader.ok()) return;
  Bytes record;
  std::uint64_t bytes = 0;
  while ((*reader)->next(record).value()) bytes += record.size();
  const auto tail = (*reader)->examine_tail();
  require(tail.ok() && tail->end <= size, "a log ends within its file");
  require(bytes <= size, "records are no longer than their file");
}

}  // namespace
}  // namespace loam::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const loam::fuzz::InputFile input(loam::fuzz::bytes_of(data, size));
  loam::fuzz::native(input, size);
  loam::fuzz::leveldb(input, size);
  return 0;
}
