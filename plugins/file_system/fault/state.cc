#include "plugins/file_system/fault/state.h"

#include <cerrno>
#include <utility>

namespace loam::fault_fs {
namespace {

constexpr std::size_t kRecentMax = 64;

}  // namespace

void State::start_counting(bool with_reads) {
  std::lock_guard lock(mutex_);
  start_counting_locked(with_reads);
}

void State::start_counting_locked(bool with_reads) {
  operations_ = 0;
  fail_at_ = 0;
  cut_at_ = 0;
  recent_.clear();
  counts_reads_ = with_reads;
}

std::uint64_t State::operations() const {
  std::lock_guard lock(mutex_);
  return operations_;
}

std::vector<std::string> State::recent() const {
  std::lock_guard lock(mutex_);
  return {recent_.begin(), recent_.end()};
}

void State::fail_at(std::uint64_t n, Failure failure, bool and_later) {
  std::lock_guard lock(mutex_);
  fail_at_ = n;
  failure_ = failure;
  fail_later_ = and_later;
}

void State::cut_at(std::uint64_t n, const CrashPlan& plan) {
  std::lock_guard lock(mutex_);
  cut_at_ = n;
  cut_plan_ = plan;
}

Status State::crash(const CrashPlan& plan) {
  std::lock_guard lock(mutex_);
  if (is_down_) return {};
  return crash_locked(plan);
}

Status State::restart() {
  std::lock_guard lock(mutex_);
  is_down_ = false;
  start_counting_locked(false);
  return std::exchange(crash_status_, Status());
}

Status State::read(const Act& act) {
  if (!counts_reads_) return powered(act);
  std::lock_guard lock(mutex_);
  LOAM_TRY(powered(act));
  switch (count_locked(act)) {
    case Verdict::kProceed: return {};
    case Verdict::kFail: return told_to_fail_locked(act);
    case Verdict::kCut: return cut_locked(act);
  }
  return {};
}

Status State::powered(const Act& act) const {
  bool is_old = act.generation != Act::kNow && act.generation != generation_;
  if (!is_down_ && !is_old) return {};
  std::string what = std::string(act.operation) + " " + act.path;
  if (is_down_) return Status::io(what + ": the power is off", EIO);
  return Status::io(what + ": this handle is from before a power cut", EIO);
}

State::Verdict State::count_locked(const Act& act) {
  ++operations_;
  recent_.push_back(std::to_string(operations_) + " " + act.operation + " " + act.path);
  if (recent_.size() > kRecentMax) recent_.pop_front();
  if (operations_ == cut_at_) return Verdict::kCut;
  bool fails = fail_at_ != 0 && (fail_later_ ? operations_ >= fail_at_ : operations_ == fail_at_);
  return fails ? Verdict::kFail : Verdict::kProceed;
}

Status State::told_to_fail_locked(const Act& act) const {
  bool is_full = failure_ == Failure::kNoSpace;
  return Status(is_full ? Code::kNoSpace : Code::kIo,
                std::string(act.operation) + " " + act.path + ": operation " +
                    std::to_string(operations_) + " was told to fail",
                is_full ? ENOSPC : EIO);
}

Status State::cut_locked(const Act& act) {
  crash_status_ = crash_locked(cut_plan_);
  return powered(act);
}

Status State::crash_locked(const CrashPlan& plan) {
  is_down_ = true;
  ++generation_;
  // The outcome of closing does not matter: what is left is written anew.
  for (const auto& file : open_) file->base.close().ignore();
  for (const auto& lock : held_) lock->base = sdk::FileLock();
  open_.clear();
  held_.clear();
  return shadow_.crash(plan);
}

Status State::close_locked(OpenFile& file) {
  Status status = file.base.close();
  --file.node->writers;
  shadow_.unload_if_clean(*file.node);
  std::erase_if(open_, [&](const auto& open) { return open.get() == &file; });
  return status;
}

void State::drop(const std::shared_ptr<OpenFile>& file) {
  std::lock_guard lock(mutex_);
  if (file->base.is_open()) close_locked(*file).ignore();  // nobody asks any more
}

void State::release(const std::shared_ptr<HeldLock>& lock) {
  std::lock_guard guard(mutex_);
  lock->base = sdk::FileLock();
  std::erase(held_, lock);
}

}  // namespace loam::fault_fs
