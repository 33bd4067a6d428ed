/// PluginLog: the lines that the plugins of a registry log, handed to everyone who listens.
///
/// Components are made before the store that they are for opens its log: the first kEarlyLines
/// lines are kept until somebody listens. A line that is logged while another of the same thread is
/// being written (a file system that has something to say about the log's own file) is dropped.
///
/// Thread: safe. Ownership: listeners are borrowed, each as long as somebody else keeps it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "loam/logger.h"

namespace loam::plugin {

class PluginLog {
 public:
  static constexpr std::size_t kEarlyLines = 64;

  /// `first` (or null) listens from the beginning, and as long as this is there.
  explicit PluginLog(std::shared_ptr<Logger> first);

  /// Hears every line from now on, and those that nobody has heard yet.
  void listen(const std::shared_ptr<Logger>& listener) LOAM_EXCLUDES(mutex_);
  /// A listener that throws is passed over.
  void write(LogLevel level, std::string_view line) noexcept LOAM_EXCLUDES(mutex_);

 private:
  using Listeners = std::vector<std::shared_ptr<Logger>>;

  /// Those that are still there; the others are forgotten.
  Listeners present() LOAM_REQUIRES(mutex_);

  const std::shared_ptr<Logger> first_;
  Mutex mutex_;
  std::vector<std::weak_ptr<Logger>> listeners_ LOAM_GUARDED_BY(mutex_);
  std::vector<std::pair<LogLevel, std::string>> early_ LOAM_GUARDED_BY(mutex_);
  bool was_heard_ LOAM_GUARDED_BY(mutex_) = false;
};

}  // namespace loam::plugin
