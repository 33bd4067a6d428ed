/// The extension `dictionary` of codecs (abi_kinds.h) as codec.h calls it.
///
/// Thread: safe; a Dictionary is immutable. Ownership: a Dictionary keeps its bytes and the
/// component alive.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::plugin {

/// What the options of a codec ask for.
struct DictionaryPlan {
  std::size_t bytes = 0;         ///< most of a dictionary; 0: none
  std::size_t sample_bytes = 0;  ///< of blocks to make it of
};

/// Codec::dictionary_plan.
Result<DictionaryPlan> dictionary_plan(const Component& codec);
/// Codec::train.
Result<std::string> train_dictionary(const Component& codec, std::span<const Bytes> samples);

/// One made ready.
class Dictionary {
 public:
  /// Codec::with_dictionary.
  static Result<std::shared_ptr<const Dictionary>> make(const Component& codec, std::string bytes,
                                                        std::uint32_t uses);
  ~Dictionary() {
    if (handle_ != nullptr) table_.dictionary_destroy(component_.self(), handle_);
  }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  [[nodiscard]] const loam_codec_dictionary_v1& table() const { return table_; }
  [[nodiscard]] const void* get() const { return handle_; }

 private:
  Dictionary(Component component, const loam_codec_dictionary_v1& table, std::string bytes)
      : component_(std::move(component)), table_(table), bytes_(std::move(bytes)) {}

  const Component component_;
  const loam_codec_dictionary_v1& table_;
  const std::string bytes_;
  void* handle_ = nullptr;
};

}  // namespace loam::plugin
