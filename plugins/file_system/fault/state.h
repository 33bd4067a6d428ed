/// State: the power switch, the count of operations and the shadow that all handles of one fault
/// file system share. Every operation that changes something passes through change().
///
/// Thread: safe; changes go one at a time, the base's work included, so that the shadow records
/// them in the base's order. Ownership: shared by the file system and its handles.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "loam/sdk/file_system_client.h"
#include "plugins/file_system/fault/control.h"
#include "plugins/file_system/fault/shadow.h"

namespace loam::fault_fs {

/// An appendable file as the state knows it; `base` and `node` by the state's mutex.
struct OpenFile {
  sdk::AppendFile base;
  NodePtr node;
  std::string path;
};

/// A lock that a power cut takes away from its holder.
struct HeldLock {
  sdk::FileLock base;
};

/// An operation: its name and path for messages, and the generation of the handle it goes through.
struct Act {
  Op op;
  const std::string& path;
  std::uint64_t generation = kNow;
  const std::string* to = nullptr;  // of a rename or link

  static constexpr std::uint64_t kNow = UINT64_MAX;  // through no handle
  [[nodiscard]] std::string text() const;
};

/// What happens to the outcome of an operation that works.
enum class Twist { kNone, kShort, kCorrupt };

/// Where the log of effects lies, and what one that a kill left there means.
struct LogPlace {
  std::string path;          // empty: nowhere
  bool kill_is_cut = false;  // as a power cut by this plan, before the first operation
  CrashPlan plan;
};

class State final : public FaultControl {
 public:
  State(sdk::FileSystem base, std::uint64_t seed, LogPlace log)
      : base_(base), log_(std::move(log)), rules_(seed), shadow_(base, recorder_) {}

  void start_counting(bool with_reads) override;
  std::uint64_t operations() const override;
  std::vector<std::string> recent() const override;
  void fail_at(std::uint64_t n, Failure failure, bool and_later) override;
  void cut_at(std::uint64_t n, const CrashPlan& plan) override;
  Status add_rule(const Rule& rule) override;
  void clear_rules() override;
  std::uint64_t rule_hits(std::size_t number) const override;
  void start_recording() override;
  void stop_recording() override;
  std::vector<Effect> recorded() const override;
  void mark(const std::string& text) override;
  Status crash(const CrashPlan& plan) override;
  bool is_down() const override { return is_down_; }
  Status restart() override;

  const sdk::FileSystem& base() const { return base_; }
  std::uint64_t generation() const { return generation_; }
  /// OK while the power is on and has been since the act's generation; counts when reads count.
  Result<Twist> read(const Act& act);

  /// Runs `body(shadow)` as one counted operation; it does the base's work and records it.
  template <class Body>
  Status change(const Act& act, Body body) {
    return change_or(act, body, [](Shadow&, Failure) {});
  }
  /// When the operation is to fail, `instead(shadow, failure)` does what it does all the same.
  template <class Body, class Instead>
  Status change_or(const Act& act, Body body, Instead instead) {
    std::lock_guard lock(mutex_);
    LOAM_TRY(begin_locked());
    LOAM_TRY(powered(act));
    const Verdict verdict = judge_locked(act, true);
    twist_ = verdict.twist();
    if (verdict.fails()) {
      instead(shadow_, verdict.failure);
      return told_to_fail_locked(act, verdict);
    }
    Status status = body(shadow_);
    status.update(recorder_.status());
    if (verdict.kind == Verdict::kCut) return cut_locked(act);
    return status;
  }
  /// As change_or, but a power cut comes before `body` could do anything.
  template <class Body, class Instead>
  Status sync(const Act& act, Body body, Instead instead) {
    std::lock_guard lock(mutex_);
    LOAM_TRY(begin_locked());
    LOAM_TRY(powered(act));
    const Verdict verdict = judge_locked(act, true);
    if (verdict.kind == Verdict::kCut) return cut_locked(act);
    if (verdict.fails()) {
      instead(shadow_, verdict.failure);
      return told_to_fail_locked(act, verdict);
    }
    Status status = body(shadow_);
    status.update(recorder_.status());
    return status;
  }
  /// Inside `body`: the last byte is to be corrupted.
  [[nodiscard]] bool corrupts_locked() const { return twist_ == Twist::kCorrupt; }

  /// Inside `body`: handles of the base that a crash must take away.
  void add_open_locked(std::shared_ptr<OpenFile> file) { open_.push_back(std::move(file)); }
  void add_held_locked(std::shared_ptr<HeldLock> lock) { held_.push_back(std::move(lock)); }
  /// Puts what the shadow has of the file in its place in the base, if it still has its path.
  /// Inside `instead`.
  Status rewrite_locked(OpenFile& file);
  /// Closes in the base. Inside `body`.
  Status close_locked(OpenFile& file);
  /// For a handle that goes without close().
  void drop(const std::shared_ptr<OpenFile>& file);
  void release(const std::shared_ptr<HeldLock>& lock);

 private:
  struct Verdict {
    enum Kind { kProceed, kFail, kCut };
    Kind kind = kProceed;
    Failure failure = Failure::kIo;  // of kFail
    std::size_t rule = 0;            // that says so, from 1

    [[nodiscard]] Twist twist() const {
      if (kind != kFail) return Twist::kNone;
      if (failure == Failure::kShortRead) return Twist::kShort;
      return failure == Failure::kCorrupt ? Twist::kCorrupt : Twist::kNone;
    }
    [[nodiscard]] bool fails() const { return kind == kFail && twist() == Twist::kNone; }
  };

  /// Once, at the first operation: a component that nothing uses touches nothing.
  Status begin_locked();
  Status powered(const Act& act) const;
  Verdict judge_locked(const Act& act, bool counts);
  Status told_to_fail_locked(const Act& act, const Verdict& verdict) const;
  Status cut_locked(const Act& act);
  Status crash_locked(const CrashPlan& plan);
  void start_counting_locked(bool with_reads);
  void look_at_reads_locked();

  const sdk::FileSystem base_;
  const LogPlace log_;
  std::atomic<bool> is_down_{false};
  std::atomic<bool> looks_at_reads_{true};  // counts them, has rules for them, or has not begun
  std::atomic<std::uint64_t> generation_{0};

  mutable std::mutex mutex_;  // guards what follows, and orders the base's changes
  Rules rules_;
  Recorder recorder_;
  Shadow shadow_;
  bool has_begun_ = false;
  bool counts_reads_ = false;
  Twist twist_ = Twist::kNone;
  std::uint64_t operations_ = 0;
  std::uint64_t fail_at_ = 0;  // 0: never
  bool fail_later_ = false;
  Failure failure_ = Failure::kIo;
  std::uint64_t cut_at_ = 0;
  CrashPlan cut_plan_;
  Status crash_status_;
  std::deque<std::string> recent_;
  std::vector<std::shared_ptr<OpenFile>> open_;
  std::vector<std::shared_ptr<HeldLock>> held_;
};

}  // namespace loam::fault_fs
