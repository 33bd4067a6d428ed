#include "tests/stress/life.h"

#include "tests/stress/lone_writer.h"
#include "tests/stress/store_checks.h"
#include "tests/stress/writers.h"

namespace loam::stress {
namespace {

bool is_down(const World& world) { return world.faults != nullptr && world.faults->is_down(); }

/// What the store holds is settled and becomes the trace's beginning.
std::string meet(const World& world, const Plan& plan, Db& db, Expected& expected, Trace& trace) {
  const test::Walked walked = test::walk(db, plan.shape.order, {}, false);
  if (!walked.status.ok()) return unless_down(world, "scan after opening", walked.status);
  if (!walked.ascending) return "scan after opening: keys out of order or twice";
  std::string wrong = expected.settle(walked.found);
  if (!wrong.empty()) return wrong;
  trace.opened(walked.found);
  if (plan.shape.drops_gone) return {};
  wrong = test::difference(db, plan.shape.order, walked.found);
  return is_down(world) ? "" : wrong;
}

std::string wait_until_idle(const World& world, Db& db) {
  if (world.manual != nullptr) world.manual->run_until_idle();
  return unless_down(world, "background work", db.wait_for_background());
}

/// After all background work: reads as before, and no file too many.
std::string look_over(const World& world, const Plan& plan, Db& db, const Reference& base) {
  std::string wrong = wait_until_idle(world, db);
  if (wrong.empty() && !plan.shape.drops_gone) {
    wrong = test::difference(db, plan.shape.order, base);
  }
  // Reads in vain may have led to compactions.
  if (wrong.empty()) wrong = wait_until_idle(world, db);
  return wrong.empty() ? stray_files(world, db) : wrong;
}

std::string close(const World& world, Db& db, Trace& trace) {
  world.points->set_phase(Phase::kClose);
  const std::uint64_t before = trace.stamp();
  const Status status = db.close();
  if (!status.ok()) return unless_down(world, "close", status);
  if (is_down(world)) return {};
  trace.mark_handed(before);
  trace.mark_unlogged(before);
  trace.closed();
  return {};
}

}  // namespace

std::string unless_down(const World& world, const char* what, const Status& status) {
  if (status.ok() || is_down(world)) return {};
  return std::string(what) + ": " + status.to_string();
}

std::string live(const World& world, const Plan& plan, Expected& expected, Trace& trace) {
  Random random(plan.seed ^ (plan.life * 0x632be59bd9b4e019ull));
  world.points->set_phase(plan.is_new ? Phase::kCreate : Phase::kOpen);
  std::string wrong = check_before_opening(world, plan, random);
  if (!wrong.empty()) return wrong;
  auto opened = Db::open(world.path, world.options);
  if (!opened.ok()) return unless_down(world, "open", opened.status());
  const std::unique_ptr<Db> db = std::move(opened).value();
  world.points->set_phase(Phase::kWork);
  wrong = meet(world, plan, *db, expected, trace);
  if (!wrong.empty() || !trace.is_opened()) return wrong;
  wrong = plan.shape.writers > 1 ? Writers(world, plan, *db, trace).run()
                                 : LoneWriter(world, plan, *db, expected.base(), trace).run();
  if (wrong.empty() && plan.is_last) wrong = look_over(world, plan, *db, expected.base());
  if (!wrong.empty() || is_down(world)) return wrong;
  if (plan.closes) return close(world, *db, trace);
  if (world.end) world.end();
  return {};
}

}  // namespace loam::stress
