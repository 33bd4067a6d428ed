#include "core/engine/janitor.h"

#include <utility>

#include "core/format/file_names.h"
#include "core/io/file_system.h"

namespace loam::engine {

Janitor::Janitor(sdk::FileSystem fs, std::string path, Format format, Log log)
    : fs_(fs), path_(std::move(path)), format_(format), log_(std::move(log)) {}

void Janitor::attach(table::TableCache* tables, std::function<void()> wake) {
  MutexLock lock(mutex_);
  tables_ = tables;
  wake_ = std::move(wake);
}

void Janitor::note(std::string name, std::uint64_t table) {
  std::function<void()> wake;
  {
    MutexLock lock(mutex_);
    notes_.push_back({std::move(name), table});
    wake = wake_;
  }
  if (wake) wake();
}

void Janitor::table_unused(std::uint64_t number) { note(format::table_name(number), number); }

void Janitor::file_unused(std::string name) { note(std::move(name), 0); }

Status Janitor::remove(const std::string& name) const {
  return fs_.remove_file(io::join(path_, name));
}

void Janitor::sweep() {
  std::vector<Note> notes;
  table::TableCache* tables = nullptr;
  {
    MutexLock lock(mutex_);
    notes.swap(notes_);
    tables = tables_;
  }
  for (const Note& note : notes) {
    if (note.table != 0 && tables != nullptr) tables->evict(note.table);
    Status status = remove(note.name);
    if (status.code() == Code::kNotFound && note.table != 0 && format_ == Format::kLevelDb) {
      status = remove(format::legacy_table_name(note.table));
    }
    if (status.ok()) {
      log_.debug("removed ", note.name);
    } else if (status.code() != Code::kNotFound) {
      log_.warn("cannot remove ", note.name, ": ", status.to_string());
    }
  }
}

}  // namespace loam::engine
