#include "core/plugin/host.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "core/plugin/typed.h"
#include "loam/sdk/error.h"

namespace loam::plugin {
namespace {

constexpr const char* kVersion = LOAM_VERSION;
constexpr int kExecutorThreads = 1;

loam_status fill(loam_error* error, Code code, std::string_view message) noexcept {
  return sdk::fill(error, code, message);
}

}  // namespace

/// The functions behind the service tables.
struct HostServices::Services {
  static void log(const loam_host* host, std::uint32_t level, loam_slice line) noexcept {
    const Caller& from = caller(host);
    const auto known = static_cast<LogLevel>(std::min(level, LOAM_LOG_ERROR));
    try {
      std::string text(line.data, line.size);
      // One call is one line: a plugin cannot write another that names somebody else.
      std::replace(text.begin(), text.end(), '\n', ' ');
      from.services->log_.write(known, from.origin + text);
    } catch (...) {
      // No memory: the line is lost.
      return;
    }
  }

  static void* allocate(const loam_host* host, const char* tag, std::size_t size,
                        std::size_t align) noexcept {
    try {
      auto* cell = of(host).memory_cell(tag);
      void* p = nullptr;
      if (::posix_memalign(&p, std::max(align, sizeof(void*)), std::max<std::size_t>(size, 1)) !=
          0) {
        return nullptr;
      }
      // SAFETY: a sum that is only shown; it orders nothing.
      cell->fetch_add(size, std::memory_order_relaxed);
      return p;
    } catch (...) {
      return nullptr;
    }
  }
  static void release(const loam_host* host, const char* tag, void* p, std::size_t size) noexcept {
    if (p == nullptr) return;
    std::free(p);
    try {
      // SAFETY: a sum that is only shown; it orders nothing.
      of(host).memory_cell(tag)->fetch_sub(size, std::memory_order_relaxed);
    } catch (...) {
      // The cell exists since allocate(), so nothing is allocated and nothing thrown.
      return;
    }
  }

  static void* counter(const loam_host* host, const char* name, const char* unit,
                       const char* help) noexcept {
    try {
      return name == nullptr || *name == '\0' ? nullptr : of(host).counter(name, unit, help);
    } catch (...) {
      return nullptr;
    }
  }
  static void add(void* counter, std::uint64_t delta) noexcept {
    if (counter == nullptr) return;
    // SAFETY: a sum that is only shown; it orders nothing.
    static_cast<Counter*>(counter)->value.fetch_add(delta, std::memory_order_relaxed);
  }

  static loam_status resolve(const loam_host*, const char* reference, loam_sink*,
                             loam_error* error) noexcept {
    try {
      const std::string source = reference == nullptr ? "" : reference;
      return fill(error, Code::kPermission,
                  "secret \"" + source + "\": this program does not allow this source");
    } catch (...) {
      return fill(error, Code::kPermission, "this program does not allow this source of secrets");
    }
  }

  static std::uint64_t wall_us(const loam_host* host) noexcept {
    return of(host).environment_.wall_us();
  }
  static std::uint64_t monotonic_ns(const loam_host* host) noexcept {
    return of(host).environment_.monotonic_ns();
  }

  static loam_status submit(const loam_host* host, void (*task)(void* arg), void* arg,
                            loam_error* error) noexcept {
    if (task == nullptr) return fill(error, Code::kInvalidArgument, "submit: expected a task");
    try {
      of(host).submit([task, arg] { task(arg); });
      return LOAM_OK;
    } catch (...) {
      return fill(error, Code::kNoMemory, "submit: out of memory");
    }
  }

  static loam_status hit(const loam_host* host, const char* point, loam_error* error) noexcept {
    try {
      const Status status = of(host).hit(point == nullptr ? "" : point);
      return status.ok() ? LOAM_OK : sdk::fill(error, status);
    } catch (...) {
      return fill(error, Code::kNoMemory, "fault: out of memory");
    }
  }

  static const void* get_service(const loam_host* host, const char* id) noexcept {
    static constexpr loam_svc_log kLog = {sizeof kLog, 0, &log};
    static constexpr loam_svc_alloc kAlloc = {sizeof kAlloc, 0, &allocate, &release};
    static constexpr loam_svc_metrics kMetrics = {sizeof kMetrics, 0, &counter, &add};
    static constexpr loam_svc_secrets kSecrets = {sizeof kSecrets, 0, &resolve};
    static constexpr loam_svc_clock kClock = {sizeof kClock, 0, &wall_us, &monotonic_ns};
    static constexpr loam_svc_executor kExecutor = {sizeof kExecutor, 0, &submit};
    static constexpr loam_svc_fault kFault = {sizeof kFault, 0, &hit};
    if (id == nullptr) return nullptr;
    const std::string_view name = id;
    if (name == LOAM_SVC_LOG) return &kLog;
    if (name == LOAM_SVC_ALLOC) return &kAlloc;
    if (name == LOAM_SVC_METRICS) return &kMetrics;
    if (name == LOAM_SVC_SECRETS) return &kSecrets;
    if (name == LOAM_SVC_CLOCK) return &kClock;
    if (name == LOAM_SVC_EXECUTOR) return &kExecutor;
    if (name != LOAM_SVC_FAULT) return nullptr;
    HostServices& self = of(host);
    MutexLock lock(self.mutex_);
    return self.fault_hook_ == nullptr ? nullptr : &kFault;
  }
};

HostServices::HostServices(std::string name, Environment& environment,
                           std::shared_ptr<Logger> logger)
    : name_(std::move(name)), environment_(environment), log_(std::move(logger)) {
  fill_in(own_, {});
}

HostServices::~HostServices() { stop(); }

void HostServices::stop() {
  std::unique_ptr<Executor> executor;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    executor = std::move(executor_);
  }
  executor.reset();  // waits for what runs, which may call the host
}

void HostServices::fill_in(Caller& caller, std::string origin) {
  caller.services = this;
  caller.origin = std::move(origin);
  loam_host& host = caller.host;
  host.struct_size = sizeof host;
  host.abi_major = LOAM_ABI_MAJOR;
  host.abi_minor = LOAM_ABI_MINOR;
  host.name = name_.c_str();
  host.version = kVersion;
  host.state = &caller;
  host.get_service = &Services::get_service;
}

const loam_host* HostServices::host_of(std::string_view plugin_id) {
  MutexLock lock(mutex_);
  const auto [at, added] = callers_.try_emplace(std::string(plugin_id));
  if (added) fill_in(at->second, "plugin " + at->first + ": ");
  return &at->second.host;
}

const HostServices::Caller& HostServices::caller(const loam_host* host) {
  return *static_cast<const Caller*>(host->state);
}

HostServices& HostServices::of(const loam_host* host) { return *caller(host).services; }

std::vector<CounterValue> HostServices::counters() const {
  MutexLock lock(mutex_);
  std::vector<CounterValue> values;
  for (const auto& [name, counter] : counters_) {
    values.push_back({name, counter.unit, counter.help, counter.value.load()});
  }
  return values;
}

std::vector<CounterValue> HostServices::memory() const {
  MutexLock lock(mutex_);
  std::vector<CounterValue> values;
  for (const auto& [tag, bytes] : memory_) {
    values.push_back({tag, "bytes", "held by plugins under this tag", bytes.load()});
  }
  return values;
}

void HostServices::set_fault_hook(FaultHook hook) {
  MutexLock lock(mutex_);
  fault_hook_ = hook ? std::make_shared<const FaultHook>(std::move(hook)) : nullptr;
}

std::atomic<std::uint64_t>* HostServices::memory_cell(const char* tag) {
  const std::string_view name = tag == nullptr ? "" : tag;
  MutexLock lock(mutex_);
  const auto at = memory_.find(name);
  if (at != memory_.end()) return &at->second;
  return &memory_.try_emplace(std::string(name), 0).first->second;
}

void* HostServices::counter(const char* name, const char* unit, const char* help) {
  MutexLock lock(mutex_);
  const auto [at, added] = counters_.try_emplace(name);
  if (added) {
    at->second.unit = unit == nullptr ? "" : unit;
    at->second.help = help == nullptr ? "" : help;
  }
  return &at->second;
}

void HostServices::submit(std::function<void()> task) {
  // Under the lock, so that stop() alone ever holds the last handle of the pool.
  MutexLock lock(mutex_);
  if (stopped_) return;  // the registry is going: like a task not begun
  if (executor_ == nullptr) {
    executor_ = environment_.make_executor("loam-plugin", kExecutorThreads);
  }
  executor_->submit(std::move(task));
}

Status HostServices::hit(std::string_view point) {
  std::shared_ptr<const FaultHook> hook;
  {
    MutexLock lock(mutex_);
    hook = fault_hook_;
  }
  return hook == nullptr ? Status() : (*hook)(point);
}

}  // namespace loam::plugin
