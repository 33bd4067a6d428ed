// Random streams, each written by one engine and read by the other, which then writes in its turn
// and hands back. LOAM_SEED chooses other streams; LOAM_INTEROP_STREAMS and LOAM_INTEROP_LONG say
// how many short and long ones in each direction, LOAM_INTEROP_ONLY runs one of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/interop/stream.h"
#include "tests/support/temporary_directory.h"

namespace loam::test {
namespace {

constexpr std::uint64_t kShortStreams = 104 / kPart;
constexpr std::uint64_t kLongStreams = 1 / kPart;
constexpr std::size_t kAnswerSteps = 12;

struct Stream {
  explicit Stream(std::uint64_t seed) : random(seed) {}
  Random random;
  Reference reference;
  std::string path;
  int levels = 0;  ///< the deepest that held a table, plus one
};

class Streams : public ::testing::TestWithParam<EngineKind> {
 protected:
  /// Opens, does the steps, notes the levels reached, closes.
  static void write(Stream& stream, EngineKind kind, const Shape& shape,
                    const std::vector<Step>& steps) {
    const auto engine = make_engine(kind);
    Status status = engine->open(stream.path, shape);
    ASSERT_TRUE(status.ok()) << name_of(kind) << " opens: " << status.to_string();
    ASSERT_EQ(difference(*engine, stream.reference), "") << name_of(kind) << " reads";
    for (std::size_t i = 0; i < steps.size(); ++i) {
      status = perform(*engine, stream.path, shape, steps[i]);
      ASSERT_TRUE(status.ok()) << name_of(kind) << " at step " << i << ": " << status.to_string();
      apply(steps[i].writes, stream.reference);
    }
    if (stream.random.one_in(4)) {
      ASSERT_EQ(difference(*engine, stream.reference), "") << name_of(kind) << " after writing";
    }
    const std::vector<int> tables = engine->tables();
    for (int level = 0; level < static_cast<int>(tables.size()); ++level) {
      if (tables[static_cast<std::size_t>(level)] > 0)
        stream.levels = std::max(stream.levels, level + 1);
    }
  }

  /// One engine writes, the other reads, answers with a few steps and compacts, the first reads.
  static void run(Stream& stream, EngineKind writer, const StreamPlan& plan) {
    const OrderKind order = random_order(stream.random);
    stream.reference = Reference(order);
    Shape shape = random_shape(stream.random, order);
    SCOPED_TRACE("written as " + to_text(shape));
    ASSERT_NO_FATAL_FAILURE(write(stream, writer, shape, random_steps(stream.random, plan)));
    if (stream.random.one_in(2)) shape = random_shape(stream.random, order);
    SCOPED_TRACE("answered as " + to_text(shape));
    StreamPlan answer = plan;
    answer.steps = kAnswerSteps;
    std::vector<Step> steps = random_steps(stream.random, answer);
    if (stream.random.one_in(2)) steps.emplace_back().kind = Step::Kind::kCompact;
    ASSERT_NO_FATAL_FAILURE(write(stream, other(writer), shape, steps));
    ASSERT_NO_FATAL_FAILURE(write(stream, writer, shape, {}));
  }

  static void run_all(StreamPlan (*plan)(Random&), std::uint64_t count, int levels_wanted) {
    const std::uint64_t only = count_from_environment("LOAM_INTEROP_ONLY", UINT64_MAX);
    Random seeds(base_seed());
    int levels = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      Stream stream(seeds.next());
      if (only != UINT64_MAX && i != only) continue;
      SCOPED_TRACE("LOAM_SEED=" + std::to_string(base_seed()) +
                   " LOAM_INTEROP_ONLY=" + std::to_string(i));
      const TemporaryDirectory directory(TemporaryDirectory::Where::kMemory);
      stream.path = directory.path() + "/store";
      const StreamPlan drawn = plan(stream.random);
      ASSERT_NO_FATAL_FAILURE(run(stream, GetParam(), drawn));
      levels = std::max(levels, stream.levels);
    }
    EXPECT_TRUE(levels >= levels_wanted || only != UINT64_MAX || count == 0)
        << "only " << levels << " levels were reached: the streams prove little";
  }
};

TEST_P(Streams, ShortOnesReadAsWritten) {
  run_all(short_plan, count_from_environment("LOAM_INTEROP_STREAMS", kShortStreams), 3);
}

TEST_P(Streams, LongOnesReadAsWritten) {
  // LevelDB's levels are large: beyond the third only a store of 100 MiB gets.
  run_all(long_plan, count_from_environment("LOAM_INTEROP_LONG", kLongStreams),
          GetParam() == EngineKind::kLoam ? 4 : 3);
}

INSTANTIATE_TEST_SUITE_P(WrittenBy, Streams,
                         ::testing::Values(EngineKind::kLoam, EngineKind::kLevelDb),
                         [](const auto& param) { return std::string(name_of(param.param)); });

}  // namespace
}  // namespace loam::test
