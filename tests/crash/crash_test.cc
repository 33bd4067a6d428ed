// Processes that use a store are killed at random moments: while they open it after the kill
// before, while they write (and flush, compact, roll logs and manifests), while they close it. What
// was acknowledged is there, synced or not; of what was under way, all or nothing; each writer's
// history is a prefix; reads of every kind agree; no file is left over. LOAM_SEED chooses other
// moments; it replays the operations, but the moment of a kill is the machine's.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>

#include "core/format/file_names.h"
#include "tests/crash/board.h"
#include "tests/crash/crash_stack.h"
#include "tests/crash/stream.h"
#include "tests/crash/victim_process.h"
#include "tests/support/random.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

#ifdef LOAM_CRASH_ROUNDS
constexpr std::uint32_t kRounds = LOAM_CRASH_ROUNDS;
#else
constexpr std::uint32_t kRounds = 48;
#endif
constexpr std::uint32_t kRoundsOnDisk = 6;     // where every flush waits for the disk
constexpr std::uint64_t kOperationsMax = 300;  // a round, before it is killed
constexpr std::uint64_t kSpinBits = 25;        // to some ten milliseconds

class Crash : public ::testing::TestWithParam<CrashStack> {
 protected:
  Crash()
      : random_(base_seed() ^ std::hash<std::string>()(GetParam().name)),
        directory_(GetParam().on_disk ? TemporaryDirectory::Where::kDisk
                                      : TemporaryDirectory::Where::kMemory),
        store_(directory_.path() + "/store"),
        board_path_(directory_.path() + "/board"),
        board_(board_path_) {
    board_->stack = stack_number();
    board_->seed = random_.next();
  }

  /// A driver lives and is killed.
  void round(std::uint32_t number) {
    static constexpr Signal kSignals[] = {Signal::kOpening, Signal::kWriting, Signal::kWriting,
                                          Signal::kWriting, Signal::kClosing};
    board_->round = number;
    board_->signal = kSignals[random_.below(std::size(kSignals))];
    board_->operations = 1 + random_.below(kOperationsMax);
    board_->opened = 0;
    // As many short waits as long ones, whatever short may mean.
    const std::uint64_t spins = random_.below(std::uint64_t{1} << random_.below(kSpinBits));
    what_ = "round " + std::to_string(number) + ", signal " +
            std::to_string(static_cast<int>(board_->signal)) + " after " +
            std::to_string(board_->operations) + " operations and " + std::to_string(spins) +
            " spins";
    const std::string failure = run_and_kill(store_, board_path_, spins);
    ASSERT_EQ(failure, "") << what_;
    if (board_->opened == 0) return;  // it has written nothing
    for (int w = 0; w < GetParam().writers; ++w) settle(w, board_->found[at(w)]);
    written_in_ = number;
  }

  /// Opens what the last kill left, in this process, and compares everything.
  void check() {
    const Options options = options_of(GetParam());
    auto opened = Db::open(store_, options);
    ASSERT_TRUE(opened.ok()) << what_ << ": " << opened.status().to_string();
    Db& db = **opened;
    Reference all;
    for (int w = 0; w < GetParam().writers; ++w) {
      const auto found = operations_in(db, w);
      ASSERT_TRUE(found.ok()) << what_ << ": " << found.status().to_string();
      const std::uint64_t acknowledged = board_->acknowledged[at(w)];
      ASSERT_GE(*found, acknowledged) << what_ << ": acknowledged operations are missing";
      ASSERT_LE(*found, acknowledged + 1) << what_ << ": more than was tried";
      settle(w, *found);
      for (const auto& [key, value] : states_[at(w)].map()) all.put(key, value);
    }
    ASSERT_EQ(difference(db, OrderKind::kBytewise, all), "") << what_;
    const Status idle = db.wait_for_background();
    ASSERT_TRUE(idle.ok()) << what_ << ": " << idle.to_string();
    ASSERT_EQ(difference(db, OrderKind::kBytewise, all), "") << what_ << ", after compactions";
    const std::string tables = db.property("loam.total-sst-files").value_or("?");
    const Status close = db.close();
    ASSERT_TRUE(close.ok()) << what_ << ": " << close.to_string();
    ASSERT_NO_FATAL_FAILURE(expect_no_stray_files(tables));
  }

  [[nodiscard]] std::uint64_t operations() const { return settled_[0] + settled_[1]; }

 private:
  static std::size_t at(int writer) { return static_cast<std::size_t>(writer); }

  static std::uint32_t stack_number() {
    std::uint32_t number = 0;
    while (crash_stacks()[number].name != GetParam().name) ++number;
    return number;
  }

  /// So many operations of the writer are in the store for good; those that are new were written in
  /// the round that wrote last.
  void settle(int writer, std::uint64_t found) {
    std::uint64_t& settled = settled_[at(writer)];
    while (settled < found) {
      operation_at({board_->seed, writer, ++settled, written_in_}, &states_[at(writer)]);
    }
    // The driver goes by this; a batch that was under way and is there counts from now on.
    if (board_->acknowledged[at(writer)] < found) board_->acknowledged[at(writer)] = found;
  }

  void expect_no_stray_files(const std::string& tables) {
    std::map<format::FileKind, int> counts;
    std::string names;
    for (const auto& entry : std::filesystem::directory_iterator(store_)) {
      const std::string name = entry.path().filename().string();
      names += " " + name;
      const auto file = format::parse_file_name(name);
      ASSERT_TRUE(file) << what_ << ": what is " << name;
      ++counts[file->kind];
    }
    using format::FileKind;
    EXPECT_EQ(std::to_string(counts[FileKind::kTable]), tables) << what_ << ":" << names;
    EXPECT_EQ(counts[FileKind::kLog], 1) << what_ << ":" << names;
    EXPECT_EQ(counts[FileKind::kManifest], 1) << what_ << ":" << names;
    EXPECT_EQ(counts[FileKind::kTemporary], 0) << what_ << ":" << names;
    EXPECT_EQ(counts[FileKind::kLost], 0) << what_ << ": a kill loses nothing:" << names;
  }

  Random random_;
  TemporaryDirectory directory_;
  std::string store_;
  std::string board_path_;
  SharedBoard board_;
  std::array<Reference, kWritersMax> states_;
  std::array<std::uint64_t, kWritersMax> settled_{};
  std::uint32_t written_in_ = 0;
  std::string what_;
};

TEST_P(Crash, KilledAgainAndAgain) {
  SCOPED_TRACE("LOAM_SEED=" + std::to_string(base_seed()));
  const std::uint32_t rounds = GetParam().on_disk ? kRoundsOnDisk : kRounds;
  for (std::uint32_t number = 1; number <= rounds; ++number) {
    ASSERT_NO_FATAL_FAILURE(round(number));
    // Two of three times the next driver meets the store as the kill left it.
    if (number % 3 == 0) check();
    if (HasFailure()) return;
  }
  EXPECT_GT(operations(), rounds * 10) << "the drivers must have come to work";
}

INSTANTIATE_TEST_SUITE_P(Stacks, Crash, ::testing::ValuesIn(crash_stacks()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace loam::test
