#include "core/engine/info_log.h"

#include "core/base/logger.h"
#include "core/format/file_names.h"
#include "core/io/file_system.h"

namespace loam::engine {

Result<std::shared_ptr<Logger>> FileLogger::open(const sdk::FileSystem& fs, const std::string& path,
                                                 Environment& environment) {
  const std::string log = io::join(path, format::kInfoLogName);
  LOAM_TRY_ASSIGN(const bool exists, fs.exists(log));
  if (exists) LOAM_TRY(fs.rename(log, io::join(path, format::kOldInfoLogName)));
  LOAM_TRY_ASSIGN(auto file, fs.open_append(log, LOAM_APPEND_TRUNCATE));
  return std::shared_ptr<Logger>(std::make_shared<FileLogger>(std::move(file), environment));
}

FileLogger::FileLogger(sdk::AppendFile file, Environment& environment)
    : environment_(environment), file_(std::move(file)) {}

void FileLogger::write(LogLevel level, std::string_view line) {
  std::string text = format_log_line(environment_.wall_us(), level, line);
  text += '\n';
  MutexLock lock(mutex_);
  file_.write(text).ignore("the log must not stop the store");
}

}  // namespace loam::engine
