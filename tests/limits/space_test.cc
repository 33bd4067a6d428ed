// No more room, of the process (a limit on the size of files) or of a real device (a small file
// system in memory): "no space", nothing lost, and everything goes on when there is room again.
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/limits/support.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

Stack on_disk() { return {.name = "disk", .codec = "none", .filter = "bloom", .on_disk = true}; }

/// Writes, flushes and compacts until something fails. OK: nothing did.
Status work_until_failure(Db& db, Ledger& ledger, int round) {
  constexpr int kWrites = 200;
  for (int i = 0; i < kWrites; ++i) {
    LOAM_TRY(ledger.put(db, key_of(i), value_of(round * kWrites + i), i % 20 == 0));
  }
  LOAM_TRY(db.flush());
  LOAM_TRY(db.compact_range());
  return db.wait_for_background();
}

void expect_goes_on(TestStore& store, Ledger& ledger, int round) {
  EXPECT_EQ(ledger.difference(store.db()), "") << "reads go on without room";
  const Status resumed = store.db().resume();
  ASSERT_TRUE(resumed.ok()) << resumed.to_string();
  EXPECT_EQ(ledger.difference(store.db()), "");
  const Status more = work_until_failure(store.db(), ledger, round);
  EXPECT_TRUE(more.ok()) << more.to_string();
  store.reopen();
  EXPECT_EQ(ledger.difference(store.db()), "");
}

TEST(Space, FilesMayNotBecomeLonger) {
  bool failed = true;
  int round = 0;
  for (rlim_t bytes = 16; failed; bytes = bytes * 3 / 2, round += 2) {
    SCOPED_TRACE("bytes a file: " + std::to_string(bytes));
    ASSERT_LT(bytes, rlim_t{1} << 30);
    TestStore store(on_disk());
    store.open();
    Ledger ledger;
    fill(store.db(), ledger);
    Status failure;
    {
      const FileSizeLimit limit(bytes);
      failure = work_until_failure(store.db(), ledger, round);
    }
    failed = !failure.ok();
    if (failed) {
      EXPECT_EQ(failure.code(), Code::kNoSpace) << failure.to_string();
      EXPECT_NE(failure.message().find("File too large"), std::string::npos) << failure.to_string();
      EXPECT_NE(failure.message().find(store.path()), std::string::npos) << failure.to_string();
    }
    expect_goes_on(store, ledger, round + 1);
  }
  EXPECT_GT(round, 10);
}

void write_to(const char* path, const std::string& text) { std::ofstream(path) << text; }

/// An ordinary user may mount where a user namespace makes him its root.
bool become_root_of_a_namespace() {
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  write_to("/proc/self/setgroups", "deny");
  write_to("/proc/self/uid_map", "0 " + user + " 1");
  write_to("/proc/self/gid_map", "0 " + group + " 1");
  return true;
}

/// A file system in memory of so many bytes, in a mount namespace of this process alone.
class SmallDevice {
 public:
  explicit SmallDevice(const std::string& bytes) {
    if (::unshare(CLONE_NEWNS) != 0 && !become_root_of_a_namespace()) return;
    ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    const std::string options = "size=" + bytes;
    mounted_ = ::mount("loam-test", path().c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallDevice() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }
  SmallDevice(const SmallDevice&) = delete;
  SmallDevice& operator=(const SmallDevice&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const std::string& path() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  bool mounted_ = false;
};

/// Takes all the room there is.
void fill_device(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ASSERT_GE(file, 0);
  const std::string page(4096, 'x');
  while (::write(file, page.data(), page.size()) > 0) {
  }
  EXPECT_EQ(errno, ENOSPC);
  ::close(file);
}

TEST(Space, ADeviceFillsAndHasRoomAgain) {
  const SmallDevice device("32m");
  if (!device.mounted()) GTEST_SKIP() << "this user may not mount: " << std::strerror(errno);
  TestStore store(on_disk());
  const std::string path = device.path() + "/store";
  auto opened = Db::open(path, store.options);
  ASSERT_TRUE(opened.ok()) << opened.status().to_string();
  std::unique_ptr<Db> db = std::move(*opened);
  Ledger ledger;
  fill(*db, ledger);
  for (int round = 0; round < 5; ++round) {
    const std::string ballast = device.path() + "/ballast";
    fill_device(ballast);
    Status failure;
    for (int i = 0; i < 20 && failure.ok(); ++i) failure = work_until_failure(*db, ledger, round);
    EXPECT_EQ(failure.code(), Code::kNoSpace) << failure.to_string();
    EXPECT_NE(failure.message().find("No space left"), std::string::npos) << failure.to_string();
    EXPECT_EQ(ledger.difference(*db), "");
    EXPECT_EQ(db->resume().code(), Code::kNoSpace) << "there is no room yet";
    EXPECT_EQ(ledger.difference(*db), "");
    std::filesystem::remove(ballast);
    const Status resumed = db->resume();
    ASSERT_TRUE(resumed.ok()) << resumed.to_string();
    const Status more = work_until_failure(*db, ledger, round + 100);
    EXPECT_TRUE(more.ok()) << more.to_string();
    EXPECT_EQ(ledger.difference(*db), "");
  }
  ASSERT_TRUE(db->close().ok());
  db.reset();
  // A store that was closed opens on a full device, or says why not, and nothing is lost.
  fill_device(device.path() + "/ballast");
  auto full = Db::open(path, store.options);
  if (full.ok()) {
    EXPECT_EQ(ledger.difference(**full), "");
    full->reset();
  } else {
    EXPECT_EQ(full.status().code(), Code::kNoSpace) << full.status().to_string();
  }
  auto read = Db::open_read_only(path, store.options);
  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_EQ(ledger.difference(**read), "");
  read->reset();
  std::filesystem::remove(device.path() + "/ballast");
  auto again = Db::open(path, store.options);
  ASSERT_TRUE(again.ok()) << again.status().to_string();
  EXPECT_EQ(ledger.difference(**again), "");
}

}  // namespace
}  // namespace loam::test
