/// TextSink: a loam_sink that appends to a string of the caller, up to a limit.
///
/// A plugin decides how much it appends, so whoever lends a sink says how much is too much: beyond
/// the limit the plugin gets NO_MEMORY and nothing more is taken. Thread: confined. Ownership:
/// borrows the string; must stay where it is while raw() is in use.
#pragma once

#include <cstddef>
#include <string>

#include "loam/abi.h"

namespace loam::plugin {

class TextSink {
 public:
  /// `limit`: most bytes that may be appended.
  explicit TextSink(std::string& out, std::size_t limit = std::size_t{1} << 32)
      : sink_{sizeof(loam_sink), 0, this, &append}, out_(out), left_(limit) {}
  TextSink(const TextSink&) = delete;
  TextSink& operator=(const TextSink&) = delete;

  [[nodiscard]] loam_sink* raw() { return &sink_; }
  /// Something did not fit the limit (or memory): the output is not whole.
  [[nodiscard]] bool overflowed() const { return overflowed_; }

 private:
  static loam_status append(loam_sink* sink, loam_slice bytes) noexcept {
    auto* self = static_cast<TextSink*>(sink->state);
    if (bytes.size == 0) return LOAM_OK;
    if (self->overflowed_ || bytes.size > self->left_ || bytes.data == nullptr) {
      self->overflowed_ = true;
      return LOAM_NO_MEMORY;
    }
    try {
      self->out_.append(bytes.data, bytes.size);
    } catch (...) {
      self->overflowed_ = true;
      return LOAM_NO_MEMORY;
    }
    self->left_ -= bytes.size;
    return LOAM_OK;
  }

  loam_sink sink_;
  std::string& out_;
  std::size_t left_;
  bool overflowed_ = false;
};

}  // namespace loam::plugin
