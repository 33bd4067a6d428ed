#include "tests/stress/cut_round.h"

#include "core/io/file_system.h"
#include "tests/support/stacks.h"

namespace loam::stress {

using fault_fs::CrashPlan;
using fault_fs::DataLoss;
using fault_fs::NameLoss;

CutRound::CutRound(const RoundOptions& options, bool threads)
    : StoreRound(options, /*in_memory=*/true, /*manual=*/!threads),
      environment_(plan_.seed, TestEnvironment::Tasks::kManual) {
  const Component memory = test::make(*registry_, kind::kFileSystem, "memory");
  fault_ = test::make(*registry_, kind::kFileSystem, "fault",
                      {{"base", memory}, {"windows", frame_.windows}});
  file_system_ =
      test::make(*registry_, kind::kFileSystem, "kill_points", {{"base", sealed(fault_)}});
  world_.faults = &fault_fs::control_of(fault_.self());
  world_.points = &kill_points_of(file_system_.self());
  if (threads) {
    writers_ = random_.one_in(4) ? 1 : 2 + static_cast<std::uint32_t>(random_.below(2));
  } else {
    world_.manual = &environment_;
    world_.options.environment = &environment_;
  }
}

CrashPlan CutRound::random_crash(Crash crash) {
  CrashPlan plan{DataLoss::kKeep, NameLoss::kKeep, random_.next()};
  if (crash == Crash::kKill) return plan;
  static constexpr DataLoss kInOrder[] = {DataLoss::kDrop, DataLoss::kKeep, DataLoss::kTorn};
  static constexpr DataLoss kAny[] = {DataLoss::kDrop, DataLoss::kKeep, DataLoss::kTorn,
                                      DataLoss::kPages, DataLoss::kRandom};
  plan.data = frame_.leveldb ? kInOrder[random_.below(std::size(kInOrder))]
                             : kAny[random_.below(std::size(kAny))];
  static constexpr NameLoss kNames[] = {NameLoss::kDrop, NameLoss::kKeep, NameLoss::kPrefix,
                                        NameLoss::kSubset, NameLoss::kRandom};
  plan.names = kNames[random_.below(std::size(kNames))];
  return plan;
}

/// Somewhere in what comes next, if it comes so far.
void CutRound::arm(const CrashPlan& plan) {
  const bool at_point = options_.point != kPointNumbers || random_.one_in(2);
  const std::size_t point = options_.point != kPointNumbers || random_.one_in(3)
                                ? options_.point
                                : known_points()[random_.below(known_points().size())];
  const std::uint64_t occurrence =
      random_occurrence(point == kPointNumbers ? operation_bits_ : kOccurrenceBits);
  if (at_point) {
    auto& faults = *world_.faults;
    world_.points->arm(point, occurrence, [&faults, plan] {
      faults.crash(plan).ignore("what the crash left is compared");
    });
  } else {
    world_.faults->cut_at(occurrence, plan);
  }
}

void CutRound::disarm() {
  world_.points->disarm();
  world_.faults->start_counting();
}

std::string CutRound::restart() {
  disarm();
  const Status status = world_.faults->restart();
  return status.ok() ? "" : "restart: " + status.to_string();
}

void CutRound::one_life(std::uint32_t operations) {
  std::string wrong = prepare(operations);
  const Crash crash = random_.one_in(4) ? Crash::kKill : Crash::kCut;
  const CrashPlan plan = random_crash(crash);
  plan_.closes = random_.one_in(4);
  const bool after_close = random_.one_in(2);
  const bool unexpected = !plan_.closes || random_.one_in(2);
  if (unexpected && !random_.one_in(4)) arm(plan);
  world_.end = [&] { world_.faults->crash(plan).ignore("what the crash left is compared"); };
  if (wrong.empty()) wrong = live(world_, plan_, expected_, trace_);
  if (!wrong.empty()) return fail(wrong);
  const bool closed = trace_.is_closed();
  const std::string at = world_.points->happened();
  if (closed && after_close && !world_.faults->is_down()) world_.end();
  const bool crashed = world_.faults->is_down();
  tell("life " + std::to_string(plan_.life) + ": " + std::to_string(trace_.records().size()) +
       " writes, " + (closed ? "closed, " : "") +
       (crashed ? (crash == Crash::kKill ? "killed" : "power cut") : "no crash") +
       (at.empty() ? "" : " at " + at));
  if (crashed) wrong = restart();
  if (!crashed) disarm();
  life_over(crashed ? crash : Crash::kNone);
  if (!wrong.empty()) fail(wrong);
}

/// Everything must be there, no file too many, and nothing damaged after a close.
void CutRound::last_life() {
  if (!result_.violation.empty()) return;
  std::string wrong = prepare(0);
  plan_.closes = plan_.is_last = true;
  if (wrong.empty()) wrong = live(world_, plan_, expected_, trace_);
  if (wrong.empty()) {
    const auto report = Db::verify(world_.path, world_.options);
    if (!report.ok()) wrong = "verify: " + report.status().to_string();
    if (report.ok() && !report->clean()) {
      wrong = "verify after closing: " + report->damage.front().file + ": " +
              report->damage.front().message;
    }
  }
  if (!wrong.empty()) fail(wrong);
}

RoundResult CutRound::run() {
  const std::uint64_t lives = 1 + random_.below(4);
  for (std::uint64_t i = 0; i < lives && result_.violation.empty(); ++i) {
    one_life(static_cast<std::uint32_t>(random_.below(random_.one_in(5) ? 300 : 60)));
  }
  last_life();
  return std::move(result_);
}

}  // namespace loam::stress
