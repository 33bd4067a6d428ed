#include "tests/stress/repair_round.h"

#include "core/format/file_names.h"
#include "core/io/file_system.h"

namespace loam::stress {

/// Lives to the end and closes; then all that was written to files is durable.
std::string RepairRound::fill() {
  std::string wrong = prepare(static_cast<std::uint32_t>(1 + random_.below(80)));
  plan_.closes = true;
  if (wrong.empty()) wrong = live(world_, plan_, expected_, trace_);
  if (!wrong.empty()) return wrong;
  for (const Record& record : trace_.records()) {
    const Place place{plan_.seed, plan_.life, record.writer, record.index};
    holds_anything_ = holds_anything_ || !operation_at(place, plan_.shape).changes.empty();
  }
  const Status status =
      world_.faults->crash({fault_fs::DataLoss::kKeep, fault_fs::NameLoss::kKeep, 1});
  if (!status.ok()) return "crash: " + status.to_string();
  life_over(Crash::kNone);
  return restart();
}

std::string RepairRound::damage() {
  auto files = io::FileSystem::make(fault_);  // no steps of the store's
  if (!files.ok()) return files.status().to_string();
  const auto names = files->list(world_.path);
  if (!names.ok()) return names.status().to_string();
  std::string manifest;
  for (const std::string& name : *names) {
    if (name.starts_with("MANIFEST-")) manifest = name;
  }
  const std::uint64_t kind = random_.below(3);
  const std::string victim =
      io::join(world_.path, kind == 0 ? std::string(format::kCurrentName) : manifest);
  tell("damaged: " + victim + (kind == 2 ? ", a byte flipped" : ", removed"));
  if (kind != 2) {
    const Status status = files->remove_file(victim);
    return status.ok() ? "" : status.to_string();
  }
  auto contents = io::read_whole_file(*files, victim, kMiB * 16);
  if (!contents.ok()) return contents.status().to_string();
  if (contents->empty()) return victim + " is empty";
  (*contents)[random_.below(contents->size())] ^= static_cast<char>(1 + random_.below(255));
  const Status status = io::write_file_durably(*files, victim, *contents);
  return status.ok() ? "" : status.to_string();
}

/// Again and again, until it gets through.
std::string RepairRound::repair() {
  world_.points->set_phase(Phase::kRepair);
  for (std::uint64_t crashes = random_.below(4);; --crashes) {
    if (crashes > 0) arm(random_crash(random_.one_in(4) ? Crash::kKill : Crash::kCut));
    const auto report = Db::repair(world_.path, world_.options);
    if (!world_.faults->is_down()) {
      disarm();
      return report.ok() ? "" : "repair: " + report.status().to_string();
    }
    report.status().ignore("it ends where the power is cut");
    ++result_.crashes;
    tell("repair, power cut " + world_.points->happened());
    std::string wrong = restart();
    if (!wrong.empty() || crashes == 0) return wrong;
  }
}

RoundResult RepairRound::run() {
  for (std::uint64_t i = 1 + random_.below(2); i > 0 && result_.violation.empty(); --i) {
    std::string wrong = fill();
    if (wrong.empty() && holds_anything_) wrong = damage();
    if (wrong.empty() && holds_anything_) wrong = repair();
    if (!wrong.empty()) fail(wrong);
  }
  last_life();
  return std::move(result_);
}

}  // namespace loam::stress
