/// What the typed views of components (codec.h, filter.h, comparator.h, compaction_filter.h) share:
/// the check that a component is of the wanted kind, the errors of calls through a table, and the
/// words for a plugin that misbehaves.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/base/utf8.h"
#include "loam/plugins.h"

namespace loam::plugin {

inline loam_slice to_slice(Bytes bytes) { return {bytes.data(), bytes.size()}; }

/// A loam_error on the stack of someone who calls through the C boundary. Costs next to nothing
/// until the call fails: only the head is initialised.
class CallError {
 public:
  CallError() {
    error_.struct_size = sizeof error_;
    error_.code = LOAM_OK;
    error_.os_errno = 0;
    error_.flags = 0;
    error_.pointer[0] = '\0';
    error_.message[0] = '\0';
  }
  loam_error* raw() { return &error_; }

  /// OK for LOAM_OK and positive results, else a Status with the details the callee left.
  [[nodiscard]] Status check(loam_status status) const {
    return status >= 0 ? Status() : failure(status);
  }

 private:
  [[nodiscard]] Status failure(loam_status status) const {
    const auto code = status < LOAM_INTERNAL ? Code::kInternal : static_cast<Code>(status);
    auto text = [](const char* s, std::size_t n) { return printable({s, strnlen(s, n)}); };
    std::string message = text(error_.message, sizeof error_.message);
    if (message.empty()) message = "failed with status " + std::to_string(status) + ", no details";
    return Status(code, std::move(message), error_.os_errno)
        .with_pointer(text(error_.pointer, sizeof error_.pointer));
  }

  loam_error error_;
};

/// Fails: kInvalidArgument unless `component` is set and of `wanted` kind.
inline Status check_kind(const Component& component, std::string_view wanted) {
  if (!component) {
    return Status::invalid_argument("expected a component of kind " + std::string(wanted) +
                                    ", found none");
  }
  if (component.kind() != wanted) {
    return Status::invalid_argument("expected a component of kind " + std::string(wanted) +
                                    ", found " + std::string(component.kind()) + " \"" +
                                    std::string(component.name()) + "\"");
  }
  return {};
}

/// `codec "zstd"`, the beginning of every message about it.
inline std::string label(const Component& component) {
  return std::string(component.kind()) + " \"" + std::string(component.name()) + "\"";
}

/// A plugin broke its contract; `what` says how.
inline Status broken_promise(const Component& component, std::string_view what) {
  return Status::internal(label(component) + " of plugin " + component.plugin_id() + " " +
                          component.plugin_version() + " broke its contract: " + std::string(what));
}

}  // namespace loam::plugin
