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

  /// The host as no plugin in particular sees it.
  [[nodiscard]] const loam_host* host() const { return &own_.host; }
  /// The host as one plugin sees it: its log lines begin with "plugin ID: ", all else is shared.
  /// The same id gives the same host, which lives as long as this.
  [[nodiscard]] const loam_host* host_of(std::string_view plugin_id) LOAM_EXCLUDES(mutex_);
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

  /// A host and who calls through it.
  struct Caller {
    loam_host host{};
    HostServices* services = nullptr;
    std::string origin;  ///< what its lines begin with
  };

  static const Caller& caller(const loam_host* host);
  static HostServices& of(const loam_host* host);
  void fill_in(Caller& caller, std::string origin);
  std::atomic<std::uint64_t>* memory_cell(const char* tag);
  void* counter(const char* name, const char* unit, const char* help);
  void submit(std::function<void()> task);
  Status hit(std::string_view point);

  const std::string name_;
  Environment& environment_;
  PluginLog log_;

  Caller own_;  // constant after construction

  mutable Mutex mutex_;
  /// A caller is constant once it is in here.
  std::map<std::string, Caller, std::less<>> callers_ LOAM_GUARDED_BY(mutex_);
  std::map<std::string, Counter, std::less<>> counters_ LOAM_GUARDED_BY(mutex_);
  std::map<std::string, std::atomic<std::uint64_t>, std::less<>> memory_ LOAM_GUARDED_BY(mutex_);
  std::unique_ptr<Executor> executor_ LOAM_GUARDED_BY(mutex_);
  bool stopped_ LOAM_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const FaultHook> fault_hook_ LOAM_GUARDED_BY(mutex_);
};

}  // namespace loam::plugin
