/// What writers of either format share: the file, the order of what was added, what is counted.
/// Private to them.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "core/plugin/codec.h"
#include "core/table/builder.h"
#include "core/table/properties.h"
#include "loam/base/units.h"

namespace loam::table {

class Builder::State {
 public:
  State(const BuildOptions& options, const format::InternalOrder& order, sdk::AppendFile& file);
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  virtual ~State() = default;

  virtual Status add(Bytes internal_key, Bytes value) = 0;
  virtual Status finish() = 0;
  /// Bytes added that are in no written block yet, before compression.
  [[nodiscard]] virtual std::uint64_t open_bytes() const = 0;

  Properties properties;
  Status failure;            ///< of an earlier call, or of making this
  std::uint64_t offset = 0;  ///< bytes of the file so far

 protected:
  static constexpr std::size_t kWriteBytes = 256 * kKiB;

  static Status check_limits(Bytes internal_key, Bytes value);
  /// `shared`: what `user` and the last user key have in common.
  Status check_order(Bytes user, std::uint64_t trailer, std::size_t shared, bool& same_user) const;
  void count(std::uint64_t trailer, std::size_t key_size, std::size_t value_size);
  /// Writes `out` to the file.
  Status flush();
  static Status block_too_large(std::size_t size);
  void set_largest();

  BuildOptions options;
  const format::InternalOrder& order;
  plugin::Codec codec;
  std::string scratch;  ///< of the codec
  std::string out;      ///< not yet written

  std::string last_user;  ///< of the entry added last
  std::uint64_t last_trailer = 0;
  bool any = false;

 private:
  sdk::AppendFile& file_;
};

inline Status Builder::State::check_order(Bytes user, std::uint64_t trailer, std::size_t shared,
                                          bool& same_user) const {
  same_user = false;
  if (!any) return {};
  bool ascending = false;
  if (order.user().is_bytewise()) [[likely]] {
    const bool at_end = shared == last_user.size();
    same_user = at_end && shared == user.size();
    ascending = at_end ? shared < user.size()
                       : shared < user.size() && static_cast<unsigned char>(last_user[shared]) <
                                                     static_cast<unsigned char>(user[shared]);
  } else {
    const int compared = order.compare_user(last_user, user);
    same_user = compared == 0;
    ascending = compared < 0;
  }
  if (ascending || (same_user && last_trailer > trailer)) return {};
  return Status::corruption("table builder: entry " + std::to_string(properties.entries) +
                            " does not sort behind the one before");
}

inline void Builder::State::count(std::uint64_t trailer, std::size_t key_size,
                                  std::size_t value_size) {
  const format::Sequence sequence = format::sequence_of(trailer);
  const format::ValueType type = format::type_of(trailer);
  ++properties.entries;
  properties.raw_key_bytes += key_size;
  properties.raw_value_bytes += value_size;
  properties.sequence_min = std::min(properties.sequence_min, sequence);
  properties.sequence_max = std::max(properties.sequence_max, sequence);
  if (type == format::ValueType::kPut) return;
  if (type == format::ValueType::kDelete || type == format::ValueType::kSingleDelete) {
    ++properties.deletions;
  } else if (type == format::ValueType::kRangeDelete) {
    ++properties.range_deletions;
  }
}

/// The compressed form of a block, in `scratch`, when it saves an eighth, else `raw` itself.
Result<Bytes> smaller_form(const plugin::Codec& codec, Bytes raw, std::string& scratch);

/// As properties name a component.
Identity identity_of(const Component& component);

/// Each makes the one of its format; `failure` tells what could not be made.
std::unique_ptr<Builder::State> make_native_builder(const BuildOptions& options,
                                                    const format::InternalOrder& order,
                                                    sdk::AppendFile& file);
std::unique_ptr<Builder::State> make_leveldb_builder(const BuildOptions& options,
                                                     const format::InternalOrder& order,
                                                     sdk::AppendFile& file);

}  // namespace loam::table
