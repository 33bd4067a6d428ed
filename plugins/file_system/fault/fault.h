/// A file system that fails on purpose: what it hands on to its base can be made to fail operation
/// by operation, and a power cut can be acted out, after which the base holds what a disk might
/// hold.
///
/// Only bytes that a sync covered and names that a directory sync covered are sure to be left. It
/// offers reserve and commit itself, over any base. It does not hand on the base's word that
/// nothing survives: its restart is what a process's end is elsewhere. Everything that is not
/// durable is kept in memory beside the base: for tests, not for bulk data.
///
/// Thread: safe; handles as abi.h says. Ownership: borrows the base. Paths: one file has one path
/// (no symbolic links, not both relative and absolute).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "loam/abi.h"
#include "loam/sdk/file_system.h"
#include "loam/sdk/options.h"
#include "plugins/file_system/fault/state.h"

namespace loam::fault_fs {

class RandomFile {
 public:
  RandomFile(std::shared_ptr<State> state, sdk::RandomFile base, std::string path);
  Result<std::uint64_t> size() const;
  Result<std::size_t> read(std::uint64_t offset, MutableBytes out) const;
  void read_many(std::span<loam_read_request> requests) const;
  Result<Bytes> map() const;

 private:
  Act act(Op op) const { return {op, path_, generation_}; }

  std::shared_ptr<State> state_;
  sdk::RandomFile base_;
  std::string path_;
  std::uint64_t generation_;
};

class SequentialFile {
 public:
  SequentialFile(std::shared_ptr<State> state, sdk::SequentialFile base, std::string path);
  Result<std::size_t> read(MutableBytes out);

 private:
  std::shared_ptr<State> state_;
  sdk::SequentialFile base_;
  std::string path_;
  std::uint64_t generation_;
};

class AppendFile {
 public:
  AppendFile(std::shared_ptr<State> state, std::shared_ptr<OpenFile> file);
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile() { state_->drop(file_); }

  Status write(Bytes bytes);
  Status sync(bool full);
  Result<char*> reserve(std::size_t size);
  Status commit(std::size_t size);
  Status close();

 private:
  Act act(Op op) const { return {op, file_->path, generation_}; }
  Status append_locked(Shadow& shadow, Bytes bytes);

  std::shared_ptr<State> state_;
  std::shared_ptr<OpenFile> file_;
  std::uint64_t generation_;
  std::string window_;     // zeros when handed out
  std::size_t taken_ = 0;  // committed bytes of it
};

class Lock {
 public:
  Lock(std::shared_ptr<State> state, std::shared_ptr<HeldLock> held)
      : state_(std::move(state)), held_(std::move(held)) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { state_->release(held_); }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<HeldLock> held_;
};

class Fault {
 public:
  using RandomFile = fault_fs::RandomFile;
  using SequentialFile = fault_fs::SequentialFile;
  using AppendFile = fault_fs::AppendFile;
  using Lock = fault_fs::Lock;

  static constexpr auto kName = "fault";
  static constexpr auto kSummary = "fails on purpose and acts out power cuts, over another one";
  struct Options {
    loam_component_ref base{};
    std::uint64_t seed = 1;
    std::uint64_t fail_operation = 0;
    std::uint64_t cut_operation = 0;
    bool windows = true;
    std::string rules{};
    std::string operation_log{};
    bool kill_is_power_cut = false;
  };
  static consteval auto describe() {
    using sdk::opt;
    return sdk::options(
        opt("base", &Options::base).kind("file_system").required().doc("the one that it wraps"),
        opt("seed", &Options::seed)
            .doc("chooses what a power cut of these options leaves, and what a rule's chance hits"),
        opt("fail_operation", &Options::fail_operation)
            .doc("the changing operation, counted from 1, that fails with an I/O error; 0: none"),
        opt("cut_operation", &Options::cut_operation)
            .doc("the changing operation, counted from 1, at which the power fails: the base is "
                 "left as a disk might be, and everything fails from there on; 0: never"),
        opt("windows", &Options::windows).doc("offer reserve and commit"),
        opt("rules", &Options::rules)
            .doc("which operations fail, and how: \"op=sync path=*.log nth=3 error=io; op=write "
                 "chance=0.01 error=no_space\"; words: op, path, one of nth, every, first and "
                 "from, chance, error (io, no_space, short_write, short_read, lost_sync, corrupt)"),
        opt("operation_log", &Options::operation_log)
            .doc("path of a file in the base that takes a record of all that changes; begun anew "
                 "by the first operation; empty: none"),
        opt("kill_is_power_cut", &Options::kill_is_power_cut)
            .doc("needs operation_log: when the process that wrote it was killed, the first "
                 "operation of the next one leaves in the base what a power cut would have left"));
  }

  explicit Fault(const Options& options);

  std::uint64_t capabilities() const noexcept { return capabilities_; }
  loam_component_ref base() const noexcept { return base_; }
  Result<std::unique_ptr<RandomFile>> open_random(const std::string& path);
  Result<std::unique_ptr<SequentialFile>> open_sequential(const std::string& path);
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode);
  Result<std::unique_ptr<Lock>> lock(const std::string& path);

  Result<loam_file_info> stat(const std::string& path);
  Result<std::vector<std::string>> list(const std::string& directory);
  Status make_directory(const std::string& path);
  Status remove_directory(const std::string& path);
  Status sync_directory(const std::string& path);
  Status remove_file(const std::string& path);
  Status rename(const std::string& from, const std::string& to);
  Status link(const std::string& from, const std::string& to);
  Result<std::uint64_t> free_space(const std::string& path);

  FaultControl& control() { return *state_; }

 private:
  const sdk::FileSystem& below() const { return state_->base(); }

  loam_component_ref base_;
  std::shared_ptr<State> state_;
  std::uint64_t capabilities_;
};

}  // namespace loam::fault_fs
