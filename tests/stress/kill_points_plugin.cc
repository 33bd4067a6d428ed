// The file system that passes the points. See kill_points.h.
#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "loam/sdk.h"
#include "loam/sdk/file_system.h"
#include "loam/sdk/file_system_forward.h"
#include "tests/stress/kill_points.h"

namespace loam::stress {
namespace {

File file_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".log")) return File::kLog;
  if (name.ends_with(".ldb") || name.ends_with(".sst")) return File::kTable;
  if (name.starts_with("MANIFEST-")) return File::kManifest;
  if (name.ends_with(".dbtmp")) return File::kTemporary;
  if (name.starts_with("CURRENT")) return File::kCurrent;
  if (name == "LOG" || name == "LOG.old") return File::kInfoLog;
  if (name == "lost") return File::kLost;
  return File::kStore;
}

class PointAppendFile {
  template <class Operation>
  auto pass(Step step, const Operation& operation) {
    points_.reached(file_, step, Side::kBefore);
    auto result = operation();
    points_.reached(file_, step, Side::kAfter);
    return result;
  }

 public:
  PointAppendFile(KillPoints& points, File file, std::unique_ptr<sdk::ForwardAppendFile> base)
      : points_(points), file_(file), base_(std::move(base)) {}
  Status write(Bytes bytes) {
    return pass(Step::kWrite, [&] { return base_->write(bytes); });
  }
  Status sync(bool full) {
    return pass(Step::kSync, [&] { return base_->sync(full); });
  }
  Result<char*> reserve(std::size_t size) {
    return pass(Step::kReserve, [&] { return base_->reserve(size); });
  }
  Status commit(std::size_t size) {
    return pass(Step::kWrite, [&] { return base_->commit(size); });
  }
  Status close() {
    return pass(Step::kClose, [&] { return base_->close(); });
  }

 private:
  KillPoints& points_;
  const File file_;
  std::unique_ptr<sdk::ForwardAppendFile> base_;
};

class PointFileSystem : public sdk::fs_forward {
 public:
  static constexpr auto kName = "kill_points";
  static constexpr auto kSummary = "passes a named point before and after each step";
  using AppendFile = PointAppendFile;
  struct Options {
    loam_component_ref base{};
    bool windows = true;
  };
  static consteval auto describe() {
    return sdk::options(
        sdk::opt("base", &Options::base).kind("file_system").required().doc("the one it wraps"),
        sdk::opt("windows", &Options::windows).doc("files offer reserve and commit"));
  }
  explicit PointFileSystem(const Options& options) : fs_forward(options.base) {
    if (!options.windows) hidden_ |= LOAM_FS_RESERVE;
  }

  std::uint64_t capabilities() const noexcept { return fs_forward::capabilities() & ~hidden_; }

  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode) {
    const File file = file_of(path);
    const Step step = mode == LOAM_APPEND_CONTINUE ? Step::kReopen : Step::kCreate;
    points.reached(file, step, Side::kBefore);
    LOAM_TRY_ASSIGN(auto base, fs_forward::open_append(path, mode));
    changed_ = file;
    points.reached(file, step, Side::kAfter);
    return std::make_unique<PointAppendFile>(points, file, std::move(base));
  }
  Status make_directory(const std::string& path) {
    return change(file_of(path), Step::kCreate, [&] { return fs_forward::make_directory(path); });
  }
  Status remove_directory(const std::string& path) {
    return change(file_of(path), Step::kRemove, [&] { return fs_forward::remove_directory(path); });
  }
  Status remove_file(const std::string& path) {
    return change(file_of(path), Step::kRemove, [&] { return fs_forward::remove_file(path); });
  }
  Status rename(const std::string& from, const std::string& to) {
    return change(file_of(to), Step::kRename, [&] { return fs_forward::rename(from, to); });
  }
  Status sync_directory(const std::string& path) {
    const File file = changed_;
    points.reached(file, Step::kSyncDirectory, Side::kBefore);
    const Status status = fs_forward::sync_directory(path);
    points.reached(file, Step::kSyncDirectory, Side::kAfter);
    return status;
  }

  KillPoints points;

 private:
  template <class Operation>
  Status change(File file, Step step, const Operation& operation) {
    points.reached(file, step, Side::kBefore);
    const Status status = operation();
    changed_ = file;
    points.reached(file, step, Side::kAfter);
    return status;
  }

  std::uint64_t hidden_ = LOAM_FS_MMAP;
  std::atomic<File> changed_{File::kStore};
};

}  // namespace

KillPoints& kill_points_of(void* self) {
  return sdk::detail::self_of<PointFileSystem>(self).points;
}

}  // namespace loam::stress

LOAM_PLUGIN("loam.test_kill_points", "1.0.0", "Apache-2.0",
            loam::sdk::file_system<loam::stress::PointFileSystem>)
