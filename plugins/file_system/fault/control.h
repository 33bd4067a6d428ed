/// Control over a file system of type "fault", for tests that link the plugin: power cuts and
/// failures at a chosen operation.
///
///   FaultControl& faults = control_of(fs.self());
///   faults.start_counting();
///   run_workload();                                    // once, to learn how many there are
///   for (std::uint64_t n = 1; n <= count; ++n) {
///     ... a fresh store ...
///     faults.cut_at(n, {.seed = n});
///     run_workload();                                  // fails from operation n on
///     EXPECT_TRUE(faults.restart().ok());              // what a power cut left is there now
///     reopen_and_check();
///   }
///
/// Operations that change something are counted: opening to append, write, sync, reserve, commit,
/// close, names coming and going, directory syncs, lock. Thread: safe. Ownership: belongs to the
/// component.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loam/base/status.h"
#include "plugins/file_system/fault/operations.h"
#include "plugins/file_system/fault/rules.h"

namespace loam::fault_fs {

/// What a power cut leaves of bytes that no sync covered.
enum class DataLoss {
  kRandom,   ///< kDrop, kKeep, kTorn or kPages, chosen file by file
  kDrop,     ///< nothing
  kKeep,     ///< all of them
  kTorn,     ///< a beginning of them
  kPages,    ///< any subset of their 4096-byte pages, torn ones among them; zeros in the holes
  kSectors,  ///< any subset of their 512-byte sectors; zeros in the holes
};

/// What it leaves of changes of names that no directory sync covered. A rename is one change, but
/// for kHalf.
enum class NameLoss {
  kRandom,  ///< kDrop, kKeep, kPrefix or kSubset
  kDrop,    ///< nothing: files made since are gone, removed ones are back, renames undone
  kKeep,    ///< all of them
  kPrefix,  ///< the first so many, as a journal would
  kSubset,  ///< any of them
  kHalf,    ///< any of them, and of a rename any half: the new name, the loss of the old one
};

/// One power cut; the same plan after the same operations leaves the same bytes.
struct CrashPlan {
  DataLoss data = DataLoss::kRandom;
  NameLoss names = NameLoss::kRandom;
  std::uint64_t seed = 1;
};

class FaultControl {
 public:
  /// From 0 again; also disarms fail_at and cut_at.
  virtual void start_counting(bool with_reads = false) = 0;
  [[nodiscard]] virtual std::uint64_t operations() const = 0;
  /// The last operations, oldest first, as "17 rename /db/a to /db/b": what to print when a test
  /// fails.
  [[nodiscard]] virtual std::vector<std::string> recent() const = 0;

  /// Operation `n` since start_counting() fails, and with `and_later` every one after it. A failed
  /// sync loses what it was to cover: a later sync of the same file succeeds and does not make it
  /// durable, as on a disk whose kernel dropped the pages.
  virtual void fail_at(std::uint64_t n, Failure failure = Failure::kIo, bool and_later = false) = 0;
  /// Beside fail_at(), and from now on until clear_rules(): counting anew and power cuts leave
  /// rules alone. Fails: as check_rule().
  virtual Status add_rule(const Rule& rule) = 0;
  virtual void clear_rules() = 0;
  /// How often the rule has hit that was added as number `number`, from 1; the option's come first.
  [[nodiscard]] virtual std::uint64_t rule_hits(std::size_t number) const = 0;

  /// From now on, with nothing from before, effects are kept in memory until stop_recording().
  virtual void start_recording() = 0;
  virtual void stop_recording() = 0;
  /// Since start_recording(), in order. Of names and files met before, what they stood for and held
  /// is recorded when they are next touched, unless they were already in use: begin to record on a
  /// file system that nothing has touched yet, or after restart().
  [[nodiscard]] virtual std::vector<Effect> recorded() const = 0;
  /// Records a kMark: that a write was acknowledged, say.
  virtual void mark(const std::string& text) = 0;

  /// The power fails during operation `n`: it may have taken effect or not, as unsynced changes do;
  /// it and all later ones fail with kIo.
  virtual void cut_at(std::uint64_t n, const CrashPlan& plan = {}) = 0;

  /// The power fails now. The base is rewritten to what is left. Every handle is dead for good, and
  /// locks are free. Fails: what the base says.
  virtual Status crash(const CrashPlan& plan = {}) = 0;
  [[nodiscard]] virtual bool is_down() const = 0;
  /// Power is back; counting starts anew. Fails: what the crash met when it rewrote the base.
  virtual Status restart() = 0;

 protected:
  ~FaultControl() = default;
};

/// `self` of a component of type "fault", as sdk::FileSystem::self() gives it.
FaultControl& control_of(void* self);

}  // namespace loam::fault_fs
