// Loam fills a store with a million random operations under the smallest buffers; the real LevelDB,
// whose assertions are on in Debian's build, opens it, reads it, compacts it whole, opens it again
// and reads it again; then Loam does. LOAM_INTEROP_OPERATIONS says how many instead of a million.
#include <gtest/gtest.h>

#include "tests/interop/stream.h"
#include "tests/support/temporary_directory.h"

namespace loam::test {
namespace {

constexpr std::uint64_t kOperations = 1'000'000;
constexpr std::uint64_t kKeys = 300'000;
constexpr std::uint64_t kValueBytesMax = 120;

Write random_operation(Random& random) {
  Random pool(random.below(kKeys));
  Write write;
  write.key = pool.bytes(pool.below(33));
  if (!random.one_in(5)) write.value = random.bytes(random.below(kValueBytesMax));
  return write;
}

void check(Engine& engine, const std::string& path, const Shape& shape, const Reference& expected) {
  engine.close();
  const Status status = engine.open(path, shape);
  ASSERT_TRUE(status.ok()) << status.to_string();
  ASSERT_EQ(difference(engine, expected), "");
}

TEST(MillionOperations, OfLoamAreLevelDbsToCompact) {
  const TemporaryDirectory directory(TemporaryDirectory::Where::kMemory);
  const std::string path = directory.path() + "/store";
  const Shape shape{.block_size = 1024, .bloom_bits = 10};
  Reference reference;
  Random random(base_seed());
  const auto ours = make_engine(EngineKind::kLoam);
  ASSERT_NO_FATAL_FAILURE(check(*ours, path, shape, reference));
  const std::uint64_t operations = count_from_environment("LOAM_INTEROP_OPERATIONS", kOperations);
  for (std::uint64_t i = 0; i < operations; ++i) {
    const std::vector<Write> writes{random_operation(random)};
    const Status status = ours->write(writes, false);
    ASSERT_TRUE(status.ok()) << status.to_string();
    apply(writes, reference);
  }
  const std::vector<int> tables = ours->tables();
  EXPECT_GT(tables[2] + tables[3], 0) << "the store must have several levels";
  ours->close();

  const auto peer = make_engine(EngineKind::kLevelDb);
  ASSERT_NO_FATAL_FAILURE(check(*peer, path, shape, reference)) << "LevelDB, as Loam left it";
  ASSERT_TRUE(peer->compact(nullptr, nullptr).ok());
  ASSERT_NO_FATAL_FAILURE(check(*peer, path, shape, reference)) << "LevelDB, compacted";
  peer->close();
  ASSERT_NO_FATAL_FAILURE(check(*ours, path, shape, reference)) << "Loam, as LevelDB left it";
  ASSERT_TRUE(ours->compact(nullptr, nullptr).ok());
  ASSERT_NO_FATAL_FAILURE(check(*ours, path, shape, reference)) << "Loam, compacted";
}

}  // namespace
}  // namespace loam::test
