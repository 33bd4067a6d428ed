/// Removes files that nobody needs: tables whose last reader is gone, and logs and manifests that
/// are superseded. Notes are taken at any time; the work is done by sweep(), in the background.
///
/// A file that cannot be removed is logged and tried again at the next open. Thread: safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/logger.h"
#include "core/base/mutex.h"
#include "core/table/table_cache.h"
#include "core/version/table_file.h"
#include "loam/format.h"
#include "loam/sdk/file_system_client.h"

namespace loam::engine {

class Janitor : public version::Trash {
 public:
  Janitor(sdk::FileSystem fs, std::string path, Format format, Log log);

  /// From now on notes call `wake` (which must only schedule a sweep), and sweeps evict tables from
  /// `tables`. Both null again: only notes.
  void attach(table::TableCache* tables, std::function<void()> wake) LOAM_EXCLUDES(mutex_);
  void table_unused(std::uint64_t number) override LOAM_EXCLUDES(mutex_);
  void file_unused(std::string name) override LOAM_EXCLUDES(mutex_);
  /// Removes everything noted so far.
  void sweep() LOAM_EXCLUDES(mutex_);

 private:
  void note(std::string name, std::uint64_t table) LOAM_EXCLUDES(mutex_);
  Status remove(const std::string& name) const;

  sdk::FileSystem fs_;
  std::string path_;
  const Format format_;
  Log log_;
  Mutex mutex_;
  struct Note {
    std::string name;
    std::uint64_t table;  ///< 0: not a table
  };
  std::vector<Note> notes_ LOAM_GUARDED_BY(mutex_);
  table::TableCache* tables_ LOAM_GUARDED_BY(mutex_) = nullptr;
  std::function<void()> wake_ LOAM_GUARDED_BY(mutex_);
};

}  // namespace loam::engine
