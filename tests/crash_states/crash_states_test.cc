// A workload runs once and its operations are recorded, with marks where the history stands. Then
// for every beginning of the record the states that a power cut there could leave (disk_model.h
// says which) are put on an empty disk. The store must open, hold a prefix of the history with all
// that was durable at that moment, take new writes, lose power, and open again.
//
// LOAM_CRASH_STATES: states of a moment beyond which they are chosen by chance, besides the
// extremes; LOAM_SEED chooses them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "tests/crash_states/disk_model.h"
#include "tests/fault/workloads.h"
#include "tests/support/random.h"

namespace loam::test {
namespace {

using fault_fs::Effect;

constexpr std::size_t kStatesMax = 6;

std::size_t states_max() {
  const char* text = std::getenv("LOAM_CRASH_STATES");
  return text == nullptr ? kStatesMax : std::strtoull(text, nullptr, 10);
}

/// For the search of equal states: the standard library's 64-bit hash of all paths and bytes.
std::size_t hash_of(const Image& image) {
  std::string all;
  for (const auto& [path, contents] : image) {
    all += path;
    all += contents ? '\1' : '\2';
    if (contents) all += std::to_string(contents->size()) + ":" + *contents;
  }
  return std::hash<std::string>()(all);
}

std::string to_text(const Image& image) {
  std::string text;
  for (const auto& [path, contents] : image) {
    text += "\n  " + path + (contents ? " " + std::to_string(contents->size()) + " bytes" : "/");
  }
  return text;
}

/// Durably.
Status put_on_disk(const Image& image, const io::FileSystem& files) {
  for (const auto& [path, contents] : image) {
    if (!contents) {
      LOAM_TRY(files.make_directory(path));
      continue;
    }
    LOAM_TRY_ASSIGN(auto file, files.open_append(path, LOAM_APPEND_CREATE_NEW));
    LOAM_TRY(file.write(*contents));
    LOAM_TRY(file.sync(true));
    LOAM_TRY(file.close());
  }
  LOAM_TRY(files.sync_directory("/"));
  for (const auto& [path, contents] : image) {
    if (!contents) LOAM_TRY(files.sync_directory(path));
  }
  return {};
}

History::Moment moment_of(const std::string& mark) {
  History::Moment moment;
  std::istringstream(mark) >> moment.begun >> moment.acknowledged >> moment.durable;
  return moment;
}

class CrashStates : public ::testing::TestWithParam<Workload> {
 protected:
  /// How many writes the opened store held; nothing: it was wrong, and has been reported.
  std::optional<std::size_t> check(const Image& image, const History& history, std::uint64_t seed) {
    Rig rig(seed % 2 == 0);
    GetParam().prepare(rig.options);
    const Status put = put_on_disk(image, rig.files());
    EXPECT_TRUE(put.ok()) << put.to_string();
    rig.history() = history;
    std::string wrong = rig.recover();
    EXPECT_EQ(wrong, "") << "of the state" << to_text(image);
    if (!wrong.empty()) return std::nullopt;
    const std::size_t held = rig.history().size();
    for (const bool sync : {false, rig.options.wal.enabled, false}) {
      const Status write = rig.write(sync);
      EXPECT_TRUE(write.ok()) << write.to_string();
    }
    const auto data = GetParam().in_order ? fault_fs::DataLoss::kTorn : fault_fs::DataLoss::kRandom;
    const Status crash = rig.faults().crash({data, fault_fs::NameLoss::kRandom, seed});
    EXPECT_TRUE(crash.ok()) << crash.to_string();
    wrong = rig.recover();
    EXPECT_EQ(wrong, "") << "after a second cut, of the state" << to_text(image);
    return wrong.empty() ? std::optional(held) : std::nullopt;
  }

  /// Remembers what was checked: an equal state is not opened again, but may now hold too little.
  void check_once(const Image& image, const History& history, std::uint64_t seed) {
    const auto [known, is_new] = held_.emplace(hash_of(image), 0);
    if (!is_new) {
      EXPECT_GE(known->second, history.now().durable) << "of the state" << to_text(image);
      return;
    }
    const auto held = check(image, history, seed);
    if (held) known->second = *held;
  }

  std::unordered_map<std::size_t, std::size_t> held_;
};

TEST_P(CrashStates, AllOpenAndHoldWhatWasDurable) {
  Rig recorded;
  GetParam().prepare(recorded.options);
  recorded.faults().start_recording();
  const Status status = GetParam().run(recorded);
  ASSERT_TRUE(status.ok()) << status.to_string();
  recorded.mark_history();
  const std::vector<Effect> effects = recorded.faults().recorded();
  const DiskModel::Bounds bounds{GetParam().in_order, states_max()};
  const std::uint64_t seed = base_seed();
  DiskModel disk;
  History history;
  std::size_t exhaustive = 0;
  std::size_t moments = 0;
  for (std::size_t i = 0; i < effects.size(); ++i) {
    if (effects[i].kind == Effect::Kind::kMet) continue;
    if (effects[i].kind == Effect::Kind::kMark) {
      history = recorded.history().at(moment_of(effects[i].path));
    } else {
      disk.apply(effects[i]);
    }
    SCOPED_TRACE("effect " + std::to_string(i) + " of " + std::to_string(effects.size()) + ", " +
                 effects[i].path + ", LOAM_SEED=" + std::to_string(seed));
    std::uint64_t number = 0;
    const bool all = disk.each_state(bounds, seed + i, [&](const Image& image) {
      if (!HasFailure()) check_once(image, history, seed + i + ++number);
    });
    if (HasFailure()) return;
    exhaustive += all ? 1 : 0;
    ++moments;
  }
  EXPECT_GT(held_.size(), 40u) << "the workload must have had states to tell apart";
  RecordProperty("states", std::to_string(held_.size()));
  std::cout << held_.size() << " states at " << moments << " moments, all states at " << exhaustive
            << " of them\n";
}

INSTANTIATE_TEST_SUITE_P(Workloads, CrashStates, ::testing::ValuesIn(workloads()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace loam::test
