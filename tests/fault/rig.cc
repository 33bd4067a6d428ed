#include "tests/fault/rig.h"

#include <malloc.h>

#include <stdexcept>

#include "core/format/file_names.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

io::FileSystem file_system_of(const Options& options) {
  auto made = io::FileSystem::make(options.file_system);
  if (!made.ok()) throw std::runtime_error(made.status().to_string());
  return std::move(made).value();
}

/// The window of a log comes and goes thousands of times: the heap keeps its pages meanwhile.
bool keep_freed_memory() {
  return mallopt(M_TRIM_THRESHOLD, 64 << 20) != 0 && mallopt(M_TOP_PAD, 8 << 20) != 0;
}

}  // namespace

Options rig_options(Environment& environment, bool windows) {
  [[maybe_unused]] static const bool kept = keep_freed_memory();
  Options options = tiny_options();
  options.registry = linked_registry();
  Registry& registry = *options.registry;
  options.environment = &environment;
  options.file_system =
      make(registry, kind::kFileSystem, "fault",
           {{"base", make(registry, kind::kFileSystem, "memory")}, {"windows", windows}});
  options.table.codec = make(registry, kind::kCodec, "none");
  options.table.filter = make(registry, kind::kFilter, "bloom");
  options.block_cache_size = 64 * kKiB;
  options.write_buffer_size = 4 * kMiB;  // rotations happen when the test says so
  options.max_write_buffer_number = 8;
  return options;
}

Rig::Rig(bool windows, Tasks tasks)
    : environment_(1, tasks),
      path_("/stores/one"),
      faults_(
          fault_fs::control_of((options = rig_options(environment_, windows)).file_system.self())) {
  files_ = file_system_of(options);
}

Status Rig::open() {
  auto opened = Db::open(path_, options);
  if (!opened.ok()) return opened.status();
  db_ = std::move(opened).value();
  return {};
}

Status Rig::close() {
  const Status status = db_->close();
  db_.reset();
  return status;
}

Status Rig::background_error() {
  const auto text = db_->property("loam.background-error");
  return !text || text->empty() ? Status() : Status(Code::kIo, *text);
}

Status Rig::write(bool sync, bool large) {
  if (faults_.is_down()) return Status::io("the power is off");
  const WriteBatch batch = history_.next(large);
  mark_history();
  WriteOptions how;
  how.sync = sync;
  LOAM_TRY(db_->write(batch, how));
  history_.acknowledge();
  const bool durable = sync || (options.wal.enabled && options.wal.sync == WalSync::kAlways);
  if (durable) history_.made_durable();
  mark_history();
  return {};
}

void Rig::mark_history() {
  const History::Moment now = history_.now();
  faults_.mark(std::to_string(now.begun) + " " + std::to_string(now.acknowledged) + " " +
               std::to_string(now.durable));
}

Status Rig::sync() {
  WriteOptions how;
  how.sync = true;
  LOAM_TRY(db_->write(WriteBatch(), how));
  history_.made_durable();
  mark_history();
  return {};
}

Status Rig::flush_wal() {
  LOAM_TRY(db_->flush_wal(false));
  history_.made_durable();
  return {};
}

Status Rig::sync_wal() {
  LOAM_TRY(db_->sync_wal());
  history_.made_durable();
  mark_history();
  return {};
}

Status Rig::run_background() {
  environment_.run_until_idle();
  return background_error();
}

Status Rig::flush() {
  LOAM_TRY(rotate());
  LOAM_TRY(run_background());
  history_.made_durable();
  mark_history();
  return {};
}

Status Rig::compact() {
  LOAM_TRY(flush());
  LOAM_TRY(db_->compact_range());
  return run_background();
}

Status Rig::resume() {
  LOAM_TRY(db_->resume());
  history_.made_durable();  // it flushes everything
  return run_background();
}

Status Rig::advance_us(std::uint64_t us) {
  environment_.advance_us(us);
  return background_error();
}

std::string Rig::check_reads() {
  return difference(*db_, OrderKind::kBytewise, history_.acknowledged());
}

std::string Rig::recover() {
  drop();
  if (Status status = faults_.restart(); !status.ok()) return "restart: " + status.to_string();
  if (Status status = open(); !status.ok()) return "open: " + status.to_string();
  const Walked walked = walk(*db_, OrderKind::kBytewise, {}, false);
  if (!walked.status.ok()) return "scan: " + walked.status.to_string();
  std::string wrong = history_.recovered(walked.found);
  if (wrong.empty()) wrong = check_reads();
  if (!wrong.empty()) return wrong;
  if (Status status = run_background(); !status.ok()) return status.to_string();
  return stray_files();
}

std::string Rig::stray_files() {
  auto names = files_.list(path_);
  if (!names.ok()) return names.status().to_string();
  std::size_t tables = 0;
  std::size_t manifests = 0;
  std::string all;
  for (const std::string& name : *names) {
    all += " " + name;
    const auto file = format::parse_file_name(name);
    if (!file) continue;
    if (file->kind == format::FileKind::kTemporary) return "a temporary is left: " + name;
    if (file->kind == format::FileKind::kTable) ++tables;
    if (file->kind == format::FileKind::kManifest) ++manifests;
  }
  const std::string wanted = db_->property("loam.total-sst-files").value_or("?");
  if (std::to_string(tables) != wanted) return wanted + " tables expected, found" + all;
  return manifests == 1 ? "" : "one manifest expected, found" + all;
}

std::string Rig::recent() {
  std::string text = "last operations:";
  for (const std::string& operation : faults_.recent()) text += "\n  " + operation;
  return text;
}

}  // namespace loam::test
