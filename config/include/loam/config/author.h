/// Writing stack documents: from a profile, or from the OPTIONS file of a RocksDB store. And for
/// authors of plugins: can stacks use a component's schema?
///
/// What comes out is a text with comments, for people to read and change; check() finds it good.
/// Thread: functions are safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loam/base/status.h"

namespace loam::config {

/// What a store is for.
struct Profile {
  std::string name;     ///< "write-heavy"
  std::string summary;  ///< one line
};

/// In the order in which they are offered.
const std::vector<Profile>& profiles();

inline constexpr std::uint64_t kProfileMemoryMin = std::uint64_t{8} << 20;
inline constexpr std::uint64_t kProfileMemoryMax = std::uint64_t{64} << 40;

/// A stack for a profile whose memtables, block cache and open tables share `memory` bytes. Fails:
/// kInvalidArgument for an unknown profile and for less than kProfileMemoryMin or more than
/// kProfileMemoryMax bytes.
Result<std::string> new_stack(std::string_view profile, std::uint64_t memory);

/// A size as stacks write it: "2GiB", or bytes. Fails: kInvalidArgument, with what to write
/// instead.
Result<std::uint64_t> parse_size(std::string_view text);

/// OK, or what about a component's JSON Schema stacks cannot use, and where. `subject` is how the
/// message calls it. Fails: kInvalidArgument.
Status check_component_schema(std::string_view schema, const std::string& subject);

/// An option of an OPTIONS file that did not come over as it was.
struct ImportNote {
  std::string section;     ///< CFOptions "default"
  std::string option;      ///< prefix_extractor
  std::string value;       ///< as written there
  std::string reason;      ///< what happens here instead
  std::uint32_t line = 0;  ///< from 1; 0: the file does not say it
};

struct Import {
  std::string stack;                ///< the document; the notes stand at its end as comments
  std::vector<ImportNote> changed;  ///< came over, not exactly
  std::vector<ImportNote> lost;     ///< set, and without counterpart
  std::size_t taken = 0;            ///< options that came over, changed ones included
  std::size_t at_default = 0;       ///< without counterpart and at RocksDB's default
};

/// Turns the text of a RocksDB OPTIONS file into a stack: its first column family, "default".
/// `name` is how messages call the file. Fails: kInvalidArgument; the message is every error with
/// its line, rendered as load() does.
Result<Import> import_rocksdb(std::string text, const std::string& name);

}  // namespace loam::config
