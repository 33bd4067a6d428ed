// A shared object, or anything else, whose plugin note is read without loading it.
#include "core/plugin/elf_note.h"

#include "core/plugin/manifest.h"
#include "tests/fuzz/support.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const loam::Bytes input = loam::fuzz::bytes_of(data, size);
  const auto note = loam::plugin::read_loam_note(loam::plugin::source_of(input));
  if (note.ok() && note->has_value()) {
    loam::fuzz::require((*note)->size() <= size, "a note lies in its file");
    static_cast<void>(loam::plugin::parse_manifest(**note).ok());
  }
  return 0;
}
