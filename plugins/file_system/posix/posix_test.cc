#include "plugins/file_system/posix/posix.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "sdk/conformance/file_system.h"

extern "C" const loam_plugin* loam_plugin_entry_v1_posix(void) noexcept;

namespace loam::posix_fs {
namespace {

/// A component made as a host makes one, and a directory of its own on the real disk.
class PosixTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string place = (std::filesystem::temp_directory_path() / "loam_posix_XXXXXX").string();
    ASSERT_NE(::mkdtemp(place.data()), nullptr);
    directory_ = place;
    const loam_plugin* plugin = loam_plugin_entry_v1_posix();
    ASSERT_EQ(plugin->component_count, 1u);
    component_ = plugin->components[0];
    sdk::Error error;
    Status made =
        error.check(component_->create(nullptr, nullptr, nullptr, nullptr, &self_, error.raw()));
    ASSERT_TRUE(made.ok()) << made.to_string();
    fs_ = sdk::FileSystem(loam_component_ref{component_, self_});
  }
  void TearDown() override {
    component_->destroy(self_);
    std::filesystem::remove_all(directory_);
  }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }

  std::string directory_;
  const loam_component* component_ = nullptr;
  void* self_ = nullptr;
  sdk::FileSystem fs_;
};

TEST_F(PosixTest, IsAFileSystemWithoutAPersistentId) {
  EXPECT_STREQ(component_->name, "posix");
  EXPECT_STREQ(component_->kind, LOAM_KIND_FILE_SYSTEM);
  EXPECT_EQ(component_->persistent_id, nullptr);
  EXPECT_NE(std::string(component_->config_schema()).find("log_window"), std::string::npos);
}

class PosixLaws : public PosixTest,
                  public testing::WithParamInterface<conformance::FileSystemLaw> {};

TEST_P(PosixLaws, Hold) {
  Status status = conformance::check_file_system_law(GetParam(), fs_, directory_);
  EXPECT_TRUE(status.ok()) << status.to_string();
}
INSTANTIATE_TEST_SUITE_P(All, PosixLaws, testing::ValuesIn(conformance::file_system_laws()),
                         [](const auto& law) { return std::string(law.param.name); });

TEST_F(PosixTest, FailuresKeepErrnoAndSayWhatWhereAndWhy) {
  Status absent = fs_.open_random(path("no/file")).status();
  EXPECT_EQ(absent.code(), Code::kNotFound);
  EXPECT_EQ(absent.os_errno(), ENOENT);
  EXPECT_EQ(absent.message(), "open " + path("no/file") + ": No such file or directory");
  EXPECT_EQ(fs_.make_directory(path("no/directory")).os_errno(), ENOENT);
  std::ofstream(path("file")) << "x";
  Status exists = fs_.open_append(path("file"), LOAM_APPEND_CREATE_NEW).status();
  EXPECT_EQ(exists.code(), Code::kInvalidArgument);
  EXPECT_EQ(exists.os_errno(), EEXIST);
  Status rename = fs_.rename(path("a"), path("b"));
  EXPECT_EQ(rename.message(),
            "rename " + path("a") + " to " + path("b") + ": No such file or directory");
}

TEST(PosixCodes, FollowWhatTheCallerShouldDo) {
  EXPECT_EQ(code_of(ENOENT), Code::kNotFound);
  EXPECT_EQ(code_of(ENOSPC), Code::kNoSpace);
  EXPECT_EQ(code_of(EDQUOT), Code::kNoSpace);
  EXPECT_EQ(code_of(EACCES), Code::kPermission);
  EXPECT_EQ(code_of(EPERM), Code::kPermission);
  EXPECT_EQ(code_of(EROFS), Code::kPermission);
  EXPECT_EQ(code_of(ENOMEM), Code::kNoMemory);
  EXPECT_EQ(code_of(EIO), Code::kIo);
  EXPECT_EQ(code_of(EMFILE), Code::kIo);
}

TEST_F(PosixTest, DescriptorsAreClosedOnExecAndAfterUse) {
  auto count = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  auto before = count();
  {
    auto append = fs_.open_append(path("file"), LOAM_APPEND_CREATE_NEW);
    auto random = fs_.open_random(path("file"));
    auto sequential = fs_.open_sequential(path("file"));
    auto lock = fs_.lock(path("LOCK"));
    EXPECT_TRUE(fs_.sync_directory(directory_).ok());
    EXPECT_TRUE(fs_.list(directory_).ok());
    EXPECT_EQ(count(), before + 4);
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      auto target = std::filesystem::read_symlink(entry.path(), gone);
      if (gone || !target.string().starts_with(directory_)) continue;
      int fd = std::stoi(entry.path().filename());
      EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << target;
    }
  }
  EXPECT_EQ(count(), before);
}

TEST_F(PosixTest, AWindowIsAllocatedAheadAndCutAtTheEnd) {
  auto file = fs_.open_append(path("log"), LOAM_APPEND_CREATE_NEW);
  ASSERT_TRUE(file.ok());
  auto window = file->reserve(100);
  if (window.status().code() == Code::kNotSupported) return;  // a law covers the plain way
  ASSERT_TRUE(window.ok()) << window.status().to_string();
  std::memcpy(*window, "record", 6);
  ASSERT_TRUE(file->commit(6).ok());
  struct stat info;
  ASSERT_EQ(::stat(path("log").c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 4 << 20);
  EXPECT_GE(info.st_blocks * 512, 4 << 20) << "space must be allocated before it is mapped";
  // The next records come from the same window: no system call, the same memory.
  auto next = file->reserve(10);
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(*next, *window + 6);
  ASSERT_TRUE(file->close().ok());
  ASSERT_EQ(::stat(path("log").c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 6);
  EXPECT_LT(info.st_blocks * 512, 1 << 20);
}

TEST_F(PosixTest, CommittedBytesSurviveTheDeathOfTheProcess) {
  pid_t child = ::fork();
  if (child == 0) {
    auto file = fs_.open_append(path("log"), LOAM_APPEND_CREATE_NEW);
    if (!file.ok()) ::_exit(1);
    auto window = file->reserve(5000);
    if (window.ok()) {
      std::memset(*window, 'x', 5000);
      if (!file->commit(5000).ok()) ::_exit(1);
    } else if (!file->write(std::string(5000, 'x')).ok()) {
      ::_exit(1);
    }
    ::raise(SIGKILL);
  }
  int state = 0;
  ASSERT_EQ(::waitpid(child, &state, 0), child);
  ASSERT_TRUE(WIFSIGNALED(state));
  std::string found(std::filesystem::file_size(path("log")), '?');
  ASSERT_GE(found.size(), 5000u);
  std::ifstream(path("log"), std::ios::binary).read(found.data(), std::streamsize(found.size()));
  EXPECT_EQ(found.substr(0, 5000), std::string(5000, 'x'));
  EXPECT_EQ(found.find_first_not_of('\0', 5000), std::string::npos);
}

/// Limits the size of files this process may write, as a disk that becomes full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    struct rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  struct rlimit before_ {};
};

TEST_F(PosixTest, AFailedWriteLeavesTheFileAsItWas) {
  auto file = fs_.open_append(path("file"), LOAM_APPEND_CREATE_NEW);
  ASSERT_TRUE(file->write("first").ok());
  {
    FileSizeLimit limit(1000);
    Status failed = file->write(std::string(5000, 'x'));  // a short write, then an error
    EXPECT_EQ(failed.code(), Code::kNoSpace);
    EXPECT_EQ(failed.os_errno(), EFBIG);
    EXPECT_EQ(std::filesystem::file_size(path("file")), 5u);
  }
  EXPECT_TRUE(file->write(" second").ok());
  EXPECT_TRUE(file->close().ok());
  std::string found;
  std::getline(std::ifstream(path("file")), found);
  EXPECT_EQ(found, "first second");
}

// Who waits for the writer of a pipe waits for ever.
TEST_F(PosixTest, APipeInPlaceOfAFileIsAnErrorNotAWait) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  for (const Status& refused :
       {fs_.open_random(path("pipe")).status(), fs_.open_sequential(path("pipe")).status(),
        fs_.open_append(path("pipe"), LOAM_APPEND_CONTINUE).status()}) {
    EXPECT_EQ(refused.code(), Code::kInvalidArgument);
    EXPECT_NE(refused.message().find(path("pipe")), std::string_view::npos) << refused.message();
  }
}

// Links may lie in a store to be read; writing through one would change a file of another place.
TEST_F(PosixTest, WritesDoNotFollowSymbolicLinks) {
  std::ofstream(path("victim")) << "precious";
  std::filesystem::create_symlink(path("victim"), path("link"));
  std::filesystem::create_symlink(path("nowhere"), path("dangling"));
  for (const std::uint32_t mode : {LOAM_APPEND_TRUNCATE, LOAM_APPEND_CONTINUE}) {
    for (const char* name : {"link", "dangling"}) {
      const Status refused = fs_.open_append(path(name), mode).status();
      EXPECT_EQ(refused.code(), Code::kInvalidArgument);
      EXPECT_EQ(refused.message(),
                "open " + path(name) + ": is a symbolic link, not written through");
    }
  }
  EXPECT_FALSE(std::filesystem::exists(path("nowhere")));
  auto read = fs_.open_random(path("link"));
  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_EQ(read->size().value(), 8u);
}

TEST_F(PosixTest, AWindowThatCannotBeAllocatedIsAnErrorNotASignal) {
  auto file = fs_.open_append(path("log"), LOAM_APPEND_CREATE_NEW);
  if (file->reserve(1).status().code() == Code::kNotSupported) return;
  {
    FileSizeLimit limit(6 << 20);
    auto window = file->reserve(8 << 20);
    EXPECT_FALSE(window.ok());
    EXPECT_NE(window.status().message().find(path("log")), std::string_view::npos);
  }
  ASSERT_TRUE(file->write("goes on").ok());
  ASSERT_TRUE(file->close().ok());
  EXPECT_EQ(std::filesystem::file_size(path("log")), 7u);
}

TEST_F(PosixTest, ASyncThatFailsRefusesEverythingAfterwards) {
  // A pipe's end cannot be synced: fdatasync answers EINVAL, as a broken disk would answer EIO.
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  Descriptor other(ends[0]);
  AppendFile file(Descriptor(ends[1]), "device", 0, kMiB);
  Status failed = file.sync(false);
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(failed.os_errno(), EINVAL);
  for (const Status& refused : {file.sync(true), file.write("x"), file.commit(0),
                                file.reserve(1).status(), file.preallocate(10)}) {
    EXPECT_EQ(refused.code(), Code::kIo);
    EXPECT_NE(refused.message().find("device: refused, an earlier sync"), std::string_view::npos)
        << refused.message();
  }
  EXPECT_TRUE(file.close().ok());
}

/// True when a process of its own cannot have `type` of lock on the file: fcntl's classic kind.
bool other_process_is_refused(const std::string& path) {
  pid_t child = ::fork();
  if (child == 0) {
    int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct flock request {};
    request.l_type = F_WRLCK;
    request.l_whence = SEEK_SET;
    ::_exit(fd >= 0 && ::fcntl(fd, F_SETLK, &request) != 0 ? 0 : 1);
  }
  int state = 0;
  return ::waitpid(child, &state, 0) == child && WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

TEST_F(PosixTest, TheLockKeepsOutOtherProcessesWithClassicLocks) {
  {
    auto lock = fs_.lock(path("LOCK"));
    ASSERT_TRUE(lock.ok()) << lock.status().to_string();
    EXPECT_TRUE(other_process_is_refused(path("LOCK")));
    EXPECT_EQ(fs_.lock(path("LOCK")).status().code(), Code::kBusy);
    EXPECT_TRUE(other_process_is_refused(path("LOCK"))) << "a second attempt dropped the lock";
  }
  EXPECT_FALSE(other_process_is_refused(path("LOCK")));
}

TEST_F(PosixTest, TheLockRespectsAndKeepsAClassicLockOfThisProcess) {
  Descriptor mine(::open(path("LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(mine.is_open());
  struct flock request {};
  request.l_type = F_WRLCK;
  request.l_whence = SEEK_SET;
  ASSERT_EQ(::fcntl(mine.get(), F_SETLK, &request), 0);
  EXPECT_EQ(fs_.lock(path("LOCK")).status().code(), Code::kBusy);
  EXPECT_TRUE(other_process_is_refused(path("LOCK"))) << "the classic lock was dropped";
}

TEST_F(PosixTest, TheLockIsHeldHereAlsoWhenItsFileIsRemoved) {
  auto lock = fs_.lock(path("LOCK"));
  ASSERT_TRUE(lock.ok());
  std::filesystem::remove(path("LOCK"));
  EXPECT_EQ(fs_.lock(path("LOCK")).status().code(), Code::kBusy);
  EXPECT_EQ(fs_.lock(path("./LOCK")).status().code(), Code::kBusy);
  EXPECT_TRUE(fs_.lock(path("OTHER")).ok());
  lock = sdk::FileLock();
  EXPECT_TRUE(fs_.lock(path("LOCK")).ok());
}

/// Takes the lock, `rounds` times, removing its file before it is let go, as who destroys a store.
/// False: somebody else held it too.
bool lock_and_remove(const sdk::FileSystem& fs, const std::string& path, std::atomic<int>& holders,
                     int rounds) {
  for (int done = 0; done < rounds;) {
    const auto lock = fs.lock(path);
    if (!lock.ok()) continue;
    if (holders.fetch_add(1) != 0) return false;
    holders.fetch_sub(1);
    std::filesystem::remove(path);  // with it, others may
    ++done;
  }
  return true;
}

TEST_F(PosixTest, AProcessThatRemovesTheLockMakesNoTwoHolders) {
  constexpr int kProcesses = 3;
  constexpr int kRounds = 2000;
  void* memory = ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* holders = new (memory) std::atomic<int>(0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::_exit(lock_and_remove(fs_, path("LOCK"), *holders, kRounds) ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int state = 0;
    ASSERT_EQ(::waitpid(child, &state, 0), child);
    EXPECT_TRUE(WIFEXITED(state) && WEXITSTATUS(state) == 0) << "two processes held the lock";
  }
  ::munmap(memory, sizeof(std::atomic<int>));
}

TEST_F(PosixTest, ALinkToALockedFileIsTheSameLock) {
  auto lock = fs_.lock(path("LOCK"));
  ASSERT_TRUE(lock.ok());
  std::filesystem::create_hard_link(path("LOCK"), path("ALIAS"));
  EXPECT_EQ(fs_.lock(path("ALIAS")).status().code(), Code::kBusy);
  EXPECT_TRUE(other_process_is_refused(path("ALIAS")));
}

}  // namespace
}  // namespace loam::posix_fs
