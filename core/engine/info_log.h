/// The file LOG of a store: lines of text with time and level, the old one kept as LOG.old.
#pragma once

#include <memory>
#include <string>

#include "core/base/mutex.h"
#include "loam/environment.h"
#include "loam/logger.h"
#include "loam/sdk/file_system_client.h"

namespace loam::engine {

/// Thread: safe. A line that cannot be written is lost: the log must not stop the store.
class FileLogger : public Logger {
 public:
  /// Renames LOG to LOG.old and begins a new one. Requires: the store's LOCK. Fails: kIo.
  static Result<std::shared_ptr<Logger>> open(const sdk::FileSystem& fs, const std::string& path,
                                              Environment& environment);
  FileLogger(sdk::AppendFile file, Environment& environment);
  void write(LogLevel level, std::string_view line) override LOAM_EXCLUDES(mutex_);

 private:
  Environment& environment_;
  Mutex mutex_;
  sdk::AppendFile file_ LOAM_GUARDED_BY(mutex_);
};

}  // namespace loam::engine
