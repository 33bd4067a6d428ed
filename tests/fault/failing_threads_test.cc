// A disk that fails under two writers, with flushes and compactions in the background: nobody
// hangs, what was acknowledged stays readable, and resume() lets the store go on. The deadline is
// that of the test program.
#include <gtest/gtest.h>

#include <array>
#include <ostream>
#include <string>
#include <thread>

#include "tests/fault/rig.h"

namespace loam {
namespace fault_fs {

/// For the messages of parameterised tests; found where the type is.
inline void PrintTo(Failure failure, std::ostream* out) {
  static constexpr const char* kWords[] = {"an I/O error", "no space", "a short write"};
  *out << kWords[static_cast<int>(failure)];
}

}  // namespace fault_fs

namespace test {
namespace {

using fault_fs::Failure;

constexpr int kWriters = 2;
constexpr int kWrites = 150;

struct Writer {
  int acknowledged = -1;  ///< all up to this one
  Status failure;

  static std::string key(int writer, int i) {
    return "w" + std::to_string(writer) + "-" + std::to_string(i);
  }
  static std::string value(int i) { return std::to_string(i) + std::string(100, 'v'); }

  void run(Db& db, int writer) {
    for (int i = acknowledged + 1; i < kWrites; ++i) {
      WriteOptions how;
      how.sync = i % 5 == 0;
      failure = db.put(key(writer, i), value(i), how);
      if (!failure.ok()) return;
      acknowledged = i;
    }
  }
};

class FailingThreads : public ::testing::TestWithParam<Failure> {
 protected:
  using Writers = std::array<Writer, kWriters>;

  static void write(Db& db, Writers& writers) {
    std::array<std::thread, kWriters> threads;
    for (int w = 0; w < kWriters; ++w) {
      threads[static_cast<std::size_t>(w)] =
          std::thread([&db, &writers, w] { writers[static_cast<std::size_t>(w)].run(db, w); });
    }
    for (std::thread& thread : threads) thread.join();
  }

  static void expect_acknowledged(Db& db, const Writers& writers) {
    for (int w = 0; w < kWriters; ++w) {
      for (int i = 0; i <= writers[static_cast<std::size_t>(w)].acknowledged; ++i) {
        auto value = db.get(Writer::key(w, i));
        ASSERT_TRUE(value.ok()) << value.status().to_string();
        ASSERT_TRUE(value->has_value()) << Writer::key(w, i);
        ASSERT_EQ(**value, Writer::value(i));
      }
    }
  }
};

TEST_P(FailingThreads, ReturnAndGoOnAfterResume) {
  bool failed = true;
  for (std::uint64_t n = 30; failed; n += 37) {
    Rig rig(n % 2 == 0, Rig::Tasks::kThreads);
    rig.options.write_buffer_size = 2 * kKiB;
    rig.options.max_write_buffer_number = 2;
    ASSERT_TRUE(rig.open().ok());
    SCOPED_TRACE("operation " + std::to_string(n));
    rig.faults().start_counting();
    rig.faults().fail_at(n, GetParam(), true);
    Writers writers;
    write(rig.db(), writers);
    const Status idle = rig.db().wait_for_background();
    failed = rig.faults().operations() >= n;
    EXPECT_TRUE(failed || idle.ok()) << idle.to_string();
    ASSERT_NO_FATAL_FAILURE(expect_acknowledged(rig.db(), writers));
    EXPECT_EQ(idle.ok(), rig.db().property("loam.background-error") == "");

    rig.faults().start_counting();  // the cause is gone
    const Status resume = rig.db().resume();
    ASSERT_TRUE(resume.ok()) << resume.to_string();
    write(rig.db(), writers);
    for (const Writer& writer : writers) {
      ASSERT_TRUE(writer.failure.ok()) << writer.failure.to_string();
    }
    ASSERT_TRUE(rig.db().wait_for_background().ok());
    ASSERT_NO_FATAL_FAILURE(expect_acknowledged(rig.db(), writers));
    // The process ends; what reached the files is all there is.
    ASSERT_TRUE(rig.faults().crash({fault_fs::DataLoss::kKeep, fault_fs::NameLoss::kKeep, n}).ok());
    rig.drop();
    ASSERT_TRUE(rig.faults().restart().ok());
    ASSERT_TRUE(rig.open().ok());
    ASSERT_NO_FATAL_FAILURE(expect_acknowledged(rig.db(), writers));
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, FailingThreads,
                         ::testing::Values(Failure::kIo, Failure::kNoSpace, Failure::kShortWrite),
                         [](const auto& param) {
                           return "kind" + std::to_string(static_cast<int>(param.param));
                         });

}  // namespace
}  // namespace test
}  // namespace loam
