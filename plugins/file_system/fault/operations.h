/// The operations of a file system by name, and the effects by which the states that a power cut
/// could leave are found afterwards. Thread: immutable values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loam/base/status.h"
#include "loam/sdk/file_system_client.h"

namespace loam::fault_fs {

/// Those that change nothing, then those that do.
enum class Op : std::uint8_t {
  kOpen,
  kSize,
  kRead,
  kMap,
  kStat,
  kList,
  kFreeSpace,
  kOpenAppend,
  kWrite,
  kSync,
  kReserve,
  kCommit,
  kClose,
  kMakeDirectory,
  kRemoveDirectory,
  kSyncDirectory,
  kRemove,
  kRename,
  kLink,
  kLock,
};
inline constexpr std::size_t kOps = 20;

constexpr bool is_read(Op op) { return op < Op::kOpenAppend; }
/// For messages: "open to append".
std::string_view phrase_of(Op op);
/// For rules: "open_append".
std::string_view word_of(Op op);
std::optional<Op> op_of(std::string_view word);

/// What an operation did; an operation without one did nothing that a power cut could take. Files
/// go by number, since names come and go: a number is given where the file is met or made.
struct Effect {
  enum class Kind : std::uint8_t {
    kMet,            ///< `path` stood for `size` (Met) before anything was done to it
    kLoaded,         ///< file `file` held `bytes` then, durably
    kMadeFile,       ///< `path` now stands for the new, empty `file`
    kMadeDirectory,  ///< the same for a directory
    kEmptied,        ///< opened to be replaced
    kAppended,       ///< `bytes`, at the end
    kReserved,       ///< the file's space now ends at `size`; behind the contents it reads as zeros
    kSynced,         ///< everything appended so far is durable
    kSyncFailed,     ///< everything appended so far is lost; `size` 1: for readers as well
    kLinked,         ///< `path` now stands for `file` too
    kRemoved,        ///< `path` stands for nothing
    kRenamed,        ///< from `path` to `to`
    kDirectorySynced,  ///< the names in `path` are durable
    kMark,             ///< mark(`path`)
    kPowerCut,         ///< what follows begins with what was left; numbers start anew
    kEnd,              ///< of a log in a file: the process ended of itself
  };
  enum Met : std::uint64_t { kNothing, kFile, kDirectory };

  Kind kind = Kind::kMark;
  std::uint64_t file = 0;
  std::uint64_t size = 0;
  std::string path{};
  std::string to{};
  std::string bytes{};

  friend bool operator==(const Effect&, const Effect&) = default;
};

/// Appends the effect as it stands in a log: the size of what follows (4 bytes), the kind (1), file
/// and size (8 each), the sizes of path and to (4 each), path, to, bytes; little-endian.
void encode(const Effect& effect, std::string& out);
/// All whole effects; a torn one at the end, which a kill may leave, is left out.
std::vector<Effect> decode_effects(std::string_view log);
/// The log that the option operation_log made, read through the base. Fails: what the base says.
Result<std::vector<Effect>> read_operation_log(const sdk::FileSystem& base,
                                               const std::string& path);

}  // namespace loam::fault_fs
