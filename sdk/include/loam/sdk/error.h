/// Between loam_status with loam_error and Status, in both directions.
///
/// An author reports a failure by returning loam::Status or loam::Result, or by throwing Failure;
/// any other exception becomes an internal error with its text. Nothing thrown ever leaves a
/// plugin. Thread: safe.
#pragma once

#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/base/utf8.h"

namespace loam::sdk {

inline loam_slice slice(Bytes bytes) { return {bytes.data(), bytes.size()}; }
inline Bytes bytes(loam_slice s) { return {s.data, s.size}; }

/// A loam_error on the stack of someone who calls through the C boundary. Costs nothing until the
/// call fails: only the head is initialised.
class Error {
 public:
  Error() {
    error_.struct_size = sizeof error_;
    error_.code = LOAM_OK;
    error_.os_errno = 0;
    error_.flags = 0;
    error_.pointer[0] = '\0';
    error_.message[0] = '\0';
  }
  loam_error* raw() { return &error_; }

  /// OK for LOAM_OK and positive results, else a Status with the details the callee left.
  Status check(loam_status status) const { return status >= 0 ? Status() : failure(status); }

 private:
  [[nodiscard]] Status failure(loam_status status) const {
    auto code = static_cast<Code>(status);
    if (status < LOAM_INTERNAL) code = Code::kInternal;
    auto text = [](const char* s, std::size_t n) { return printable({s, strnlen(s, n)}); };
    std::string message = text(error_.message, sizeof error_.message);
    if (message.empty()) message = "no details given";
    return Status(code, std::move(message), error_.os_errno)
        .with_pointer(text(error_.pointer, sizeof error_.pointer));
  }

  loam_error error_;
};

inline void copy_text(char* out, std::size_t capacity, std::string_view text) {
  std::size_t n = text.size() < capacity - 1 ? text.size() : capacity - 1;
  if (n != 0) std::memcpy(out, text.data(), n);
  out[n] = '\0';
}

/// Writes a failure where the caller of a plugin function wants it; NULL: details are lost.
inline loam_status fill(loam_error* error, Code code, std::string_view message, int os_errno = 0,
                        std::string_view pointer = {}) noexcept {
  auto number = static_cast<loam_status>(code);
  if (error != nullptr && error->struct_size >= sizeof(loam_error)) {
    error->code = number;
    error->os_errno = os_errno;
    error->flags = 0;
    copy_text(error->pointer, sizeof error->pointer, pointer);
    copy_text(error->message, sizeof error->message, message);
  }
  return number;
}

inline loam_status fill(loam_error* error, const Status& status) noexcept {
  if (status.ok()) return LOAM_OK;
  return fill(error, status.code(), status.message(), status.os_errno(), status.pointer());
}

/// The exception for authors who prefer throwing: carries the Status that the host will see.
class Failure : public std::exception {
 public:
  explicit Failure(Status status)
      : status_(status.ok() ? Status::internal("a Failure without a failure") : std::move(status)) {
  }
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  [[nodiscard]] const char* what() const noexcept override { return status_.message().data(); }

 private:
  Status status_;
};

/// Runs `body`, which returns loam_status or Status, and turns what it throws into an error.
template <class Body>
loam_status guard(loam_error* error, Body&& body) noexcept {
  try {
    if constexpr (std::is_same_v<std::invoke_result_t<Body>, Status>) {
      return fill(error, body());
    } else {
      return body();
    }
  } catch (const Failure& failure) {
    return fill(error, failure.status());
  } catch (const std::bad_alloc&) {
    return fill(error, Code::kNoMemory, "out of memory");
  } catch (const std::exception& e) {
    return fill(error, Code::kInternal, e.what());
  } catch (...) {
    return fill(error, Code::kInternal, "an exception of unknown type");
  }
}

}  // namespace loam::sdk
