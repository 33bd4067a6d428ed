// A store is put under another master key, and the power fails at any operation of that: its key
// ring lies under the one or the other, whole, and with both keys the store always opens.
#include <gtest/gtest.h>

#include "core/io/file_system.h"
#include "plugins/file_system/fault/control.h"
#include "tests/fault/outcomes.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

const std::string kOld(32, 'o');
const std::string kNew(32, 'n');
constexpr const char* kFile = "/s/data";

/// A disk that can lose power, and vaults on it, each made by a process of its own.
class RotatedDisk {
 public:
  RotatedDisk()
      : registry_(linked_registry()),
        fault_(make(*registry_, kind::kFileSystem, "fault",
                    {{"base", make(*registry_, kind::kFileSystem, "memory")}})) {}

  io::FileSystem vault(const std::string& key, const std::string& previous = {}) const {
    Settings settings = {{"base", fault_}, {"key", SecretBytes{key}}};
    if (!previous.empty()) settings["previous_key"] = SecretBytes{previous};
    return io::FileSystem::make(make(*registry_, kind::kFileSystem, "encrypted", settings)).value();
  }
  fault_fs::FaultControl& faults() const { return fault_fs::control_of(fault_.self()); }
  io::FileSystem below() const { return io::FileSystem::make(fault_).value(); }

  /// A durable file under the old key.
  Status fill() const {
    const io::FileSystem old = vault(kOld);
    LOAM_TRY(old.make_directory("/s"));
    LOAM_TRY(below().sync_directory("/"));
    LOAM_TRY(io::write_file_durably(old, kFile, "kept"));
    return old.sync_directory("/s");
  }

 private:
  std::shared_ptr<Registry> registry_;
  Component fault_;
};

/// What `loam key rotate` does to a directory, and any store that opens with both keys.
Status rotate(const RotatedDisk& disk) {
  const io::FileSystem both = disk.vault(kNew, kOld);
  LOAM_TRY_ASSIGN(auto file, both.open_append("/s/000000.dbtmp", LOAM_APPEND_TRUNCATE));
  LOAM_TRY(file.close());
  return both.remove_file("/s/000000.dbtmp");
}

Result<std::string> read(const io::FileSystem& fs) { return io::read_whole_file(fs, kFile, 100); }

/// Exactly one of the two keys opens it, and both together. Empty, or what is wrong.
std::string check(const RotatedDisk& disk, bool must_be_new) {
  const auto with_both = read(disk.vault(kNew, kOld));
  if (!with_both.ok()) return "with both keys: " + with_both.status().to_string();
  if (*with_both != "kept") return "found " + *with_both;
  const auto with_old = read(disk.vault(kOld));
  const auto with_new = read(disk.vault(kNew));
  if (with_old.ok() == with_new.ok()) {
    return with_old.ok() ? "either key opens it" : "neither: " + with_new.status().to_string();
  }
  const Status& refused = with_old.ok() ? with_new.status() : with_old.status();
  if (refused.code() != Code::kPermission) return "not as a wrong key: " + refused.to_string();
  return must_be_new && !with_new.ok() ? "the rotation was done, and is gone" : "";
}

TEST(KeyRotation, MayBeCutAtAnyOperation) {
  for (const CutOutcome& outcome : kCutOutcomes) {
    for (std::uint64_t n = 1;; ++n) {
      const RotatedDisk disk;
      ASSERT_TRUE(disk.fill().ok());
      disk.faults().start_counting();
      disk.faults().cut_at(n, outcome.plan(n));
      const Status status = rotate(disk);
      const bool was_cut = disk.faults().is_down();
      ASSERT_TRUE(status.ok() || was_cut) << status.to_string();
      // Done in all: what comes after the ring's replacement may be cut, too.
      if (!was_cut) {
        ASSERT_TRUE(disk.faults().crash(outcome.plan(n)).ok());
      }
      ASSERT_TRUE(disk.faults().restart().ok());
      ASSERT_EQ(check(disk, !was_cut), "") << outcome.name << ", cut at " << n;
      ASSERT_TRUE(rotate(disk).ok()) << outcome.name << ", cut at " << n;
      ASSERT_EQ(check(disk, true), "") << outcome.name << ", again after a cut at " << n;
      if (was_cut) continue;
      ASSERT_GT(n, 6u) << "the ring must have been replaced";
      break;
    }
  }
}

TEST(KeyRotation, FailuresLeaveTheOldKeyOrTheNew) {
  for (std::uint64_t n = 1;; ++n) {
    const RotatedDisk disk;
    ASSERT_TRUE(disk.fill().ok());
    disk.faults().start_counting();
    disk.faults().fail_at(n, fault_fs::Failure::kNoSpace);
    const Status status = rotate(disk);
    const bool reached = disk.faults().operations() >= n;
    disk.faults().start_counting();
    ASSERT_EQ(check(disk, status.ok()), "") << "operation " << n;
    ASSERT_TRUE(rotate(disk).ok());
    ASSERT_EQ(check(disk, true), "") << "operation " << n;
    if (!reached) break;
  }
}

/// The first ring of a directory: a cut leaves a directory that can be used, or sealed files with
/// their ring, never files without.
TEST(KeyRotation, TheFirstKeyRingMayBeCutAtAnyOperation) {
  for (const CutOutcome& outcome : kCutOutcomes) {
    for (std::uint64_t n = 1;; ++n) {
      const RotatedDisk disk;
      ASSERT_TRUE(disk.vault(kOld).make_directory("/s").ok());
      ASSERT_TRUE(disk.below().sync_directory("/").ok());
      disk.faults().start_counting();
      disk.faults().cut_at(n, outcome.plan(n));
      const Status status = io::write_file_durably(disk.vault(kOld), kFile, "kept");
      const bool was_cut = disk.faults().is_down();
      ASSERT_TRUE(disk.faults().restart().ok());
      const auto found = read(disk.vault(kOld));
      const bool absent = !found.ok() && found.status().code() == Code::kNotFound;
      if (status.ok() || !absent) {
        ASSERT_TRUE(found.ok()) << outcome.name << ", cut at " << n << found.status().to_string();
        ASSERT_EQ(*found, "kept");
      }
      ASSERT_TRUE(io::write_file_durably(disk.vault(kOld), kFile, "again").ok());
      ASSERT_EQ(read(disk.vault(kOld)).value(), "again");
      if (!was_cut) break;
    }
  }
}

}  // namespace
}  // namespace loam::test
