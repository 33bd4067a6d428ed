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
  look_at_reads_locked();
}

void State::look_at_reads_locked() {
  looks_at_reads_ = !has_begun_ || counts_reads_ || rules_.any_for_reads();
}

Status State::begin_locked() {
  if (has_begun_) return {};
  if (!log_.path.empty()) {
    LOAM_TRY_ASSIGN(const std::vector<Effect> left, recorder_.claim_file(base_, log_.path));
    if (log_.kill_is_cut && !left.empty()) LOAM_TRY(shadow_.crash_killed(left, log_.plan));
    LOAM_TRY(recorder_.begin_file(base_, log_.path));
  }
  has_begun_ = true;
  look_at_reads_locked();
  return {};
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

Status State::add_rule(const Rule& rule) {
  LOAM_TRY(check_rule(rule));
  std::lock_guard lock(mutex_);
  rules_.add(rule);
  look_at_reads_locked();
  return {};
}

void State::clear_rules() {
  std::lock_guard lock(mutex_);
  rules_.clear();
  look_at_reads_locked();
}

std::uint64_t State::rule_hits(std::size_t number) const {
  std::lock_guard lock(mutex_);
  return rules_.hits(number);
}

void State::start_recording() {
  std::lock_guard lock(mutex_);
  recorder_.start();
}

void State::stop_recording() {
  std::lock_guard lock(mutex_);
  recorder_.stop();
}

std::vector<Effect> State::recorded() const {
  std::lock_guard lock(mutex_);
  return recorder_.recorded();
}

void State::mark(const std::string& text) {
  std::lock_guard lock(mutex_);
  recorder_.add({.kind = Effect::Kind::kMark, .path = text});
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

std::string Act::text() const {
  std::string text(phrase_of(op));
  text += " " + path;
  if (to != nullptr) text += " to " + *to;
  return text;
}

Result<Twist> State::read(const Act& act) {
  if (!looks_at_reads_) {
    LOAM_TRY(powered(act));
    return Twist::kNone;
  }
  std::lock_guard lock(mutex_);
  LOAM_TRY(begin_locked());
  LOAM_TRY(powered(act));
  const Verdict verdict = judge_locked(act, counts_reads_);
  if (verdict.kind == Verdict::kCut) return cut_locked(act);
  if (verdict.fails()) return told_to_fail_locked(act, verdict);
  return verdict.twist();
}

Status State::powered(const Act& act) const {
  bool is_old = act.generation != Act::kNow && act.generation != generation_;
  if (!is_down_ && !is_old) return {};
  if (is_down_) return Status::io(act.text() + ": the power is off", EIO);
  return Status::io(act.text() + ": this handle is from before a power cut", EIO);
}

State::Verdict State::judge_locked(const Act& act, bool counts) {
  if (counts) {
    ++operations_;
    recent_.push_back(std::to_string(operations_) + " " + act.text());
    if (recent_.size() > kRecentMax) recent_.pop_front();
    if (operations_ == cut_at_) return {.kind = Verdict::kCut};
  }
  const std::size_t rule = rules_.hit(act.op, act.path, act.to);
  bool fails =
      counts && fail_at_ != 0 && (fail_later_ ? operations_ >= fail_at_ : operations_ == fail_at_);
  if (fails) return {Verdict::kFail, failure_for(act.op, failure_), 0};
  return rule == 0 ? Verdict{} : Verdict{Verdict::kFail, rules_.failure(rule), rule};
}

Status State::told_to_fail_locked(const Act& act, const Verdict& verdict) const {
  bool is_full = verdict.failure == Failure::kNoSpace;
  std::string who = verdict.rule == 0
                        ? "operation " + std::to_string(operations_) + " was told to fail"
                        : "rule " + std::to_string(verdict.rule) + " lets it fail";
  return Status(is_full ? Code::kNoSpace : Code::kIo, act.text() + ": " + who,
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
  for (const auto& file : open_) file->base.close().ignore("what is left is written anew");
  for (const auto& lock : held_) lock->base = sdk::FileLock();
  open_.clear();
  held_.clear();
  return shadow_.crash(plan);
}

Status State::rewrite_locked(OpenFile& file) {
  LOAM_TRY_ASSIGN(NodePtr there, shadow_.find(file.path));
  if (there != file.node) return {};
  LOAM_TRY(file.base.close());
  LOAM_TRY(base_.remove_file(file.path));  // who has it mapped keeps what he sees
  LOAM_TRY_ASSIGN(file.base, base_.open_append(file.path, LOAM_APPEND_CREATE_NEW));
  return file.base.write(file.node->contents.current);
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
  if (file->base.is_open()) close_locked(*file).ignore("nobody asks any more");
}

void State::release(const std::shared_ptr<HeldLock>& lock) {
  std::lock_guard guard(mutex_);
  lock->base = sdk::FileLock();
  std::erase(held_, lock);
}

}  // namespace loam::fault_fs
