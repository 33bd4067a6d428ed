/// HostServices: the loam_host that a registry shows to its plugins, and what stands behind its
/// services: log, accounted memory, counters, clock, background tasks, refused secrets, and, where
/// a test asks for it, named failure points.
///
/// Thread: safe. Ownership: the registry's; outlives every object made with it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/mutex.h"
#include "core/plugin/plugin_log.h"
#include "loam/abi.h"
#include "loam/base/status.h"
#include "loam/environment.h"
#include "loam/logger.h"

namespace loam::plugin {

/// A counter that a plugin registered, or the bytes a tag holds.
struct CounterValue {
  std::string name;
  std::string unit;
  std::string help;
  std::uint64_t value = 0;
};

/// Answers OK, or the failure that this point shall have.
using FaultHook = std::function<Status(std::string_view point)>;

class HostServices {
 public:
  HostServices(std::string name, Environment& environment, std::shared_ptr<Logger> logger);
  ~HostServices();
  HostServices(const HostServices&) = delete;
  HostServices& operator=(const HostServices&) = delete;

  [[nodiscard]] const loam_host* host() const { return &host_; }
  /// All counters, by name.
  [[nodiscard]] std::vector<CounterValue> counters() const;
  /// Bytes that plugins hold, by tag.
  [[nodiscard]] std::vector<CounterValue> memory() const;
  /// What plugins log; stores listen.
  [[nodiscard]] PluginLog& log() { return log_; }
  /// From now on the fault service is offered; an empty hook withdraws it. Tests only.
  void set_fault_hook(FaultHook hook);
  /// Ends the background pool: tasks not begun are dropped.
  void stop();

 private:
  struct Services;
  struct Counter {
    std::string unit;
    std::string help;
    std::atomic<std::uint64_t> value{0};
  };

  static HostServices& of(const loam_host* host);
  std::atomic<std::uint64_t>* memory_cell(const char* tag);
  void* counter(const char* name, const char* unit, const char* help);
  void submit(std::function<void()> task);
  Status hit(std::string_view point);

  loam_host host_{};
  const std::string name_;
  Environment& environment_;
  PluginLog log_;

  mutable Mutex mutex_;
  std::map<std::string, Counter, std::less<>> counters_ LOAM_GUARDED_BY(mutex_);
  std::map<std::string, std::atomic<std::uint64_t>, std::less<>> memory_ LOAM_GUARDED_BY(mutex_);
  std::unique_ptr<Executor> executor_ LOAM_GUARDED_BY(mutex_);
  bool stopped_ LOAM_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const FaultHook> fault_hook_ LOAM_GUARDED_BY(mutex_);
};

}  // namespace loam::plugin
