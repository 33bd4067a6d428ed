// Components that only tests have.
#include <algorithm>
#include <memory>
#include <string>

#include "loam/sdk.h"
#include "loam/sdk/file_system.h"
#include "loam/sdk/file_system_forward.h"
#include "sdk/tests/words_codec.h"
#include "tests/support/counting_fs.h"

namespace loam::test {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// "Key" and "kEY" are one key: nothing may compare or hash bytes under this order.
struct CaseInsensitive {
  static constexpr auto kName = "case_insensitive";
  static constexpr auto kPersistentId = "test.case_insensitive/1";
  static constexpr auto kSummary = "bytes, with ASCII letters of either case alike";
  int compare(Bytes a, Bytes b) const noexcept {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
      const auto x = static_cast<unsigned char>(lower(a[i]));
      const auto y = static_cast<unsigned char>(lower(b[i]));
      if (x != y) return x < y ? -1 : 1;
    }
    return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
  }
};

/// Does what the values say: "drop...", "change...", "skip:KEY"; all others stay.
struct Obedient {
  static constexpr auto kName = "obedient";
  static constexpr auto kSummary = "does with an entry what its value says";
  sdk::Decision decide(const sdk::CompactionEntry& entry) const {
    if (entry.value.starts_with("drop")) return sdk::Decision::remove();
    if (entry.value.starts_with("change")) return sdk::Decision::change("changed");
    if (entry.value.starts_with("skip:")) {
      return sdk::Decision::remove_and_skip_until(std::string(entry.value.substr(5)));
    }
    return sdk::Decision::keep();
  }
};

class CountingRandomFile {
 public:
  CountingRandomFile(FileCounters& counters, bool is_table, sdk::RandomFile file)
      : counters_(counters), is_table_(is_table), file_(std::move(file)) {}
  Result<std::uint64_t> size() { return file_.size(); }
  Result<std::size_t> read(std::uint64_t offset, MutableBytes out) {
    count(out.size());
    return file_.read(offset, out);
  }
  void read_many(std::span<loam_read_request> requests) {
    for (const loam_read_request& request : requests) count(request.size);
    file_.read_many(requests);
  }

 private:
  void count(std::uint64_t bytes) {
    ++counters_.reads;
    counters_.bytes_read += bytes;
    if (!is_table_) return;
    ++counters_.table_reads;
    counters_.table_bytes_read += bytes;
  }

  FileCounters& counters_;
  const bool is_table_;
  sdk::RandomFile file_;
};

class CountingAppendFile {
 public:
  CountingAppendFile(FileCounters& counters, std::unique_ptr<sdk::ForwardAppendFile> file)
      : counters_(counters), file_(std::move(file)) {}
  Status write(Bytes bytes) {
    ++counters_.writes;
    return file_->write(bytes);
  }
  Status sync(bool full) {
    ++counters_.syncs;
    if (counters_.before_sync) counters_.before_sync();
    return file_->sync(full);
  }
  Result<char*> reserve(std::size_t size) { return file_->reserve(size); }
  Status commit(std::size_t size) {
    ++counters_.writes;
    return file_->commit(size);
  }
  Status close() { return file_->close(); }

 private:
  FileCounters& counters_;
  std::unique_ptr<sdk::ForwardAppendFile> file_;
};

class Counting : public sdk::fs_forward {
 public:
  static constexpr auto kName = "counting";
  static constexpr auto kSummary = "counts what it hands on to its base";
  using RandomFile = CountingRandomFile;
  using AppendFile = CountingAppendFile;
  struct Options {
    loam_component_ref base{};
    bool windows = true;
  };
  static consteval auto describe() {
    return sdk::options(
        sdk::opt("base", &Options::base).kind("file_system").required().doc("the one it wraps"),
        sdk::opt("windows", &Options::windows).doc("files offer reserve and commit"));
  }
  Counting(const Options& options, const sdk::Host& host) : fs_forward(options.base), host_(host) {
    host.log(sdk::LogLevel::kDebug, "counting begins");
    if (!options.windows) hidden_ |= LOAM_FS_RESERVE;
  }

  std::uint64_t capabilities() const noexcept { return fs_forward::capabilities() & ~hidden_; }
  Result<std::unique_ptr<RandomFile>> open_random(const std::string& path) {
    ++counters.opens;
    host_.log(sdk::LogLevel::kDebug, "opened " + path);
    LOAM_TRY_ASSIGN(sdk::RandomFile file, below().open_random(path));
    return std::make_unique<CountingRandomFile>(counters, path.ends_with(".ldb"), std::move(file));
  }
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode) {
    LOAM_TRY_ASSIGN(auto file, fs_forward::open_append(path, mode));
    return std::make_unique<CountingAppendFile>(counters, std::move(file));
  }

  FileCounters counters;

 private:
  const sdk::Host host_;
  std::uint64_t hidden_ = LOAM_FS_MMAP;
};

enum class Lie { kNone, kDirectorySyncs, kFileSyncs };

class ForgetfulAppendFile {
 public:
  ForgetfulAppendFile(Lie lie, std::unique_ptr<sdk::ForwardAppendFile> file)
      : lie_(lie), file_(std::move(file)) {}
  Status write(Bytes bytes) { return file_->write(bytes); }
  Status sync(bool full) { return lie_ == Lie::kFileSyncs ? Status() : file_->sync(full); }
  Status close() { return file_->close(); }

 private:
  const Lie lie_;
  std::unique_ptr<sdk::ForwardAppendFile> file_;
};

/// Answers OK to syncs that it has not made.
class Forgetful : public sdk::fs_forward {
 public:
  static constexpr auto kName = "forgetful";
  static constexpr auto kSummary = "hands everything on but some syncs";
  using AppendFile = ForgetfulAppendFile;
  struct Options {
    loam_component_ref base{};
    Lie lie = Lie::kNone;
  };
  static consteval auto describe() {
    return sdk::options(
        sdk::opt("base", &Options::base).kind("file_system").required().doc("the one it wraps"),
        sdk::opt("lie", &Options::lie)
            .one_of("none", "directory_syncs", "file_syncs")
            .doc("which syncs are not made"));
  }
  explicit Forgetful(const Options& options) : fs_forward(options.base), lie_(options.lie) {}

  std::uint64_t capabilities() const noexcept {
    return fs_forward::capabilities() & ~LOAM_FS_RESERVE;
  }
  Status sync_directory(const std::string& path) {
    return lie_ == Lie::kDirectorySyncs ? Status() : fs_forward::sync_directory(path);
  }
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode) {
    LOAM_TRY_ASSIGN(auto file, fs_forward::open_append(path, mode));
    return std::make_unique<ForgetfulAppendFile>(lie_, std::move(file));
  }

 private:
  const Lie lie_;
};

}  // namespace

FileCounters& counters_of(void* self) { return sdk::detail::self_of<Counting>(self).counters; }

}  // namespace loam::test

LOAM_PLUGIN("loam.test_support", "1.0.0", "Apache-2.0", loam::sdk::codec<loam::test::Words>,
            loam::sdk::comparator<loam::test::CaseInsensitive>,
            loam::sdk::compaction_filter<loam::test::Obedient>,
            loam::sdk::file_system<loam::test::Counting>,
            loam::sdk::file_system<loam::test::Forgetful>)
