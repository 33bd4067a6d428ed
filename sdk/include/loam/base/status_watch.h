/// Finds errors that nobody looks at: [[nodiscard]] sees a Status that is dropped at once, this one
/// that is kept in a variable or member and then forgotten.
///
/// With LOAM_CHECK_STATUS (a definition that everything of a program must share: loam::sdk carries
/// it) a failure that is destroyed or overwritten before anybody looked ends the process with its
/// message and the place that made it. Looking is ok(), code(), message() and the like, and
/// ignore() with a reason. Who moves or copies a failure hands the duty on with it: what it was
/// moved or copied to wants to be looked at again. A look at one of several copies does for all
/// that are there: one may be kept as the sticky error, another goes to the caller. Without the
/// definition everything here is empty. The C ABI knows nothing of it: a plugin built one way works
/// in a host built the other. Thread: as the Status that it belongs to; several threads may look at
/// one.
#pragma once

#if defined(LOAM_CHECK_STATUS)
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#endif
#include <string_view>

namespace loam::detail {

#if defined(LOAM_CHECK_STATUS)

/// Where a failure was made.
struct StatusPlace {
  const char* file;
  int line;
  static constexpr StatusPlace here(const char* file = __builtin_FILE(),
                                    int line = __builtin_LINE()) {
    return {file, line};
  }
};

[[noreturn]] inline void end_by_status(const char* what, std::string_view name,
                                       std::string_view message, StatusPlace place) {
  std::fprintf(stderr, "loam: a status was %s: %.*s: %.*s (made at %s:%d)\n", what,
               static_cast<int>(name.size()), name.data(), static_cast<int>(message.size()),
               message.data(), place.file, place.line);
  std::abort();
}

/// How often a failure and its copies were looked at, in all and when this one was made.
class StatusWatch {
 public:
  StatusWatch() : looks_(std::make_shared<std::atomic<std::uint64_t>>(0)) {}
  StatusWatch(const StatusWatch& other) : looks_(other.looks_) {
    look();
    renew();
  }
  StatusWatch& operator=(const StatusWatch&) = delete;

  void look() const {
    // SAFETY: a count that orders nothing else; threads may share a Status or its copies.
    looks_->fetch_add(1, std::memory_order_relaxed);
  }
  /// Somebody else holds the failure now, and has to look.
  void renew() {
    // SAFETY: looks of other threads that come late only leave more to look at.
    at_birth_ = looks_->load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool seen() const {
    // SAFETY: whoever ends a Status has made sure that its readers are done.
    return looks_->load(std::memory_order_relaxed) != at_birth_;
  }

 private:
  std::shared_ptr<std::atomic<std::uint64_t>> looks_;
  std::uint64_t at_birth_ = 0;
};

#else

struct StatusPlace {
  static constexpr StatusPlace here() { return {}; }
};

struct StatusWatch {};

#endif

}  // namespace loam::detail
