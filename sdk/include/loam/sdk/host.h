/// Host: what a plugin may ask of the program that loaded it. Every service may be missing; then
/// the call does nothing or answers "not there", and the plugin must still work.
///
/// Thread: safe, copyable; valid as long as the component that was created with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "loam/abi.h"
#include "loam/base/status.h"
#include "loam/sdk/error.h"
#include "loam/sdk/sink.h"

namespace loam::sdk {

/// A counter in the host's metrics; adding to one that the host refused does nothing.
class Counter {
 public:
  Counter() = default;
  Counter(const loam_svc_metrics* service, void* cell) noexcept : service_(service), cell_(cell) {}
  void add(std::uint64_t delta = 1) const noexcept {
    if (cell_ != nullptr) service_->add(cell_, delta);
  }

 private:
  const loam_svc_metrics* service_ = nullptr;
  void* cell_ = nullptr;
};

enum class LogLevel : std::uint32_t {
  kDebug = LOAM_LOG_DEBUG,
  kInfo = LOAM_LOG_INFO,
  kWarn = LOAM_LOG_WARN,
  kError = LOAM_LOG_ERROR,
};

class Host {
 public:
  Host() = default;
  Host(const loam_host* host, void* plugin_state) noexcept
      : host_(host), plugin_state_(plugin_state) {}

  /// What the plugin's init hook made for this host (see sdk/plugin.h), or null.
  template <class State>
  [[nodiscard]] State* plugin_state() const noexcept {
    return static_cast<State*>(plugin_state_);
  }

  /// A service table that is at least as long as `Table`, or null.
  template <class Table>
  [[nodiscard]] const Table* service(const char* id) const noexcept {
    if (host_ == nullptr || host_->get_service == nullptr) return nullptr;
    const auto* table = static_cast<const Table*>(host_->get_service(host_, id));
    return table != nullptr && table->struct_size >= sizeof(Table) ? table : nullptr;
  }

  void log(LogLevel level, std::string_view line) const noexcept {
    const auto* s = service<loam_svc_log>(LOAM_SVC_LOG);
    if (s != nullptr) s->write(host_, static_cast<std::uint32_t>(level), slice(line));
  }

  /// Microseconds since 1970, UTC.
  [[nodiscard]] std::optional<std::uint64_t> wall_us() const noexcept {
    const auto* s = service<loam_svc_clock>(LOAM_SVC_CLOCK);
    if (s == nullptr) return std::nullopt;
    return s->wall_us(host_);
  }
  [[nodiscard]] std::optional<std::uint64_t> monotonic_ns() const noexcept {
    const auto* s = service<loam_svc_clock>(LOAM_SVC_CLOCK);
    if (s == nullptr) return std::nullopt;
    return s->monotonic_ns(host_);
  }

  /// The counter of that name; asked for once, kept by the component.
  [[nodiscard]] Counter counter(const char* name, const char* unit,
                                const char* help) const noexcept {
    const auto* s = service<loam_svc_metrics>(LOAM_SVC_METRICS);
    return s == nullptr ? Counter() : Counter(s, s->counter(host_, name, unit, help));
  }

  /// Memory that the host accounts under `tag`, which must outlive the host; null when it has none
  /// or offers no such service. Give it back with `release` and the same arguments.
  [[nodiscard]] void* allocate(const char* tag, std::size_t size,
                               std::size_t align) const noexcept {
    const auto* s = service<loam_svc_alloc>(LOAM_SVC_ALLOC);
    return s == nullptr ? nullptr : s->allocate(host_, tag, size, align);
  }
  void release(const char* tag, void* p, std::size_t size) const noexcept {
    const auto* s = service<loam_svc_alloc>(LOAM_SVC_ALLOC);
    if (s != nullptr && p != nullptr) s->release(host_, tag, p, size);
  }

  /// Runs task(arg) once on the host's background thread, which all plugins share: short tasks
  /// only. A host that is going drops what has not begun. False: not taken (no such service, no
  /// memory).
  bool submit(void (*task)(void* arg), void* arg) const noexcept {
    const auto* s = service<loam_svc_executor>(LOAM_SVC_EXECUTOR);
    return s != nullptr && s->submit(host_, task, arg, nullptr) == LOAM_OK;
  }

  /// The secret that a reference ("file:/path", "env:NAME") names; only while a component is made.
  /// An option marked secret() arrives resolved and needs no such call. Fails: kPermission, when
  /// the host allows no such source; kNotSupported, when it has no such service.
  Result<std::string> secret(const char* reference) const {
    const auto* s = service<loam_svc_secrets>(LOAM_SVC_SECRETS);
    if (s == nullptr) return Status::not_supported("the host resolves no secrets");
    StringSink sink;
    Error error;
    LOAM_TRY(error.check(s->resolve(host_, reference, sink.raw(), error.raw())));
    return sink.take();
  }

  /// The failure that a test asked for at this point; OK in every other host.
  Status fault(const char* point) const {
    const auto* s = service<loam_svc_fault>(LOAM_SVC_FAULT);
    if (s == nullptr) return {};
    Error error;
    return error.check(s->hit(host_, point, error.raw()));
  }

  [[nodiscard]] const loam_host* raw() const noexcept { return host_; }

 private:
  const loam_host* host_ = nullptr;
  void* plugin_state_ = nullptr;
};

}  // namespace loam::sdk
