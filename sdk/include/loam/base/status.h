/// Status and Result: how every fallible function of Loam answers.
///
/// A code says what the caller should do; the message says what, where, expected and found. Absence
/// of a key is an answer (`std::optional`), not an error. A success is one null pointer: cheap to
/// return and to test. No failure is dropped unseen: [[nodiscard]], and in builds with
/// LOAM_CHECK_STATUS a trap (status_watch.h). Thread: immutable once made, confined while built.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "loam/base/status_watch.h"

namespace loam {

/// Numbers equal the loam_status values of abi.h and never change.
enum class Code : std::int32_t {
  kOk = 0,
  kNotFound = -1,
  kCorruption = -2,
  kInvalidArgument = -3,
  kNotSupported = -4,
  kIo = -5,
  kNoSpace = -6,
  kNoMemory = -7,
  kBusy = -8,
  kAborted = -9,
  kPermission = -10,
  kTimedOut = -11,
  kBufferTooSmall = -12,
  kInternal = -13,
};

/// "corruption", "I/O error" and so on, as messages show them.
constexpr std::string_view code_name(Code code) {
  switch (code) {
    case Code::kOk: return "ok";
    case Code::kNotFound: return "not found";
    case Code::kCorruption: return "corruption";
    case Code::kInvalidArgument: return "invalid argument";
    case Code::kNotSupported: return "not supported";
    case Code::kIo: return "I/O error";
    case Code::kNoSpace: return "no space";
    case Code::kNoMemory: return "out of memory";
    case Code::kBusy: return "busy";
    case Code::kAborted: return "aborted";
    case Code::kPermission: return "permission denied";
    case Code::kTimedOut: return "timed out";
    case Code::kBufferTooSmall: return "buffer too small";
    case Code::kInternal: return "internal error";
  }
  return "unknown error";
}

class [[nodiscard]] Status {
 public:
  using Place = detail::StatusPlace;

  Status() = default;
  Status(Code code, std::string message, int os_errno = 0, Place place = Place::here())
      : rep_(code == Code::kOk
                 ? nullptr
                 : std::make_unique<Rep>(Rep{code, os_errno, std::move(message), {}, place, {}})) {}

  static Status not_found(std::string m, Place place = Place::here()) {
    return {Code::kNotFound, std::move(m), 0, place};
  }
  static Status corruption(std::string m, Place place = Place::here()) {
    return {Code::kCorruption, std::move(m), 0, place};
  }
  static Status invalid_argument(std::string m, Place place = Place::here()) {
    return {Code::kInvalidArgument, std::move(m), 0, place};
  }
  static Status not_supported(std::string m, Place place = Place::here()) {
    return {Code::kNotSupported, std::move(m), 0, place};
  }
  static Status io(std::string m, int os_errno = 0, Place place = Place::here()) {
    return {Code::kIo, std::move(m), os_errno, place};
  }
  static Status no_space(std::string m, Place place = Place::here()) {
    return {Code::kNoSpace, std::move(m), 0, place};
  }
  static Status busy(std::string m, Place place = Place::here()) {
    return {Code::kBusy, std::move(m), 0, place};
  }
  static Status aborted(std::string m, Place place = Place::here()) {
    return {Code::kAborted, std::move(m), 0, place};
  }
  static Status internal(std::string m, Place place = Place::here()) {
    return {Code::kInternal, std::move(m), 0, place};
  }

  Status(const Status& other) : rep_(other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr) {}
  Status& operator=(const Status& other) {
    if (this != &other) replace(other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr);
    return *this;
  }
  Status(Status&& other) noexcept : rep_(std::move(other.rep_)) { renew(); }
  Status& operator=(Status&& other) noexcept {
    if (this != &other) replace(std::move(other.rep_));
    return *this;
  }
  ~Status() { end("dropped before anybody looked at it"); }

  [[nodiscard]] bool ok() const {
    look();
    return rep_ == nullptr;
  }
  [[nodiscard]] Code code() const {
    look();
    return rep_ ? rep_->code : Code::kOk;
  }
  [[nodiscard]] int os_errno() const {
    look();
    return rep_ ? rep_->os_errno : 0;
  }
  [[nodiscard]] std::string_view message() const {
    look();
    return rep_ ? std::string_view(rep_->message) : std::string_view();
  }
  /// JSON pointer of the option at fault, when the error is about configuration; else empty.
  [[nodiscard]] std::string_view pointer() const {
    look();
    return rep_ ? std::string_view(rep_->pointer) : std::string_view();
  }
  /// "corruption: table 000123, block at 4096: ..."
  [[nodiscard]] std::string to_string() const {
    look();
    if (!rep_) return "ok";
    return std::string(code_name(rep_->code)) + ": " + rep_->message;
  }

  /// The same failure with `where` and ": " before its message; OK stays OK.
  Status with_context(std::string_view where) && {
    if (rep_) rep_->message.insert(0, std::string(where) + ": ");
    return std::move(*this);
  }
  Status with_pointer(std::string pointer) && {
    if (rep_) rep_->pointer = std::move(pointer);
    return std::move(*this);
  }
  /// Keeps the first failure: takes `next` only while OK.
  void update(Status next) {
    if (ok()) {
      *this = std::move(next);
    } else {
      next.look();
    }
  }
  /// For the rare place where a failure truly does not matter: says why, for the reader.
  void ignore(std::string_view reason) const {
    static_cast<void>(reason);
    look();
  }

 private:
  struct Rep {
    Code code;
    int os_errno;
    std::string message;
    std::string pointer;
    [[no_unique_address]] Place place;
    [[no_unique_address]] detail::StatusWatch watch;
  };

  template <class T>
  friend class Result;

#if defined(LOAM_CHECK_STATUS)
  void look() const {
    if (rep_) rep_->watch.look();
  }
  void renew() noexcept {
    if (rep_) rep_->watch.renew();
  }
  /// What is here goes.
  void end(const char* how) const noexcept {
    if (rep_ && !rep_->watch.seen()) die(how);
  }
  [[noreturn]] void die(const char* what) const noexcept {
    detail::end_by_status(what, code_name(rep_->code), rep_->message, rep_->place);
  }
#else
  void look() const {}
  void renew() noexcept {}
  void end(const char*) const noexcept {}
#endif
  void replace(std::unique_ptr<Rep> rep) noexcept {
    end("overwritten before anybody looked at it");
    rep_ = std::move(rep);
    renew();
  }

  std::unique_ptr<Rep> rep_;
};

/// A value or the reason why there is none. `value()` of a failure is a bug of the caller.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status status) : status_(std::move(status)) {
    if (!status_.rep_) status_ = Status::internal("a Result was made from an OK status");
  }

  [[nodiscard]] bool ok() const {
    status_.look();
    return value_.has_value();
  }
  [[nodiscard]] const Status& status() const& { return status_; }
  [[nodiscard]] Status status() && { return std::move(status_); }
  T& value() & { return *present(); }
  const T& value() const& { return *present(); }
  T value() && { return std::move(*present()); }
  T& operator*() & { return *present(); }
  const T& operator*() const& { return *present(); }
  T operator*() && { return std::move(*present()); }
  T* operator->() { return &*present(); }
  const T* operator->() const { return &*present(); }

 private:
  std::optional<T>& present() {
    std::as_const(*this).present();
    return value_;
  }
  const std::optional<T>& present() const {
#if defined(LOAM_CHECK_STATUS)
    if (status_.rep_) status_.die("taken for a value");
#endif
    return value_;
  }

  std::optional<T> value_;
  Status status_;
};

}  // namespace loam

#define LOAM_CONCAT_INNER(a, b) a##b
#define LOAM_CONCAT(a, b) LOAM_CONCAT_INNER(a, b)

/// Leaves the function with the failure of `expression` (a Status), if any.
#define LOAM_TRY(expression)                                                  \
  do {                                                                        \
    if (::loam::Status loam_try_status = (expression); !loam_try_status.ok()) \
      return loam_try_status;                                                 \
  } while (false)

/// `LOAM_TRY_ASSIGN(auto file, open(path));` assigns the value or leaves with the failure.
#define LOAM_TRY_ASSIGN(target, expression) \
  LOAM_TRY_ASSIGN_NAMED(LOAM_CONCAT(loam_try_result_, __LINE__), target, expression)
#define LOAM_TRY_ASSIGN_NAMED(name, target, expression) \
  auto name = (expression);                             \
  if (!name.ok()) return std::move(name).status();      \
  target = std::move(name).value()
