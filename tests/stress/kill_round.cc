#include "tests/stress/kill_round.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <system_error>

#include "tests/support/stacks.h"

namespace loam::stress {
namespace {

constexpr unsigned kDeadlineS = 120;  // of a life: one that is not over then hangs
constexpr int kViolation = 3;
constexpr std::uint64_t kSpinBits = 24;  // to some ten milliseconds

void die() { ::kill(::getpid(), SIGKILL); }

void spin(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

KillRound::KillRound(const RoundOptions& options)
    : StoreRound(options, /*in_memory=*/false, /*manual=*/false),
      directory_(options.directory + "/round-" + std::to_string(::getpid()) + "-" +
                 std::to_string(options.round)) {
  writers_ = random_.one_in(3) ? 1 : 2 + static_cast<std::uint32_t>(random_.below(2));
  const Component posix = test::make(*registry_, kind::kFileSystem, "posix",
                                     {{"log_window", std::uint64_t{64} * kKiB}});
  file_system_ = test::make(*registry_, kind::kFileSystem, "kill_points",
                            {{"base", sealed(posix)}, {"windows", frame_.windows}});
  world_.points = &kill_points_of(file_system_.self());
  KillPoints::counts();  // made before the first child, which then shares them
  world_.path = directory_ + "/store";
  std::filesystem::create_directories(directory_);
}

KillRound::~KillRound() {
  if (!result_.violation.empty()) return;  // for who looks into it
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void KillRound::child() {
  ::alarm(kDeadlineS);
  std::string wrong;
  try {
    wrong = live(world_, plan_, expected_, trace_);
  } catch (const std::exception& e) {
    wrong = std::string("exception: ") + e.what();
  }
  if (!wrong.empty()) {
    trace_.report(wrong);
    ::_exit(kViolation);
  }
  ::_exit(0);
}

std::string KillRound::wait_for(pid_t child, Crash& crash) {
  int how = 0;
  if (::waitpid(child, &how, 0) != child) return "lost the child";
  crash = Crash::kKill;
  if (WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL) return {};
  if (WIFSIGNALED(how) && WTERMSIG(how) == SIGALRM) return "the process hangs";
  if (WIFSIGNALED(how)) return "the process ended by signal " + std::to_string(WTERMSIG(how));
  if (WEXITSTATUS(how) == 0) {
    crash = Crash::kNone;
    return trace_.is_closed() ? "" : "the process ended without closing the store";
  }
  const std::string told = trace_.violation();
  return told.empty() ? "the process ended with " + std::to_string(WEXITSTATUS(how)) : told;
}

void KillRound::one_life(std::uint32_t operations, bool is_last) {
  std::string wrong = prepare(operations);
  if (!wrong.empty()) return fail(wrong);
  plan_.is_last = is_last;
  plan_.closes = is_last || random_.one_in(4);
  world_.end = die;
  const bool by_parent = !is_last && options_.point == kPointNumbers && random_.one_in(3);
  // As many short waits as long ones, whatever short may mean.
  const std::uint64_t spins = random_.below(std::uint64_t{1} << random_.below(kSpinBits + 1));
  if (!is_last && !by_parent) {
    const std::size_t point = options_.point != kPointNumbers || random_.one_in(3)
                                  ? options_.point
                                  : known_points()[random_.below(known_points().size())];
    world_.points->arm(point, random_occurrence(point == kPointNumbers ? 9 : 4), die);
  }
  const pid_t child_id = ::fork();
  if (child_id < 0) return fail("cannot fork");
  if (child_id == 0) child();
  if (by_parent) {
    spin(spins);
    ::kill(child_id, SIGKILL);
  }
  Crash crash = Crash::kNone;
  wrong = wait_for(child_id, crash);
  world_.points->disarm();
  tell("life " + std::to_string(plan_.life) + ": " + std::to_string(trace_.records().size()) +
       " writes of " + std::to_string(writers_) + " writers, " +
       (crash == Crash::kNone ? "closed" : "killed"));
  if (!wrong.empty()) {
    // What it found wrong was left by the life before, unless it had found that right.
    if (trace_.is_opened()) expected_.accept(trace_.found(frame_.order));
    if (trace_.is_opened()) life_over(Crash::kKill);
    return fail(wrong);
  }
  if (trace_.is_opened()) expected_.accept(trace_.found(frame_.order));
  life_over(crash);
}

RoundResult KillRound::run() {
  const std::uint64_t lives = 1 + random_.below(3);
  for (std::uint64_t i = 0; i < lives && result_.violation.empty(); ++i) {
    one_life(static_cast<std::uint32_t>(random_.below(random_.one_in(5) ? 300 : 60)), false);
  }
  if (result_.violation.empty()) one_life(0, true);
  if (!result_.violation.empty()) result_.directory = directory_;
  return result_;
}

}  // namespace loam::stress
