/// Reads the plugin manifest's ELF note out of a shared object without loading it.
///
/// Only what is needed is read, and every offset, size and count is checked against the file before
/// use: the file may be anything. Source of the format: System V ABI, chapters 4 and 5 (object
/// files, program loading), and the notes of the generic ABI. 64-bit objects of this machine only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::plugin {

/// A file as the reader wants it.
struct ByteSource {
  std::uint64_t size = 0;
  /// Fills all of `out` from `offset`, or fails. Never asked beyond `size`.
  std::function<Status(std::uint64_t offset, MutableBytes out)> read;
};

/// The source that `bytes` (which outlive it) are.
ByteSource source_of(Bytes bytes);

/// The text of the note, or nothing when the object has none. Fails: kCorruption (not an ELF file,
/// or damaged), kNotSupported (another machine, class or byte order), what `read` fails with.
Result<std::optional<std::string>> read_loam_note(const ByteSource& source);

}  // namespace loam::plugin
