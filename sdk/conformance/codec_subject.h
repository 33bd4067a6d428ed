/// A codec under test and how its laws call it: what both of its tables promise is held to the
/// same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sdk/conformance/finding.h"

namespace loam::conformance {

struct CodecOutcome {
  loam_status status = LOAM_INTERNAL;
  std::string bytes;  ///< of the output, as far as it was claimed
  bool fences_whole = true;
  std::string error;
};

/// With one context, and with a dictionary if it was lent one. Confined, like the context.
class CodecSubject {
 public:
  CodecSubject(const loam_codec_v1& table, void* self, const Allocate& allocate);
  ~CodecSubject();
  CodecSubject(const CodecSubject&) = delete;
  CodecSubject& operator=(const CodecSubject&) = delete;

  /// From now on it compresses and decompresses with `dictionary`, which outlives it; null:
  /// without.
  void use(const loam_codec_dictionary_v1* extension, const void* dictionary) {
    extension_ = extension;
    dictionary_ = dictionary;
  }

  [[nodiscard]] bool context_ok() const { return context_ok_; }
  [[nodiscard]] std::size_t bound(std::size_t n) const { return table_.bound(self_, n); }
  [[nodiscard]] const loam_codec_v1& table() const { return table_; }
  [[nodiscard]] void* self() const { return self_; }

  [[nodiscard]] CodecOutcome compress(Bytes raw, std::size_t capacity) const;
  [[nodiscard]] CodecOutcome decompress(Bytes packed, std::size_t raw_size) const;

 private:
  /// A copy without a byte to spare behind it.
  [[nodiscard]] std::shared_ptr<char> exact(Bytes bytes) const;

  const loam_codec_v1& table_;
  void* self_;
  const Allocate& allocate_;
  const loam_codec_dictionary_v1* extension_ = nullptr;
  const void* dictionary_ = nullptr;
  void* context_ = nullptr;
  bool context_ok_ = true;
};

/// Samples of one size: all alike, text that repeats, noise, and half of each.
std::vector<std::string> codec_samples(std::size_t size);

/// After damage: inside the buffers, and OK or CORRUPTION.
void expect_safe(LawCheck& law, const CodecOutcome& o, const std::string& what);

/// The laws of the extension `dictionary`: dictionary_sizes, dictionary_training and, when the
/// instance wants dictionaries and can make one, dictionary_round_trip, dictionary_needed,
/// dictionary_hostile, dictionary_threads.
Findings codec_dictionary_laws(const loam_codec_v1& table, void* self,
                               const loam_codec_dictionary_v1& extension, const Allocate& allocate);

}  // namespace loam::conformance
