// Loam and the real LevelDB, one after the other, on copies of the golden directories.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/golden/leveldb/cases.h"
#include "tests/golden/leveldb/expected.h"
#include "tests/interop/stream.h"
#include "tests/support/temporary_directory.h"

namespace loam::test {

void PrintTo(const GoldenCase& golden, std::ostream* out) { *out << golden.name; }

namespace {

namespace fs = std::filesystem;

class Golden : public ::testing::TestWithParam<GoldenCase> {
 protected:
  Golden() : path_(directory_.path() + "/store") {
    const fs::path folder = fs::path(LOAM_GOLDEN_DIR) / GetParam().name;
    fs::copy(folder / "db", path_);
    std::ostringstream text;
    text << std::ifstream(folder / "expected.txt", std::ios::binary).rdbuf();
    reference_ = parse_expected(text.str(), GetParam().shape.order);
  }

  void expect_same(Engine& engine) {
    engine.close();
    const Status status = engine.open(path_, GetParam().shape);
    ASSERT_TRUE(status.ok()) << status.to_string();
    ASSERT_EQ(difference(engine, reference_), "");
  }
  void write_some(Engine& engine) {
    Random random(3);
    StreamPlan plan;
    plan.steps = 60;
    for (const Step& step : random_steps(random, plan)) {
      const Status status = engine.write(step.writes, step.sync);
      ASSERT_TRUE(status.ok()) << status.to_string();
      apply(step.writes, reference_);
    }
  }

  const TemporaryDirectory directory_{TemporaryDirectory::Where::kMemory};
  const std::string path_;
  Reference reference_;
};

TEST_P(Golden, IsReadWrittenAndCompactedByLoamThenByLevelDb) {
  for (const EngineKind kind : {EngineKind::kLoam, EngineKind::kLevelDb}) {
    SCOPED_TRACE(name_of(kind));
    const auto engine = make_engine(kind);
    ASSERT_NO_FATAL_FAILURE(expect_same(*engine));
    ASSERT_NO_FATAL_FAILURE(write_some(*engine));
    ASSERT_NO_FATAL_FAILURE(expect_same(*engine));
    ASSERT_TRUE(engine->compact(nullptr, nullptr).ok());
    ASSERT_NO_FATAL_FAILURE(expect_same(*engine));
  }
}

/// What the text says is what LevelDB itself reads.
TEST_P(Golden, IsWhatItsTextSays) {
  const auto peer = make_engine(EngineKind::kLevelDb);
  ASSERT_NO_FATAL_FAILURE(expect_same(*peer));
}

INSTANTIATE_TEST_SUITE_P(LevelDb, Golden, ::testing::ValuesIn(kGoldenCases),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace loam::test
