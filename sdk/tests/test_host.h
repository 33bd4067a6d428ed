/// A small host for tests of plugins: configuration, services, and components made as a real host
/// makes them, through their C tables only.
///
/// Thread: TestConfig and Made are confined; the services of TestHost may be called by any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "loam/abi.h"
#include "loam/base/status.h"
#include "loam/sdk/error.h"
#include "loam/sdk/sink.h"

namespace loam::sdk::testing {

/// One component's options as the host hands them over; a list is set as its JSON text.
class TestConfig {
 public:
  using Value =
      std::variant<bool, std::int64_t, std::uint64_t, double, std::string, loam_component_ref>;

  template <class T>
  TestConfig& set(const std::string& name, T value) {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, double> ||
                  std::is_same_v<T, loam_component_ref>) {
      values_[name] = value;
    } else if constexpr (std::is_integral_v<T>) {
      if constexpr (std::is_signed_v<T>) {
        values_[name] = std::int64_t{value};
      } else {
        values_[name] = std::uint64_t{value};
      }
    } else {
      values_[name] = std::string(value);
    }
    return *this;
  }

  [[nodiscard]] const loam_config* raw() const {
    // SAFETY: loam_config is opaque to everyone but this class, which casts it back.
    return reinterpret_cast<const loam_config*>(this);
  }

  static const loam_config_api* api() {
    static const loam_config_api table = {sizeof(loam_config_api),
                                          0,
                                          &get_bool,
                                          &get_i64,
                                          &get_u64,
                                          &get_f64,
                                          &get_text,
                                          &get_text,
                                          &get_text,
                                          &get_component};
    return &table;
  }

 private:
  static const Value* find(const loam_config* c, const char* name) noexcept {
    // SAFETY: made by raw().
    const auto& values = reinterpret_cast<const TestConfig*>(c)->values_;
    const auto at = values.find(name);
    return at == values.end() ? nullptr : &at->second;
  }

  static loam_status get_bool(const loam_config* c, const char* name, int32_t* out) noexcept {
    const Value* v = find(c, name);
    if (v == nullptr) return LOAM_NOT_FOUND;
    if (const auto* b = std::get_if<bool>(v)) return *out = *b ? 1 : 0, LOAM_OK;
    return LOAM_INVALID_ARGUMENT;
  }
  static loam_status get_i64(const loam_config* c, const char* name, int64_t* out) noexcept {
    const Value* v = find(c, name);
    if (v == nullptr) return LOAM_NOT_FOUND;
    if (const auto* i = std::get_if<std::int64_t>(v)) return *out = *i, LOAM_OK;
    const auto* u = std::get_if<std::uint64_t>(v);
    if (u != nullptr && *u <= INT64_MAX) return *out = static_cast<int64_t>(*u), LOAM_OK;
    return LOAM_INVALID_ARGUMENT;
  }
  static loam_status get_u64(const loam_config* c, const char* name, uint64_t* out) noexcept {
    const Value* v = find(c, name);
    if (v == nullptr) return LOAM_NOT_FOUND;
    if (const auto* u = std::get_if<std::uint64_t>(v)) return *out = *u, LOAM_OK;
    const auto* i = std::get_if<std::int64_t>(v);
    if (i != nullptr && *i >= 0) return *out = static_cast<uint64_t>(*i), LOAM_OK;
    return LOAM_INVALID_ARGUMENT;
  }
  static loam_status get_f64(const loam_config* c, const char* name, double* out) noexcept {
    const Value* v = find(c, name);
    if (v == nullptr) return LOAM_NOT_FOUND;
    if (const auto* d = std::get_if<double>(v)) return *out = *d, LOAM_OK;
    if (const auto* i = std::get_if<std::int64_t>(v))
      return *out = static_cast<double>(*i), LOAM_OK;
    if (const auto* u = std::get_if<std::uint64_t>(v))
      return *out = static_cast<double>(*u), LOAM_OK;
    return LOAM_INVALID_ARGUMENT;
  }
  static loam_status get_text(const loam_config* c, const char* name, loam_slice* out) noexcept {
    const Value* v = find(c, name);
    if (v == nullptr) return LOAM_NOT_FOUND;
    if (const auto* s = std::get_if<std::string>(v)) return *out = slice(*s), LOAM_OK;
    return LOAM_INVALID_ARGUMENT;
  }
  static loam_status get_component(const loam_config* c, const char* name,
                                   loam_component_ref* out) noexcept {
    const Value* v = find(c, name);
    if (v == nullptr) return LOAM_NOT_FOUND;
    if (const auto* r = std::get_if<loam_component_ref>(v)) return *out = *r, LOAM_OK;
    return LOAM_INVALID_ARGUMENT;
  }

  std::map<std::string, Value, std::less<>> values_;
};

/// Offers log, alloc, metrics, clock, an executor that runs tasks at once, and one secret,
/// "env:WORD" = "sesame"; remembers what was asked of them.
class TestHost {
 public:
  TestHost()
      : host_{sizeof(loam_host), LOAM_ABI_MAJOR, LOAM_ABI_MINOR, 0, "test", "0", this, &service} {}
  TestHost(const TestHost&) = delete;
  TestHost& operator=(const TestHost&) = delete;

  [[nodiscard]] const loam_host* raw() const { return &host_; }

  /// Pretends not to have any service from now on.
  void withhold_services() { withhold_ = true; }
  void set_wall_us(std::uint64_t us) { wall_us_ = us; }
  [[nodiscard]] std::uint64_t counter(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto at = counters_.find(name);
    return at == counters_.end() ? 0 : at->second->load();
  }
  [[nodiscard]] std::vector<std::string> log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  /// Bytes taken from the alloc service and not given back.
  [[nodiscard]] std::uint64_t allocated() const { return allocated_; }

 private:
  static TestHost& self(const loam_host* host) { return *static_cast<TestHost*>(host->state); }

  static const void* service(const loam_host* host, const char* id) noexcept {
    static const loam_svc_log log = {sizeof log, 0, &write_log};
    static const loam_svc_alloc alloc = {sizeof alloc, 0, &allocate, &release};
    static const loam_svc_metrics metrics = {sizeof metrics, 0, &make_counter, &add};
    static const loam_svc_clock clock = {sizeof clock, 0, &wall, &monotonic};
    static const loam_svc_executor executor = {sizeof executor, 0, &submit};
    static const loam_svc_secrets secrets = {sizeof secrets, 0, &resolve};
    const std::string_view name = id;
    if (self(host).withhold_) return nullptr;
    if (name == LOAM_SVC_LOG) return &log;
    if (name == LOAM_SVC_ALLOC) return &alloc;
    if (name == LOAM_SVC_METRICS) return &metrics;
    if (name == LOAM_SVC_CLOCK) return &clock;
    if (name == LOAM_SVC_EXECUTOR) return &executor;
    if (name == LOAM_SVC_SECRETS) return &secrets;
    return nullptr;
  }

  static void write_log(const loam_host* host, uint32_t /*level*/, loam_slice line) noexcept {
    const std::lock_guard lock(self(host).mutex_);
    self(host).log_.emplace_back(bytes(line));
  }
  static void* allocate(const loam_host* host, const char* /*tag*/, size_t size,
                        size_t align) noexcept {
    void* p = std::aligned_alloc(align, (size + align - 1) / align * align);
    if (p != nullptr) self(host).allocated_ += size;
    return p;
  }
  static void release(const loam_host* host, const char* /*tag*/, void* p, size_t size) noexcept {
    self(host).allocated_ -= size;
    std::free(p);
  }
  static void* make_counter(const loam_host* host, const char* name, const char* /*unit*/,
                            const char* /*help*/) noexcept {
    const std::lock_guard lock(self(host).mutex_);
    auto& cell = self(host).counters_[name];
    if (!cell) cell = std::make_unique<std::atomic<std::uint64_t>>(0);
    return cell.get();
  }
  static void add(void* counter, uint64_t delta) noexcept {
    *static_cast<std::atomic<std::uint64_t>*>(counter) += delta;
  }
  static loam_status submit(const loam_host* /*host*/, void (*task)(void* arg), void* arg,
                            loam_error* /*error*/) noexcept {
    task(arg);
    return LOAM_OK;
  }
  static loam_status resolve(const loam_host* /*host*/, const char* reference, loam_sink* out,
                             loam_error* error) noexcept {
    if (std::string_view(reference) == "env:WORD") return out->append(out, slice("sesame"));
    return fill(error, Code::kPermission, "this source is not allowed");
  }
  static uint64_t wall(const loam_host* host) noexcept { return self(host).wall_us_; }
  static uint64_t monotonic(const loam_host* host) noexcept { return self(host).wall_us_ * 1000; }

  loam_host host_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<std::atomic<std::uint64_t>>> counters_;
  std::vector<std::string> log_;
  std::atomic<std::uint64_t> wall_us_{0};
  std::atomic<std::uint64_t> allocated_{0};
  std::atomic<bool> withhold_{false};
};

/// An instance of a component; destroyed with this object. `Table` is the kind's function table.
template <class Table>
class Made {
 public:
  Made(const loam_component* component, void* self) : component_(component), self_(self) {}
  Made(Made&& other) noexcept
      : component_(other.component_), self_(std::exchange(other.self_, nullptr)) {}
  Made& operator=(Made&&) = delete;
  ~Made() {
    if (self_ != nullptr) component_->destroy(self_);
  }

  [[nodiscard]] void* self() const { return self_; }
  [[nodiscard]] const loam_component* component() const { return component_; }
  const Table* operator->() const { return static_cast<const Table*>(component_->table); }
  [[nodiscard]] loam_component_ref ref() const { return {component_, self_}; }

  [[nodiscard]] std::string identity() const {
    StringSink sink;
    if (component_->identity == nullptr) return {};
    return component_->identity(self_, sink.raw()) == LOAM_OK ? sink.take() : "failed";
  }

  /// Prepare and commit, as a host changes options online.
  Status reconfigure(const TestConfig& config) const {
    if (component_->reconfigure_prepare == nullptr) return Status::not_supported("not online");
    Error error;
    void* token = nullptr;
    const loam_status status = component_->reconfigure_prepare(self_, TestConfig::api(),
                                                               config.raw(), &token, error.raw());
    if (status == LOAM_OK) component_->reconfigure_commit(self_, token);
    return error.check(status);
  }

 private:
  const loam_component* component_;
  void* self_;
};

template <class Table>
Result<Made<Table>> make(const loam_component& component, const TestConfig& config = {},
                         const TestHost* host = nullptr, void* plugin_state = nullptr) {
  Error error;
  void* self = nullptr;
  LOAM_TRY(error.check(component.create(host == nullptr ? nullptr : host->raw(), plugin_state,
                                        TestConfig::api(), config.raw(), &self, error.raw())));
  return Made<Table>(&component, self);
}

/// The component of that kind (without "loam.") and name among plugins linked into this program, or
/// null. `entries` is what loam_linked_plugins() gives.
inline const loam_component* find_linked(const loam_plugin_entry_fn* entries, std::string_view kind,
                                         std::string_view name) {
  for (; *entries != nullptr; ++entries) {
    const loam_plugin* plugin = (*entries)();
    for (std::size_t i = 0; i < plugin->component_count; ++i) {
      const loam_component* c = plugin->components[i];
      if (std::string_view(c->kind).substr(5) == kind && name == c->name) return c;
    }
  }
  return nullptr;
}

}  // namespace loam::sdk::testing
