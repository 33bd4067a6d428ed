/// A plugin made of bytes: whole at first, with a component of each kind; then the bytes spoil it.
///
/// What they may do is what a host can check: any number in any integer field, NULL in any slot,
/// texts that are empty, endless for their purpose, no UTF-8 or control characters, ids that are
/// there twice, lists that are too long, a table of another kind. What the functions answer comes
/// from the bytes as well: any status, any size, outputs of any length, errors without an end.
/// Thread: confined, one alive at a time.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "loam/abi.h"
#include "loam/base/bytes.h"

namespace loam::fuzz {

class HostilePlugin {
 public:
  explicit HostilePlugin(Bytes input);
  HostilePlugin(const HostilePlugin&) = delete;
  HostilePlugin& operator=(const HostilePlugin&) = delete;

  [[nodiscard]] const loam_plugin* descriptor() const { return &plugin_; }
  /// Else its functions may not be called.
  [[nodiscard]] bool tables_are_of_their_kinds() const { return kinds_fit_; }

  // For the functions of its tables.
  /// The next number of the input; 0 at its end.
  std::uint64_t number();
  /// Mostly LOAM_OK; the error is filled to its last byte when it is none.
  loam_status answer(loam_error* error);
  /// A size that is near `fit`, or is not at all.
  std::size_t count(std::size_t fit);
  /// Appends pieces of the input, or far too much, and answers what the sink says or does not.
  loam_status append(loam_sink* out);

 private:
  static constexpr std::size_t kKinds = 6;
  static constexpr std::size_t kComponents = kKinds + 2;

  void make_whole();
  void spoil();
  void spoil_plugin();
  void spoil_component(loam_component& component);
  void spoil_table();
  const char* text();
  const char* const* list();
  std::uint32_t odd_size(std::uint32_t right);

  Bytes input_;
  std::vector<std::string> texts_;
  std::vector<std::vector<const char*>> lists_;
  loam_codec_v1 codec_{};
  loam_filter_v1 filter_{};
  loam_comparator_v1 comparator_{};
  loam_compaction_filter_v1 compaction_filter_{};
  loam_merge_operator_v1 merge_operator_{};
  loam_file_system_v1 file_system_{};
  std::array<loam_component, kComponents> components_{};
  std::array<const loam_component*, kComponents> pointers_{};
  loam_plugin plugin_{};
  bool kinds_fit_ = true;
};

}  // namespace loam::fuzz
