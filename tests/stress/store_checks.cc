#include "tests/stress/store_checks.h"

#include "core/format/file_names.h"
#include "core/io/file_system.h"

namespace loam::stress {

std::string check_before_opening(const World& world, const Plan& plan, Random& random) {
  if (plan.is_new || !random.one_in(4)) return {};  // a creation that was cut is no store yet
  const auto report = Db::verify(world.path, world.options);
  if (!report.ok()) return unless_down(world, "verify after the crash", report.status());
  if (report->clean()) return {};
  const Finding& first = report->damage.front();
  return "verify after the crash: " + std::to_string(report->damage.size()) +
         " faults, the first: " + first.file + ": " + first.message;
}

std::string stray_files(const World& world, Db& db) {
  auto files = io::FileSystem::make(world.options.file_system);
  if (!files.ok()) return files.status().to_string();
  const auto names = files->list(world.path);
  if (!names.ok()) return unless_down(world, "list", names.status());
  std::size_t tables = 0;
  std::size_t manifests = 0;
  std::string all;
  for (const std::string& name : *names) {
    all += " " + name;
    const auto file = format::parse_file_name(name);
    if (!file) return "what is " + name + "?";
    if (file->kind == format::FileKind::kTemporary) return "a temporary is left: " + name;
    if (file->kind == format::FileKind::kTable) ++tables;
    if (file->kind == format::FileKind::kManifest) ++manifests;
  }
  const std::string wanted = db.property("loam.total-sst-files").value_or("?");
  if (std::to_string(tables) != wanted) return wanted + " tables expected, found" + all;
  return manifests == 1 ? "" : "one manifest expected, found" + all;
}

}  // namespace loam::stress
