// Every file of small stores is cut at every byte, and flipped in every byte: opening fails and
// every file is still there; or a read fails; or everything is right. Of the newest log the end
// that nothing says was durable may be lost, and nothing else. Never a crash, a hang, or wrong data
// with OK.
#include <gtest/gtest.h>

#include <string>

#include "tests/damage/reading.h"
#include "tests/damage/victim.h"

namespace loam::test {
namespace {

// Under sanitizers every so many bytes are enough, beginning elsewhere in each file.
#ifdef LOAM_DAMAGE_STRIDE
constexpr std::size_t kStride = LOAM_DAMAGE_STRIDE;
#else
constexpr std::size_t kStride = 1;
#endif
constexpr std::size_t kCompactEvery = 5;

/// Of the damaged file, or of one that is missed because of it.
bool names_a_file(const std::string& message) {
  for (const char* part : {".log", ".ldb", "MANIFEST-", "CURRENT"}) {
    if (message.find(part) != std::string::npos) return true;
  }
  return false;
}

std::string text_of(const Image& image) {
  std::string text;
  for (const auto& [name, bytes] : image) {
    text += " " + name + " (" + std::to_string(bytes.size()) + ")";
  }
  return text;
}

/// What a damage did, for the count of each kind of outcome.
struct Outcomes {
  std::size_t all_right = 0;
  std::size_t older = 0;
  std::size_t refused = 0;
  std::size_t reads_failed = 0;
};

class StoreDamage : public ::testing::TestWithParam<VictimKind> {
 protected:
  StoreDamage() : victim_(GetParam().make()), keys_(victim_keys()) {}

  /// The store with one file changed. `least`: the oldest state that may come back.
  void suffer(const std::string& name, const std::string& bytes, std::size_t least) {
    Image damaged = victim_.image;
    damaged[name] = bytes;
    Disk disk(damaged);
    disk.options.wal.enabled = victim_.wal;
    const Status open = disk.open();
    if (!open.ok()) {
      ++outcomes_.refused;
      expect_refused(open, damaged, disk);
      return;
    }
    const Reading reading = read_everything(disk.db(), keys_, victim_.states, least);
    ASSERT_EQ(reading.wrong, "");
    for (const Status& failure : reading.failures) {
      ASSERT_EQ(failure.code(), Code::kCorruption) << failure.to_string();
      ASSERT_NE(failure.to_string().find(name), std::string::npos) << failure.to_string();
    }
    if (!reading.failures.empty()) {
      ++outcomes_.reads_failed;
    } else if (reading.state == victim_.everything()) {
      ++outcomes_.all_right;
    } else {
      ++outcomes_.older;
    }
    if (++sufferings_ % kCompactEvery == 0) compact(disk, reading, damaged);
    if (HasFatalFailure()) return;
    const Status close = disk.close();
    ASSERT_TRUE(close.ok() || !reading.failures.empty()) << close.to_string();
    reopen(disk, reading);
  }

  void cut_everywhere(const std::string& name, std::size_t least) {
    const std::string& whole = victim_.image[name];
    for (std::size_t size = first(name); size < whole.size(); size += kStride) {
      SCOPED_TRACE(name + " cut at " + std::to_string(size) + " of" + text_of(victim_.image));
      ASSERT_NO_FATAL_FAILURE(suffer(name, whole.substr(0, size), least));
    }
  }

  void flip_everywhere(const std::string& name, std::size_t least) {
    const std::string& whole = victim_.image[name];
    for (std::size_t at = first(name); at < whole.size(); at += kStride) {
      for (const int bits : {0x01, 0xc0}) {
        SCOPED_TRACE(name + " flipped at " + std::to_string(at) + " of" + text_of(victim_.image));
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ bits);
        ASSERT_NO_FATAL_FAILURE(suffer(name, bytes, least));
      }
    }
  }

  static std::size_t first(const std::string& name) { return name.size() * 7 % kStride; }

  Victim victim_;
  std::vector<std::string> keys_;
  Outcomes outcomes_;

 private:
  static void expect_refused(const Status& open, const Image& before, Disk& disk) {
    ASSERT_TRUE(names_a_file(open.to_string())) << open.to_string();
    ASSERT_TRUE(open.code() == Code::kCorruption || open.code() == Code::kNotSupported)
        << open.to_string();
    const Image after = disk.image();
    ASSERT_TRUE(after == before) << open.to_string() << "\nbefore:" << text_of(before)
                                 << "\nafter:" << text_of(after);
  }

  /// Nothing that was an error becomes a right answer that is wrong, and nothing is lost on the
  /// way.
  void compact(Disk& disk, const Reading& before, const Image& files) {
    disk.environment().run_until_idle();
    const Status status = disk.db().compact_range();
    disk.environment().run_until_idle();
    const Reading after = read_everything(disk.db(), keys_, victim_.states, before.state);
    ASSERT_EQ(after.wrong, "") << "after a compaction: " << status.to_string();
    ASSERT_TRUE(status.ok() || !before.failures.empty()) << status.to_string();
    if (status.ok()) return;
    const Image now = disk.image();
    for (const auto& [name, bytes] : files) {
      if (!name.ends_with(".ldb")) continue;
      const auto at = now.find(name);
      ASSERT_TRUE(at != now.end() && at->second == bytes) << name << " is gone or changed";
    }
  }

  /// What came back once stays.
  void reopen(Disk& disk, const Reading& before) {
    const Status open = disk.open();
    ASSERT_TRUE(open.ok() || !before.failures.empty()) << "again: " << open.to_string();
    if (!open.ok()) return;
    const Reading again = read_everything(disk.db(), keys_, victim_.states, before.state);
    ASSERT_EQ(again.wrong, "") << "in the second session";
    ASSERT_EQ(again.state, before.state) << "in the second session";
  }

  std::size_t sufferings_ = 0;
};

TEST_P(StoreDamage, UndamagedIsRead) {
  suffer("CURRENT", victim_.image.at("CURRENT"), victim_.everything());
  EXPECT_EQ(outcomes_.all_right, 1u);
}

TEST_P(StoreDamage, CutAtEveryByte) {
  for (const auto& [name, bytes] : victim_.image) {
    std::size_t least = victim_.everything();
    if (name == victim_.newest_log) least = victim_.least_cut;
    if (name.starts_with("MANIFEST")) least = victim_.least_cut_manifest;
    ASSERT_NO_FATAL_FAILURE(cut_everywhere(name, least));
  }
  EXPECT_GT(outcomes_.refused, 0u);
}

TEST_P(StoreDamage, FlippedInEveryByte) {
  for (const auto& [name, bytes] : victim_.image) {
    const bool newest = name == victim_.newest_log;
    ASSERT_NO_FATAL_FAILURE(
        flip_everywhere(name, newest ? victim_.least_flipped : victim_.everything()));
  }
  EXPECT_GT(outcomes_.refused, 0u);
}

TEST_P(StoreDamage, MissingFile) {
  for (const auto& [name, bytes] : victim_.image) {
    SCOPED_TRACE(name + " is missing from" + text_of(victim_.image));
    Image rest = victim_.image;
    rest.erase(name);
    Disk disk(rest);
    disk.options.wal.enabled = victim_.wal;
    const Status open = disk.open();
    ASSERT_EQ(open.code(), Code::kCorruption) << open.to_string();
    ASSERT_NE(open.to_string().find(name), std::string::npos) << open.to_string();
    const Image after = disk.image();
    ASSERT_TRUE(after == rest) << "after:" << text_of(after);
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreDamage, ::testing::ValuesIn(victim_kinds()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace loam::test
