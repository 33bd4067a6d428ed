// Records of manifests of both formats: what is understood is understood again when written.
#include "core/version/edit.h"

#include "core/version/leveldb_edit.h"
#include "tests/fuzz/support.h"

namespace loam::fuzz {
namespace {

void native(Bytes input) {
  const auto edit = version::decode_edit(input);
  if (!edit.ok()) return;
  const std::string once = version::encode_edit(*edit);
  const auto again = version::decode_edit(once);
  require(again.ok(), "an edit that was written is read");
  require(version::encode_edit(*again) == once, "an edit is written as it was read");
}

void leveldb(Bytes input) {
  const auto edit = version::decode_leveldb_edit(input);
  if (!edit.ok()) return;
  const std::string once = version::encode_leveldb_edit(*edit);
  const auto again = version::decode_leveldb_edit(once);
  require(again.ok(), "an edit of LevelDB's that was written is read");
  require(version::encode_leveldb_edit(*again) == once,
          "an edit of LevelDB's is written as it was read");
}

}  // namespace
}  // namespace loam::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  loam::fuzz::native(loam::fuzz::bytes_of(data, size));
  loam::fuzz::leveldb(loam::fuzz::bytes_of(data, size));
  return 0;
}
