#include "core/plugin/elf_symbols.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace loam::plugin {
namespace {

constexpr std::uint64_t kSectionsMax = 4096;
constexpr std::uint64_t kTableBytesMax = std::uint64_t{64} << 20;

Status damaged(const std::string& why) { return Status::corruption("ELF object: " + why); }

Result<std::string> read_range(const ByteSource& source, std::uint64_t offset, std::uint64_t size,
                               const char* what) {
  if (size > kTableBytesMax || offset > source.size || size > source.size - offset) {
    return damaged(std::string(what) + " does not fit the file");
  }
  std::string bytes(size, '\0');
  LOAM_TRY(source.read(offset, MutableBytes(bytes.data(), bytes.size())));
  return bytes;
}

template <class Struct>
Struct struct_at(const std::string& bytes, std::size_t offset) {
  Struct s;
  std::memcpy(&s, bytes.data() + offset, sizeof s);
  return s;
}

Result<std::vector<Elf64_Shdr>> read_sections(const ByteSource& source) {
  // read_loam_note() checks that the file is an object of this machine at all.
  LOAM_TRY(read_loam_note(source).status());
  LOAM_TRY_ASSIGN(const std::string head, read_range(source, 0, sizeof(Elf64_Ehdr), "header"));
  const auto header = struct_at<Elf64_Ehdr>(head, 0);
  if (header.e_shnum == 0 || header.e_shnum > kSectionsMax ||
      header.e_shentsize < sizeof(Elf64_Shdr)) {
    return damaged("expected 1 to " + std::to_string(kSectionsMax) + " sections, found " +
                   std::to_string(header.e_shnum));
  }
  LOAM_TRY_ASSIGN(
      const std::string table,
      read_range(source, header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize,
                 "section headers"));
  std::vector<Elf64_Shdr> sections;
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    sections.push_back(struct_at<Elf64_Shdr>(table, i * header.e_shentsize));
  }
  return sections;
}

/// The NUL-terminated text at `at`, or nothing when it leaves the table.
std::optional<std::string> text_at(const std::string& table, std::uint64_t at) {
  if (at >= table.size()) return std::nullopt;
  const std::size_t end = table.find('\0', at);
  if (end == std::string::npos) return std::nullopt;
  return table.substr(at, end - at);
}

bool is_exported(const Elf64_Sym& symbol) {
  const unsigned binding = ELF64_ST_BIND(symbol.st_info);
  const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

}  // namespace

Result<std::vector<ElfSymbol>> exported_symbols(const ByteSource& source) {
  LOAM_TRY_ASSIGN(const std::vector<Elf64_Shdr> sections, read_sections(source));
  const auto dynamic = std::find_if(sections.begin(), sections.end(),
                                    [](const Elf64_Shdr& s) { return s.sh_type == SHT_DYNSYM; });
  if (dynamic == sections.end()) return damaged("it has no dynamic symbols");
  if (dynamic->sh_link >= sections.size()) return damaged("its symbols have no names");
  const Elf64_Shdr& strings = sections[dynamic->sh_link];
  LOAM_TRY_ASSIGN(const std::string table,
                  read_range(source, dynamic->sh_offset, dynamic->sh_size, "symbol table"));
  LOAM_TRY_ASSIGN(const std::string names,
                  read_range(source, strings.sh_offset, strings.sh_size, "symbol names"));
  std::vector<ElfSymbol> symbols;
  for (std::size_t at = 0; at + sizeof(Elf64_Sym) <= table.size(); at += sizeof(Elf64_Sym)) {
    const auto symbol = struct_at<Elf64_Sym>(table, at);
    if (!is_exported(symbol)) continue;
    std::optional<std::string> name = text_at(names, symbol.st_name);
    if (!name.has_value()) return damaged("a symbol's name does not fit the table of names");
    symbols.push_back({std::move(*name), ELF64_ST_BIND(symbol.st_info) == STB_GNU_UNIQUE});
  }
  std::sort(symbols.begin(), symbols.end(),
            [](const ElfSymbol& a, const ElfSymbol& b) { return a.name < b.name; });
  return symbols;
}

}  // namespace loam::plugin
