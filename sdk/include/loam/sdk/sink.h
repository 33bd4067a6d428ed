/// Sink: where a plugin puts output whose size the host cannot know beforehand.
///
/// Thread: confined. Borrows the loam_sink of the call.
#pragma once

#include <string>
#include <utility>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/error.h"

namespace loam::sdk {

class Sink {
 public:
  explicit Sink(loam_sink* sink) noexcept : sink_(sink) {}

  /// Fails: kNoMemory, or what the host's sink says.
  Status append(Bytes bytes) {
    if (bytes.empty()) return {};
    const loam_status status = sink_->append(sink_, slice(bytes));
    if (status == LOAM_OK) return {};
    return {static_cast<Code>(status), "the host could not take the output"};
  }

 private:
  loam_sink* sink_;
};

/// A loam_sink that gathers into a string: for hosts, tests, and plugins that call other
/// components. The object must stay where it is while `raw()` is in use.
class StringSink {
 public:
  StringSink() noexcept : sink_{sizeof(loam_sink), 0, this, &append} {}
  StringSink(const StringSink&) = delete;
  StringSink& operator=(const StringSink&) = delete;

  [[nodiscard]] loam_sink* raw() noexcept { return &sink_; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] std::string take() noexcept { return std::move(text_); }
  void clear() noexcept { text_.clear(); }

 private:
  static loam_status append(loam_sink* sink, loam_slice bytes) noexcept {
    try {
      if (bytes.size == 0) return LOAM_OK;
      static_cast<StringSink*>(sink->state)->text_.append(bytes.data, bytes.size);
      return LOAM_OK;
    } catch (...) {
      return LOAM_NO_MEMORY;
    }
  }

  loam_sink sink_;
  std::string text_;
};

}  // namespace loam::sdk
