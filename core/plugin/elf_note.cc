#include "core/plugin/elf_note.h"

#include <elf.h>

#include <cstring>
#include <vector>

#include "core/plugin/manifest.h"

namespace loam::plugin {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "the machine number of this architecture is not known here"
#endif

/// More tables or larger note sections than these are damage, not plugins.
constexpr std::uint64_t kHeadersMax = 4096;
constexpr std::uint64_t kNotesBytesMax = 1024 * 1024;

Status damaged(std::string why) { return Status::corruption("ELF object: " + std::move(why)); }

bool inside(const ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  return offset <= source.size && size <= source.size - offset;
}

/// Fails: kCorruption when [offset, offset + size) is not in the file.
Result<std::string> read_range(const ByteSource& source, std::uint64_t offset, std::uint64_t size,
                               const char* what) {
  if (!inside(source, offset, size)) {
    return damaged(std::string(what) + " of " + std::to_string(size) + " bytes at " +
                   std::to_string(offset) + " does not fit a file of " +
                   std::to_string(source.size) + " bytes");
  }
  std::string bytes(size, '\0');
  LOAM_TRY(source.read(offset, MutableBytes(bytes.data(), bytes.size())));
  return bytes;
}

/// The i-th struct of a table that read_range fetched.
template <class Struct>
Struct struct_at(const std::string& bytes, std::size_t i, std::size_t stride) {
  Struct s;
  std::memcpy(&s, bytes.data() + i * stride, sizeof s);
  return s;
}

Result<Elf64_Ehdr> read_header(const ByteSource& source) {
  if (source.size < sizeof(Elf64_Ehdr)) {
    return damaged("expected an ELF header, found a file of " + std::to_string(source.size) +
                   " bytes");
  }
  LOAM_TRY_ASSIGN(const std::string bytes, read_range(source, 0, sizeof(Elf64_Ehdr), "header"));
  const auto header = struct_at<Elf64_Ehdr>(bytes, 0, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return damaged("expected an ELF header, found other bytes");
  }
  constexpr unsigned char kOrder =
      __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != kOrder) {
    return Status::not_supported("ELF object: expected a 64-bit object of this byte order");
  }
  if (header.e_machine != kMachine) {
    return Status::not_supported("ELF object: expected machine " + std::to_string(kMachine) +
                                 ", found " + std::to_string(header.e_machine));
  }
  if (header.e_type != ET_DYN) {
    return Status::not_supported("ELF object: expected a shared object, found type " +
                                 std::to_string(header.e_type));
  }
  return header;
}

std::uint64_t padded(std::uint64_t size, std::uint64_t align) {
  return (size + align - 1) / align * align;
}

/// Looks for our note in `bytes`, a run of notes. `align` pads owner and text, and the next note.
std::optional<std::string> find_note(Bytes bytes, std::uint64_t align) {
  constexpr Bytes kOwner(LOAM_NOTE_OWNER, sizeof LOAM_NOTE_OWNER);
  while (bytes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr note;
    std::memcpy(&note, bytes.data(), sizeof note);
    const std::uint64_t owner_end = sizeof note + std::uint64_t{note.n_namesz};
    const std::uint64_t text_begin = padded(owner_end, align);
    const std::uint64_t text_end = text_begin + note.n_descsz;
    if (owner_end > bytes.size() || text_end > bytes.size()) return std::nullopt;
    if (note.n_type == LOAM_NOTE_TYPE && bytes.substr(sizeof note, note.n_namesz) == kOwner) {
      return std::string(bytes.substr(text_begin, note.n_descsz));
    }
    const std::uint64_t next = padded(text_end, align);
    if (next >= bytes.size()) return std::nullopt;
    bytes.remove_prefix(next);
  }
  return std::nullopt;
}

Result<std::optional<std::string>> note_in_range(const ByteSource& source, std::uint64_t offset,
                                                 std::uint64_t size, std::uint64_t align) {
  if (size > kNotesBytesMax) {
    return damaged("notes of " + std::to_string(size) + " bytes, expected at most " +
                   std::to_string(kNotesBytesMax));
  }
  LOAM_TRY_ASSIGN(const std::string bytes, read_range(source, offset, size, "note"));
  std::optional<std::string> text = find_note(bytes, align == 8 ? 8 : 4);
  // A text that C made from a string literal ends in NUL.
  while (text.has_value() && text->ends_with('\0')) text->pop_back();
  if (text.has_value() && text->size() > kManifestBytesMax) {
    return damaged("a manifest of " + std::to_string(text->size()) + " bytes, expected at most " +
                   std::to_string(kManifestBytesMax));
  }
  return text;
}

/// A table of `count` structs of `entry_size` bytes each, checked; empty when there is none.
Result<std::string> read_table(const ByteSource& source, std::uint64_t offset, std::uint64_t count,
                               std::uint64_t entry_size, const char* what) {
  if (count > kHeadersMax) {
    return damaged(std::string(what) + " with " + std::to_string(count) + " entries, expected " +
                   std::to_string(kHeadersMax) + " at most");
  }
  return read_range(source, offset, count * entry_size, what);
}

Result<std::optional<std::string>> note_by_segment(const ByteSource& source,
                                                   const Elf64_Ehdr& header) {
  if (header.e_phnum == 0) return std::optional<std::string>();
  if (header.e_phentsize < sizeof(Elf64_Phdr)) return damaged("program headers are too small");
  LOAM_TRY_ASSIGN(const std::string table, read_table(source, header.e_phoff, header.e_phnum,
                                                      header.e_phentsize, "program headers"));
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = struct_at<Elf64_Phdr>(table, i, header.e_phentsize);
    if (segment.p_type != PT_NOTE) continue;
    LOAM_TRY_ASSIGN(auto text,
                    note_in_range(source, segment.p_offset, segment.p_filesz, segment.p_align));
    if (text.has_value()) return text;
  }
  return std::optional<std::string>();
}

/// For objects whose linker made no note segment.
Result<std::optional<std::string>> note_by_section(const ByteSource& source,
                                                   const Elf64_Ehdr& header) {
  if (header.e_shnum == 0) return std::optional<std::string>();
  if (header.e_shentsize < sizeof(Elf64_Shdr)) return damaged("section headers are too small");
  LOAM_TRY_ASSIGN(const std::string table, read_table(source, header.e_shoff, header.e_shnum,
                                                      header.e_shentsize, "section headers"));
  if (header.e_shstrndx >= header.e_shnum) return damaged("no table of section names");
  const auto names_section = struct_at<Elf64_Shdr>(table, header.e_shstrndx, header.e_shentsize);
  constexpr Bytes kName(LOAM_NOTE_SECTION, sizeof LOAM_NOTE_SECTION);
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    const auto section = struct_at<Elf64_Shdr>(table, i, header.e_shentsize);
    if (section.sh_type == SHT_NOBITS || section.sh_size == 0) continue;
    if (!inside(source, names_section.sh_offset, names_section.sh_size)) {
      return damaged("the section names do not fit the file");
    }
    const bool fits = section.sh_name <= names_section.sh_size &&
                      kName.size() <= names_section.sh_size - section.sh_name;
    if (!fits) continue;
    LOAM_TRY_ASSIGN(const std::string name,
                    read_range(source, names_section.sh_offset + section.sh_name, kName.size(),
                               "section name"));
    if (name != kName) continue;
    return note_in_range(source, section.sh_offset, section.sh_size, section.sh_addralign);
  }
  return std::optional<std::string>();
}

}  // namespace

ByteSource source_of(Bytes bytes) {
  return {bytes.size(), [bytes](std::uint64_t offset, MutableBytes out) {
            std::memcpy(out.data(), bytes.data() + offset, out.size());
            return Status();
          }};
}

Result<std::optional<std::string>> read_loam_note(const ByteSource& source) {
  LOAM_TRY_ASSIGN(const Elf64_Ehdr header, read_header(source));
  LOAM_TRY_ASSIGN(auto text, note_by_segment(source, header));
  if (text.has_value()) return text;
  return note_by_section(source, header);
}

}  // namespace loam::plugin
