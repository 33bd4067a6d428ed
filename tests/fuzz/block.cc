// The contents of one block, without a checksum before them: the first byte says whose.
#include "core/table/block.h"

#include <cstring>

#include "core/plugin/comparator.h"
#include "core/table/leveldb_block.h"
#include "tests/fuzz/support.h"

namespace loam::fuzz {
namespace {

const format::InternalOrder& order() {
  static const plugin::Comparator comparator =
      *plugin::Comparator::make(component(kind::kComparator, "bytewise"));
  static const format::InternalOrder all(comparator);
  return all;
}

std::unique_ptr<char[]> copy_of(Bytes bytes) {
  auto data = table::allocate_bytes(bytes.size());
  if (!bytes.empty()) std::memcpy(data.get(), bytes.data(), bytes.size());
  return data;
}

void use(const table::Block& block) {
  table::BlockIterator it(order());
  it.set_block(&block);
  std::string seen;
  for (it.seek_to_first(); it.valid(); it.next()) seen = it.key();
  for (it.seek_to_last(); it.valid(); it.prev()) {
  }
  if (seen.size() < format::kTrailerSize) return;
  it.seek(seen);
  table::Hit hit;
  table::find_in_block(block, order(), format::user_key(seen), format::trailer(seen), hit);
}

void native(Bytes bytes) {
  const auto block = table::Block::make(copy_of(bytes), bytes.size());
  if (block != nullptr) use(*block);
}

/// What is accepted is in order, both ways.
void leveldb(Bytes bytes, table::LevelDbKeys keys) {
  auto transcoded = table::transcode_block({copy_of(bytes), bytes.size()}, order(), keys, {});
  if (transcoded.block == nullptr) return;
  table::BlockIterator it(order());
  it.set_block(transcoded.block.get());
  std::string before;
  for (it.seek_to_first(); it.valid(); it.next()) {
    require(before.empty() || order().compare(before, it.key()) < 0, "keys ascend");
    before = it.key();
  }
  require(!it.corrupt(), "what was transcoded is whole");
  use(*transcoded.block);
}

}  // namespace
}  // namespace loam::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const loam::Bytes bytes = loam::fuzz::bytes_of(data + 1, size - 1);
  if (data[0] % 5 == 0) {
    loam::fuzz::native(bytes);
  } else {
    loam::fuzz::leveldb(bytes, static_cast<loam::table::LevelDbKeys>(data[0] % 5 - 1));
  }
  return 0;
}
