// The manifest's way out of an ELF object, and its text: good ones, and any damage.
#include "core/plugin/elf_note.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/plugin/manifest.h"

namespace loam::plugin {
namespace {

constexpr const char* kText =
    "id=org.example.rot\nversion=1.0.0\nabi=1.0\nmin_host=0\n"
    "component=codec:rot:org.example.rot/1,org.example.rot/0\ncomponent=file_system:ram:\n";

template <class Struct>
void put(std::string& bytes, const Struct& s) {
  // SAFETY: plain structs of integers, copied as bytes.
  bytes.append(reinterpret_cast<const char*>(&s), sizeof s);
}

void put_note(std::string& bytes, const std::string& owner, std::uint32_t type,
              const std::string& text) {
  put(bytes, Elf64_Nhdr{static_cast<Elf64_Word>(owner.size()), static_cast<Elf64_Word>(text.size()),
                        type});
  for (const std::string& part : {owner, text}) {
    bytes += part;
    bytes.append((4 - part.size() % 4) % 4, '\0');
  }
}

Elf64_Ehdr header() {
  Elf64_Ehdr h{};
  std::memcpy(h.e_ident, ELFMAG, SELFMAG);
  h.e_ident[EI_CLASS] = ELFCLASS64;
  h.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
  h.e_type = ET_DYN;
#if defined(__x86_64__)
  h.e_machine = EM_X86_64;
#else
  h.e_machine = EM_AARCH64;
#endif
  h.e_phentsize = sizeof(Elf64_Phdr);
  h.e_shentsize = sizeof(Elf64_Shdr);
  return h;
}

/// Header, one note segment with a foreign note and ours.
std::string object_with_segment() {
  std::string notes;
  put_note(notes, std::string("GNU\0", 4), 3, "\x01\x02\x03");
  put_note(notes, std::string("Loam\0", 5), LOAM_NOTE_TYPE, kText);
  Elf64_Ehdr h = header();
  h.e_phoff = sizeof h;
  h.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_NOTE;
  segment.p_offset = sizeof h + sizeof segment;
  segment.p_filesz = notes.size();
  segment.p_align = 4;
  std::string bytes;
  put(bytes, h);
  put(bytes, segment);
  return bytes + notes;
}

/// Header, our note in a section, no segments: what a linker script without PT_NOTE leaves.
std::string object_with_section() {
  std::string notes;
  put_note(notes, std::string("Loam\0", 5), LOAM_NOTE_TYPE, kText);
  const std::string names = std::string("\0.shstrtab\0.note.loam\0", 22);
  Elf64_Ehdr h = header();
  h.e_shnum = 3;
  h.e_shstrndx = 1;
  h.e_shoff = sizeof h + notes.size() + names.size();
  Elf64_Shdr strings{};
  strings.sh_name = 1;
  strings.sh_type = SHT_STRTAB;
  strings.sh_offset = sizeof h + notes.size();
  strings.sh_size = names.size();
  Elf64_Shdr note{};
  note.sh_name = 11;
  note.sh_type = SHT_NOTE;
  note.sh_offset = sizeof h;
  note.sh_size = notes.size();
  note.sh_addralign = 4;
  std::string bytes;
  put(bytes, h);
  bytes += notes + names;
  put(bytes, Elf64_Shdr{});
  put(bytes, strings);
  put(bytes, note);
  return bytes;
}

TEST(ElfNote, IsFoundBySegmentAndBySection) {
  for (const std::string& object : {object_with_segment(), object_with_section()}) {
    const auto text = read_loam_note(source_of(object));
    ASSERT_TRUE(text.ok()) << text.status().to_string();
    ASSERT_TRUE(text->has_value());
    EXPECT_EQ(**text, kText);
  }
}

TEST(ElfNote, AnObjectWithoutOneHasNone) {
  std::string object = object_with_segment();
  object.replace(object.find("Loam"), 4, "Soil");
  const auto text = read_loam_note(source_of(object));
  ASSERT_TRUE(text.ok());
  EXPECT_FALSE(text->has_value());
}

TEST(ElfNote, SaysWhatIsWrongWithAForeignFile) {
  EXPECT_EQ(read_loam_note(source_of("#!/bin/sh\n")).status().message(),
            "ELF object: expected an ELF header, found a file of 10 bytes");
  EXPECT_EQ(read_loam_note(source_of(std::string(100, 'x'))).status().message(),
            "ELF object: expected an ELF header, found other bytes");
  std::string other = object_with_segment();
  other[18] = static_cast<char>(EM_RISCV & 0xff);
  other[19] = static_cast<char>(EM_RISCV >> 8);
  const auto machine = read_loam_note(source_of(other));
  EXPECT_EQ(machine.status().code(), Code::kNotSupported);
  EXPECT_NE(machine.status().message().find("found 243"), std::string_view::npos);
  std::string narrow = object_with_segment();
  narrow[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(read_loam_note(source_of(narrow)).status().code(), Code::kNotSupported);
}

// Every cut and every flip of every byte: an answer, no read outside the bytes (AddressSanitizer
// and the exact-size copies see to that), and never a text other than the true one or a damaged
// one.
TEST(ElfNote, AnyCutAndAnyFlipIsAnswered) {
  for (const std::string& object : {object_with_segment(), object_with_section()}) {
    for (std::size_t n = 0; n < object.size(); ++n) {
      const std::string cut(object.data(), n);
      static_cast<void>(read_loam_note(source_of(cut)).ok());
    }
    for (std::size_t i = 0; i < object.size(); ++i) {
      for (const unsigned flip : {0x01u, 0x80u, 0xffu}) {
        std::string bad = object;
        bad[i] = static_cast<char>(static_cast<unsigned char>(bad[i]) ^ flip);
        const auto text = read_loam_note(source_of(bad));
        if (!text.ok() || !text->has_value()) continue;
        EXPECT_LE((*text)->size(), bad.size());
        static_cast<void>(parse_manifest(**text).ok());
      }
    }
  }
}

TEST(ElfNote, HugeCountsAreRefusedBeforeTheyAreUsed) {
  std::string object = object_with_segment();
  Elf64_Ehdr h = header();
  h.e_phoff = ~std::uint64_t{0} - 8;
  h.e_phnum = 0xffff;
  std::memcpy(object.data(), &h, sizeof h);
  EXPECT_EQ(read_loam_note(source_of(object)).status().code(), Code::kCorruption);
  h.e_phnum = 16;
  std::memcpy(object.data(), &h, sizeof h);
  EXPECT_EQ(read_loam_note(source_of(object)).status().code(), Code::kCorruption);
}

TEST(Manifest, TextAndBack) {
  const auto manifest = parse_manifest(kText);
  ASSERT_TRUE(manifest.ok()) << manifest.status().to_string();
  EXPECT_EQ(manifest->id, "org.example.rot");
  EXPECT_EQ(manifest->version, "1.0.0");
  EXPECT_EQ(manifest->abi(), "1.0");
  ASSERT_EQ(manifest->components.size(), 2u);
  EXPECT_EQ(manifest->components[0].kind, "codec");
  EXPECT_EQ(manifest->components[0].name, "rot");
  EXPECT_EQ(manifest->components[0].persistent_id, "org.example.rot/1");
  EXPECT_EQ(manifest->components[0].reads, std::vector<std::string>{"org.example.rot/0"});
  EXPECT_EQ(manifest->components[1].persistent_id, "");
  EXPECT_EQ(manifest_text(*manifest), kText);
}

TEST(Manifest, UnknownKeysAreSkippedAndDamageIsNot) {
  EXPECT_TRUE(parse_manifest(std::string("colour=green\n") + kText).ok());
  const std::string text = kText;
  for (const std::string& bad :
       {std::string(), std::string("id=x\n"), "no equals sign\n" + text, "abi=1\n" + text,
        "abi=1.x\n" + text, "min_host=-1\n" + text, "component=codec\n" + text,
        "component=:a:b\n" + text, "component=codec::b\n" + text, "component=codec:a:b,,c\n" + text,
        "id=\x01\n" + text, std::string(kManifestBytesMax + 1, '\n')}) {
    const auto manifest = parse_manifest(bad);
    ASSERT_FALSE(manifest.ok()) << bad;
    EXPECT_EQ(manifest.status().code(), Code::kCorruption);
  }
}

TEST(Manifest, AbiIsNegotiated) {
  Manifest manifest = parse_manifest(kText).value();
  EXPECT_TRUE(check_abi(manifest).ok());
  manifest.abi_minor = 7;  // newer, but content with an older host
  EXPECT_TRUE(check_abi(manifest).ok());
  manifest.min_host_minor = 7;
  EXPECT_EQ(check_abi(manifest).message(),
            "needs a host of ABI 1.7 or newer, this host speaks 1.0");
  manifest.abi_major = 2;
  EXPECT_EQ(check_abi(manifest).message(), "built for ABI major 2, this host speaks 1");
}

}  // namespace
}  // namespace loam::plugin
