/// The symbols that a shared object shows to others, read without loading it. As elf_note.h: every
/// offset and count is checked.
#pragma once

#include <string>
#include <vector>

#include "core/plugin/elf_note.h"
#include "loam/base/status.h"

namespace loam::plugin {

struct ElfSymbol {
  std::string name;
  bool unique = false;  ///< STB_GNU_UNIQUE: pins the object in memory, shared by the whole process
};

/// Defined symbols that other objects can bind to, by name. Fails: kCorruption, kNotSupported, kIo.
Result<std::vector<ElfSymbol>> exported_symbols(const ByteSource& source);

}  // namespace loam::plugin
