// Every combination of options that shapes bytes: written by one engine and read by the other, then
// rewritten by that one and read back.
#include <gtest/gtest.h>

#include "tests/interop/stream.h"
#include "tests/support/temporary_directory.h"

namespace loam::test {
namespace {

constexpr std::size_t kWrites = 80;

class Shapes : public ::testing::TestWithParam<EngineKind> {
 protected:
  /// Some of it in a table of a flush, the rest in the log.
  static void fill(Engine& engine, Random& random, Reference& reference) {
    StreamPlan plan;
    plan.steps = kWrites;
    plan.value_bytes = 500;
    const std::vector<Step> steps = random_steps(random, plan);
    const std::string nowhere = "between";
    for (std::size_t i = 0; i < steps.size(); ++i) {
      Status status;
      if (i == steps.size() / 2) status = engine.compact(&nowhere, &nowhere);
      status.update(engine.write(steps[i].writes, false));
      ASSERT_TRUE(status.ok()) << status.to_string();
      apply(steps[i].writes, reference);
    }
  }

  static void run(EngineKind writer, const Shape& shape, std::uint64_t seed) {
    const TemporaryDirectory directory(TemporaryDirectory::Where::kMemory);
    const std::string path = directory.path() + "/store";
    Random random(seed);
    Reference reference(shape.order);
    for (const EngineKind kind : {writer, other(writer)}) {
      const auto engine = make_engine(kind);
      Status status = engine->open(path, shape);
      ASSERT_TRUE(status.ok()) << name_of(kind) << ": " << status.to_string();
      ASSERT_EQ(difference(*engine, reference), "") << name_of(kind) << " reads";
      ASSERT_NO_FATAL_FAILURE(fill(*engine, random, reference));
      if (kind == writer) continue;
      status = engine->compact(nullptr, nullptr);
      ASSERT_TRUE(status.ok()) << status.to_string();
    }
    const auto engine = make_engine(writer);
    const Status status = engine->open(path, shape);
    ASSERT_TRUE(status.ok()) << status.to_string();
    ASSERT_EQ(difference(*engine, reference), "") << name_of(writer) << " reads back";
  }
};

TEST_P(Shapes, AreReadAsWritten) {
  Random seeds(base_seed());
  const std::vector<Shape> shapes = all_shapes();
  for (std::size_t i = 0; i < shapes.size(); i += kPart) {
    SCOPED_TRACE(to_text(shapes[i]));
    ASSERT_NO_FATAL_FAILURE(run(GetParam(), shapes[i], seeds.next()));
  }
}

INSTANTIATE_TEST_SUITE_P(WrittenBy, Shapes,
                         ::testing::Values(EngineKind::kLoam, EngineKind::kLevelDb),
                         [](const auto& param) { return std::string(name_of(param.param)); });

}  // namespace
}  // namespace loam::test
