// The laws of file systems, tried on wrong ones: each defect must break the law that is about it.
// The right one is fs_forward over memory, which must keep all of them.
#include "sdk/conformance/file_system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <new>
#include <set>
#include <stdexcept>

#include "loam/sdk/file_system.h"
#include "loam/sdk/file_system_forward.h"

extern "C" const loam_plugin* loam_plugin_entry_v1_memory(void) noexcept;

namespace loam::conformance {
namespace {

/// A file system of type T over a memory one.
template <class T>
class Over {
 public:
  Over() : base_{loam_plugin_entry_v1_memory()->components[0], nullptr}, instance_(with_base()) {}
  Over(const Over&) = delete;
  Over& operator=(const Over&) = delete;
  ~Over() {
    instance_.reset();
    base_.component->destroy(base_.self);
  }
  sdk::FileSystem fs() const {
    return sdk::FileSystem(loam_component_ref{&sdk::file_system<T>, instance_.get()});
  }
  loam_component_ref base() const { return base_; }

 private:
  std::unique_ptr<sdk::detail::Instance<T>> with_base() {
    loam_status made =
        base_.component->create(nullptr, nullptr, nullptr, nullptr, &base_.self, nullptr);
    EXPECT_EQ(made, LOAM_OK);
    return std::make_unique<sdk::detail::Instance<T>>(typename T::Options{base_}, sdk::Host());
  }

  loam_component_ref base_;
  std::unique_ptr<sdk::detail::Instance<T>> instance_;
};

/// The names of the laws that T breaks.
template <class T>
std::set<std::string> broken_laws() {
  std::set<std::string> broken;
  for (const FileSystemLaw& law : file_system_laws()) {
    Over<T> over;
    EXPECT_TRUE(over.fs().make_directory("/place").ok());
    Status status = check_file_system_law(law, over.fs(), "/place");
    if (!status.ok()) broken.insert(law.name);
  }
  return broken;
}

struct Right : sdk::fs_forward {
  static constexpr auto kName = "right";
  struct Options {
    loam_component_ref base{};
  };
  static consteval auto describe() {
    return sdk::options(sdk::opt("base", &Options::base).kind("file_system").required());
  }
  explicit Right(const Options& options) : fs_forward(options.base) {}
};

TEST(FileSystemLaws, AForwardedFileSystemKeepsThemAll) {
  EXPECT_EQ(broken_laws<Right>(), std::set<std::string>());
}

TEST(FileSystemLaws, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const FileSystemLaw& law : file_system_laws()) names.insert(law.name);
  EXPECT_EQ(names.size(), file_system_laws().size());
  EXPECT_GE(names.size(), 28u);
}

TEST(Forward, HandsOnCapabilitiesAndTheChain) {
  Over<Right> over;
  EXPECT_EQ(over.fs().capabilities(), sdk::FileSystem(over.base()).capabilities());
  EXPECT_EQ(over.fs().base().self(), over.base().self);
}

struct StatLies : Right {
  using Right::Right;
  Result<loam_file_info> stat(const std::string& path) {
    LOAM_TRY_ASSIGN(loam_file_info info, Right::stat(path));
    ++info.size;
    return info;
  }
};
struct ListsPaths : Right {
  using Right::Right;
  Result<std::vector<std::string>> list(const std::string& directory) {
    LOAM_TRY_ASSIGN(auto names, Right::list(directory));
    for (std::string& name : names) name = "./" + name;
    return names;
  }
};
struct CreateNewTruncates : Right {
  using Right::Right;
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode) {
    return Right::open_append(path, mode == LOAM_APPEND_CREATE_NEW ? LOAM_APPEND_TRUNCATE : mode);
  }
};
struct RenameKeepsBoth : Right {
  using Right::Right;
  Status rename(const std::string& from, const std::string& to) {
    Right::remove_file(to).ignore("absent is fine");
    return Right::link(from, to);
  }
};
struct ForgetsThePath : Right {
  using Right::Right;
  Status remove_file(const std::string& path) {
    Status status = Right::remove_file(path);
    return status.ok() ? Status() : Status(status.code(), "failed");
  }
};
struct LocksNothing : Right {
  using Right::Right;
  struct Lock {};
  Result<std::unique_ptr<Lock>> lock(const std::string& path) {
    LOAM_TRY(open_append(path, LOAM_APPEND_CONTINUE).status());
    return std::make_unique<Lock>();
  }
};
struct ClaimsPreallocate : Right {
  using Right::Right;
  struct AppendFile : sdk::ForwardAppendFile {
    using ForwardAppendFile::ForwardAppendFile;
    Status preallocate(std::uint64_t size) { return write(std::string(size, '\0')); }
  };
  std::uint64_t capabilities() const noexcept {
    return Right::capabilities() | LOAM_FS_PREALLOCATE;
  }
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode) {
    void* file = nullptr;
    sdk::Error error;
    const sdk::FileSystem& fs = below();
    LOAM_TRY(
        error.check(fs.table()->append_open(fs.self(), path.c_str(), mode, &file, error.raw())));
    return std::make_unique<AppendFile>(fs.table(), fs.self(), file);
  }
};
/// Hands out windows that still hold what was in the last one.
struct WindowsAreStale : Right {
  using Right::Right;
  struct AppendFile : sdk::ForwardAppendFile {
    using ForwardAppendFile::ForwardAppendFile;
    Result<char*> reserve(std::size_t size) {
      window.resize(std::max(window.size(), size), '\0');
      return window.data();
    }
    Status commit(std::size_t size) { return write(Bytes(window).substr(0, size)); }
    std::string window;
  };
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode) {
    void* file = nullptr;
    sdk::Error error;
    const sdk::FileSystem& fs = below();
    LOAM_TRY(
        error.check(fs.table()->append_open(fs.self(), path.c_str(), mode, &file, error.raw())));
    return std::make_unique<AppendFile>(fs.table(), fs.self(), file);
  }
};

TEST(FileSystemLaws, FindWhatIsWrong) {
  EXPECT_TRUE(broken_laws<StatLies>().contains("appended_bytes_are_read"));
  EXPECT_TRUE(broken_laws<ListsPaths>().contains("directories_list_their_entries"));
  EXPECT_EQ(broken_laws<CreateNewTruncates>(), std::set<std::string>{"open_modes_differ"});
  EXPECT_TRUE(broken_laws<RenameKeepsBoth>().contains("rename_replaces"));
  EXPECT_EQ(broken_laws<ForgetsThePath>(), std::set<std::string>{"absent_is_not_found"});
  EXPECT_TRUE(broken_laws<LocksNothing>().contains("lock_excludes"));
  EXPECT_EQ(broken_laws<ClaimsPreallocate>(),
            std::set<std::string>{"preallocation_does_not_lengthen"});
  std::set<std::string> stale = broken_laws<WindowsAreStale>();
  EXPECT_TRUE(stale.contains("what_is_not_committed_is_not_there"));
  EXPECT_TRUE(stale.contains("a_reservation_may_be_committed_in_parts"));
}

/// What an author may do wrong in the way of exceptions and results.
struct Careless : Right {
  using Right::Right;
  struct RandomFile {
    Result<std::uint64_t> size() { throw sdk::Failure(Status::corruption("bad size")); }
    Result<std::size_t> read(std::uint64_t /*offset*/, MutableBytes out) { return out.size() + 1; }
    void read_many(std::span<loam_read_request> requests) {
      requests[0].status = LOAM_OK;
      throw std::bad_alloc();
    }
    Result<Bytes> map() { throw 7; }
  };
  Result<std::unique_ptr<RandomFile>> open_random(const std::string& path) {
    if (path == "null") return std::unique_ptr<RandomFile>();
    return std::make_unique<RandomFile>();
  }
  Status remove_file(const std::string& /*path*/) { throw std::runtime_error("no way"); }
};

TEST(FileSystemAdapter, TurnsWhatIsThrownIntoErrors) {
  Over<Careless> over;
  sdk::FileSystem fs = over.fs();
  Status status = fs.remove_file("x");
  EXPECT_EQ(status.code(), Code::kInternal);
  EXPECT_EQ(status.message(), "no way");
  EXPECT_EQ(fs.open_random("null").status().code(), Code::kInternal);
  auto file = fs.open_random("x");
  EXPECT_EQ(file->size().status().code(), Code::kCorruption);
  EXPECT_EQ(file->size().status().message(), "bad size");
  EXPECT_EQ(file->map().status().code(), Code::kInternal);
  char bytes[4];
  EXPECT_EQ(file->read(0, MutableBytes(bytes)).status().code(), Code::kInternal)
      << "more bytes than there was room for";
  loam_read_request requests[2] = {{0, bytes, 4, 0, LOAM_OK, 0}, {0, bytes, 4, 0, LOAM_OK, 0}};
  file->read_many(requests);
  EXPECT_EQ(requests[0].status, LOAM_NO_MEMORY);
  EXPECT_EQ(requests[1].status, LOAM_NO_MEMORY);
}

/// The least that a file system may be: it reads nothing, appends nothing, has no names.
struct Poor {
  struct RandomFile {
    Result<std::uint64_t> size() { return std::uint64_t{0}; }
    Result<std::size_t> read(std::uint64_t, MutableBytes) { return std::size_t{0}; }
  };
  struct SequentialFile {
    Result<std::size_t> read(MutableBytes) { return std::size_t{0}; }
  };
  struct AppendFile {
    Status write(Bytes) { return {}; }
    Status sync(bool) { return {}; }
    Status close() { return {}; }
  };
  struct Lock {};
  template <class T>
  static Result<std::unique_ptr<T>> make() {
    return std::make_unique<T>();
  }
  std::uint64_t capabilities() const noexcept { return 0; }
  Result<std::unique_ptr<RandomFile>> open_random(const std::string&) { return make<RandomFile>(); }
  Result<std::unique_ptr<SequentialFile>> open_sequential(const std::string&) {
    return make<SequentialFile>();
  }
  Result<std::unique_ptr<AppendFile>> open_append(const std::string&, std::uint32_t) {
    return make<AppendFile>();
  }
  Result<std::unique_ptr<Lock>> lock(const std::string&) { return make<Lock>(); }
  Result<loam_file_info> stat(const std::string&) { return Status::not_found("nothing"); }
  Result<std::vector<std::string>> list(const std::string&) { return std::vector<std::string>(); }
  Status make_directory(const std::string&) { return {}; }
  Status remove_directory(const std::string&) { return {}; }
  Status sync_directory(const std::string&) { return {}; }
  Status remove_file(const std::string&) { return {}; }
  Status rename(const std::string&, const std::string&) { return {}; }
};

TEST(FileSystemAdapter, LeavesOptionalSlotsEmpty) {
  loam_file_system_v1 table = sdk::detail::kFileSystemTable<Poor>;
  EXPECT_EQ(table.struct_size, sizeof table);
  EXPECT_TRUE(table.base == nullptr);
  EXPECT_TRUE(table.random_map == nullptr);
  EXPECT_TRUE(table.random_read_many == nullptr);
  EXPECT_TRUE(table.append_reserve == nullptr);
  EXPECT_TRUE(table.append_commit == nullptr);
  EXPECT_TRUE(table.append_sync_range == nullptr);
  EXPECT_TRUE(table.append_preallocate == nullptr);
  EXPECT_TRUE(table.link == nullptr);
  EXPECT_TRUE(table.free_space == nullptr);
  EXPECT_EQ(table.reserved_async[0], nullptr);
}

}  // namespace
}  // namespace loam::conformance
