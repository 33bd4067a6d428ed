#include "core/plugin/plugin_log.h"

namespace loam::plugin {
namespace {

thread_local bool is_writing = false;

/// False: a line of this thread is being written already.
class Turn {
 public:
  Turn() : mine_(!std::exchange(is_writing, true)) {}
  ~Turn() {
    if (mine_) is_writing = false;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  explicit operator bool() const { return mine_; }

 private:
  const bool mine_;
};

void tell(Logger& logger, LogLevel level, std::string_view line) noexcept {
  try {
    logger.write(level, line);
  } catch (...) {
    // A log that cannot be written is silent.
    return;
  }
}

}  // namespace

PluginLog::PluginLog(std::shared_ptr<Logger> first) : first_(std::move(first)) {
  if (first_ != nullptr) listen(first_);
}

void PluginLog::listen(const std::shared_ptr<Logger>& listener) {
  std::vector<std::pair<LogLevel, std::string>> early;
  {
    MutexLock lock(mutex_);
    listeners_.emplace_back(listener);
    was_heard_ = true;
    early.swap(early_);
  }
  const Turn turn;
  if (!turn) return;
  for (const auto& [level, line] : early) tell(*listener, level, line);
}

void PluginLog::write(LogLevel level, std::string_view line) noexcept {
  const Turn turn;
  if (!turn) return;
  try {
    Listeners listeners;
    {
      MutexLock lock(mutex_);
      if (!was_heard_ && early_.size() < kEarlyLines) early_.emplace_back(level, line);
      listeners = present();
    }
    for (const auto& listener : listeners) tell(*listener, level, line);
  } catch (...) {
    // No memory: the line is lost.
    return;
  }
}

PluginLog::Listeners PluginLog::present() {
  Listeners found;
  std::erase_if(listeners_, [&](const std::weak_ptr<Logger>& listener) {
    auto there = listener.lock();
    if (there == nullptr) return true;
    found.push_back(std::move(there));
    return false;
  });
  return found;
}

}  // namespace loam::plugin
