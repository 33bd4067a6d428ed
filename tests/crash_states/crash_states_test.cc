// A workload runs once and its operations are recorded, with marks where the history stands. Then
// for every beginning of the record the states that a power cut there could leave (disk_model.h
// says which) are put on an empty disk. The store must open, hold a prefix of the history with all
// that was durable at that moment, take new writes, lose power, and open again.
//
// LOAM_CRASH_STATES: states of a moment beyond which they are chosen by chance, besides the
// extremes; LOAM_SEED chooses them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "tests/crash_states/disk_model.h"
#include "tests/fault/workloads.h"
#include "tests/support/random.h"

namespace loam::test {
namespace {

using fault_fs::Effect;

#ifdef LOAM_CRASH_STATES_MAX
constexpr std::size_t kStatesMax = LOAM_CRASH_STATES_MAX;
#else
constexpr std::size_t kStatesMax = 6;
#endif

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

constexpr const char* kRepairs = "repairs";
constexpr const char* kRepaired = "repaired";
constexpr const char* kDestroys = "destroys";

/// Two tables and a log, all of it durable; closed.
Status build_synced(Rig& rig) {
  LOAM_TRY(rig.open());
  for (int i = 0; i < 2; ++i) {
    LOAM_TRY(rig.write(true));
    LOAM_TRY(rig.write(true));
    LOAM_TRY(rig.flush());
  }
  LOAM_TRY(rig.write(true));
  return rig.close();
}

/// A synced store that loses CURRENT and its manifest, durably, and is repaired. Between the marks
/// each state has to be repaired before it is opened; what is left behind the second one opens.
Status repair(Rig& rig) {
  LOAM_TRY(build_synced(rig));
  LOAM_TRY_ASSIGN(const auto names, rig.files().list(rig.path()));
  for (const std::string& name : names) {
    if (name != "CURRENT" && !name.starts_with("MANIFEST")) continue;
    LOAM_TRY(rig.files().remove_file(io::join(rig.path(), name)));
  }
  LOAM_TRY(rig.files().sync_directory(rig.path()));
  rig.faults().mark(kRepairs);
  LOAM_TRY(Db::repair(rig.path(), rig.options).status());
  rig.faults().mark(kRepaired);
  return {};
}

/// Behind the mark each state is the whole store or none, and the rest of it can be removed.
Status destroy(Rig& rig) {
  LOAM_TRY(build_synced(rig));
  rig.faults().mark(kDestroys);
  return Db::destroy(rig.path(), rig.options);
}

/// What `loam copy` does with the store that it makes: batches without the log, then a flush.
Status copy(Rig& rig) {
  LOAM_TRY(rig.open());
  WriteOptions unlogged;
  unlogged.disable_wal = true;
  for (int i = 0; i < 4; ++i) {
    const WriteBatch batch = rig.history().next(/*large=*/i == 2);
    rig.mark_history();
    LOAM_TRY(rig.db().write(batch, unlogged));
    rig.history().acknowledge();
    rig.mark_history();
  }
  LOAM_TRY(rig.flush());
  return rig.close();
}

std::vector<Workload> all_workloads() {
  std::vector<Workload> all = workloads();
  all.push_back({"repair", [](Options&) {}, repair});
  const auto leveldb = [](Options& options) {
    options.format = Format::kLevelDb;
    options.max_open_files = 100;
  };
  all.push_back({"leveldb_repair", leveldb, repair, true});
  all.push_back({"encrypted_repair", encrypt, repair});
  all.push_back({"destroy", [](Options&) {}, destroy});
  all.push_back({"leveldb_destroy", leveldb, destroy, true});
  all.push_back({"copy", [](Options&) {}, copy});
  return all;
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
    if (repairs_) {
      const auto repaired = Db::repair(rig.path(), rig.options);
      EXPECT_TRUE(repaired.ok()) << repaired.status().to_string() << to_text(image);
    }
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

  /// A store that is being removed opens as it was, or not at all and keeps its files; a second
  /// removal leaves nothing.
  void check_destroyed(const Image& image, const History& history, std::uint64_t seed) {
    Rig rig(seed % 2 == 0);
    GetParam().prepare(rig.options);
    const Status put = put_on_disk(image, rig.files());
    EXPECT_TRUE(put.ok()) << put.to_string();
    rig.history() = history;
    rig.options.create_if_missing = false;
    const auto before = names_in(rig);
    if (rig.open().ok()) {
      EXPECT_EQ(rig.check_reads(), "") << "of the state" << to_text(image);
      rig.drop();
    } else {
      EXPECT_EQ(names_in(rig), before) << "of the state" << to_text(image);
    }
    const Status again = Db::destroy(rig.path(), rig.options);
    EXPECT_TRUE(again.ok()) << again.to_string() << " of the state" << to_text(image);
    EXPECT_EQ(names_in(rig), std::vector<std::string>()) << "of the state" << to_text(image);
  }

  /// Sorted; none where there is no directory.
  static std::vector<std::string> names_in(Rig& rig) {
    auto names = rig.files().list(rig.path());
    if (!names.ok()) return {};
    std::sort(names->begin(), names->end());
    return std::move(names).value();
  }

  /// Remembers what was checked: an equal state is not opened again, but may now hold too little.
  void check_once(const Image& image, const History& history, std::uint64_t seed) {
    const auto [known, is_new] = held_.emplace(hash_of(image), 0);
    if (!is_new) {
      EXPECT_GE(known->second, history.now().durable) << "of the state" << to_text(image);
      return;
    }
    if (destroys_) {
      check_destroyed(image, history, seed);
      known->second = history.now().durable;
      return;
    }
    const auto held = check(image, history, seed);
    if (held) known->second = *held;
  }

  std::unordered_map<std::size_t, std::size_t> held_;
  bool repairs_ = false;
  bool destroys_ = false;
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
  std::size_t states = 0;
  std::size_t moments = 0;
  bool has_begun = GetParam().run != repair && GetParam().run != destroy;
  for (std::size_t i = 0; i < effects.size(); ++i) {
    if (effects[i].kind == Effect::Kind::kMet) continue;
    const std::string& mark = effects[i].path;
    if (mark == kRepairs || mark == kRepaired || mark == kDestroys) {
      has_begun = true;
      repairs_ = mark == kRepairs;
      destroys_ = mark == kDestroys;
      held_.clear();
    } else if (effects[i].kind == Effect::Kind::kMark) {
      history = recorded.history().at(moment_of(effects[i].path));
    } else {
      disk.apply(effects[i]);
    }
    if (!has_begun) continue;
    SCOPED_TRACE("effect " + std::to_string(i) + " of " + std::to_string(effects.size()) + ", " +
                 effects[i].path + ", LOAM_SEED=" + std::to_string(seed));
    std::uint64_t number = 0;
    const bool all = disk.each_state(bounds, seed + i, [&](const Image& image) {
      const std::size_t before = held_.size();
      if (!HasFailure()) check_once(image, history, seed + i + ++number);
      states += held_.size() - before;
    });
    if (HasFailure()) return;
    exhaustive += all ? 1 : 0;
    ++moments;
  }
  EXPECT_GT(states, 20u) << "the workload must have had states to tell apart";
  RecordProperty("states", std::to_string(states));
  std::cout << states << " states at " << moments << " moments, all states at " << exhaustive
            << " of them\n";
}

INSTANTIATE_TEST_SUITE_P(Workloads, CrashStates, ::testing::ValuesIn(all_workloads()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace loam::test
