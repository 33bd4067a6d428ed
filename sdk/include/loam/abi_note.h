/* LOAM_NOTE: the ELF note of a plugin that is not written with the C++ SDK.
 *
 *   LOAM_NOTE("id=org.example.rle\nversion=1.0.0\nabi=1.0\nmin_host=0\n"
 *             "component=codec:rle:org.example.rle/1\n");
 *
 * stands once, at file scope. The lines are those that abi.h describes at LOAM_NOTE_SECTION, in
 * that order; they must say what the descriptor says. C11 and C++20 clean; the section's type
 * SHT_NOTE, which strip and --gc-sections keep, comes from its name. LOAM_PLUGIN of the C++ SDK
 * makes its own.
 */
#ifndef LOAM_ABI_NOTE_H
#define LOAM_ABI_NOTE_H

#include "loam/abi.h"

/* Behind the text come zeros up to a multiple of 4 bytes; its size does not count them. */
#define LOAM_NOTE(lines)                                                        \
  static const struct {                                                         \
    uint32_t owner_size;                                                        \
    uint32_t text_size;                                                         \
    uint32_t type;                                                              \
    char owner[8];                                                              \
    char text[(sizeof(lines) + 3) / 4 * 4];                                     \
  } loam_note __attribute__((section(LOAM_NOTE_SECTION), used, aligned(4))) = { \
      sizeof LOAM_NOTE_OWNER, sizeof(lines) - 1, LOAM_NOTE_TYPE, LOAM_NOTE_OWNER, lines}

#endif /* LOAM_ABI_NOTE_H */
