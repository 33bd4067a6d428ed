"""What the headers of the ABI declare, and how a compiler lays it out. Used by the tests of this folder."""
import pathlib
import re
import subprocess
import tempfile

HEADERS = ("abi.h", "abi_kinds.h", "abi_file_system.h")
# What includes and compilers are told with, or what differs between C and C++ on purpose.
NOT_CONSTANTS = re.compile(r"^(LOAM_(ABI|ABI_KINDS|ABI_FILE_SYSTEM)_H|LOAM_NOEXCEPT|LOAM_STATIC_ASSERT)$")


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)


class Abi:
    """Structures with their members in order, and constants, by name."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.structs = {}
        self.constants = []
        for header in HEADERS:
            text = without_comments((self.folder / "loam" / header).read_text())
            for name in re.findall(r"^#define (LOAM_[A-Z0-9_]+)[ \t]+\S", text, re.M):
                if not NOT_CONSTANTS.match(name) and name not in self.constants:
                    self.constants.append(name)
            for name, body in re.findall(r"\bstruct (loam_\w+) \{(.*?)\n\}", text, re.S):
                self.structs[name] = [self.member(part) for part in body.split(";") if part.strip()]

    @staticmethod
    def member(declaration):
        """(name, declaration in one spelling)"""
        words = re.sub(r"\s+", " ", declaration).strip().replace(" LOAM_NOEXCEPT", "").replace("LOAM_NOEXCEPT", "")
        pointer = re.search(r"\(\*(\w+)\)\s?\(", words)
        name = pointer.group(1) if pointer else re.search(r"(\w+)(\[\d+\])?$", words).group(1)
        return name, words

    def source(self):
        """A program, C and C++ alike, that prints a line for each structure, member and constant."""
        lines = ['#include <stdio.h>', '#include "loam/abi.h"', "int main(void) {"]
        for struct, members in self.structs.items():
            lines.append(f'  printf("struct {struct} %zu\\n", sizeof({struct}));')
            for name, words in members:
                lines.append(f'  printf("  %4zu %4zu  %s\\n", offsetof({struct}, {name}), '
                             f'sizeof((({struct}*)0)->{name}), "{words}");')
        for name in self.constants:
            if self.is_text(name):
                lines.append(f'  printf("%s \\"%s\\"\\n", "{name}", {name});')
            else:
                lines.append(f'  printf("%s %lld\\n", "{name}", (long long)({name}));')
        return "\n".join(lines + ["  return 0;", "}", ""])

    def is_text(self, name):
        for header in HEADERS:
            found = re.search(rf"^#define {name}[ \t]+(\S)", (self.folder / "loam" / header).read_text(), re.M)
            if found:
                return found.group(1) == '"'
        return False

    def layout(self, compiler, standard):
        """What the program prints when it is built so."""
        language = "c++" if "++" in standard else "c"
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "layout.c"
            program = pathlib.Path(folder) / "layout"
            source.write_text(self.source())
            subprocess.run([compiler, "-x", language, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                            f"-I{self.folder}", source, "-o", program], check=True)
            return subprocess.run([program], check=True, capture_output=True, text=True).stdout


class Layout:
    """A layout as it was printed."""

    def __init__(self, text):
        self.sizes = {}
        self.members = {}
        self.constants = {}
        struct = ""
        for line in text.splitlines():
            if line.startswith("struct "):
                _, struct, size = line.split()
                self.sizes[struct] = int(size)
                self.members[struct] = []
            elif line.startswith("  "):
                offset, size, words = line.split(maxsplit=2)
                self.members[struct].append((int(offset), int(size), words))
            else:
                name, value = line.split(maxsplit=1)
                self.constants[name] = value

    def holes(self):
        """Bytes of structures that no member covers: padding, or a member that was overlooked."""
        for struct, members in self.members.items():
            at = 0
            for offset, size, words in members:
                if offset != at:
                    yield f"{struct}: {offset - at} bytes before {words}"
                at = offset + size
            if at != self.sizes[struct]:
                yield f"{struct}: {self.sizes[struct] - at} bytes at the end"

    def broken_by(self, later):
        """What a plugin built against this could not bear about `later`."""
        for struct, members in self.members.items():
            if struct not in later.members:
                yield f"struct {struct} is gone"
                continue
            if later.members[struct][:len(members)] != members:
                yield f"struct {struct}: what it had is not as it was: {members} became {later.members[struct]}"
            sized = members[0][2] == "uint32_t struct_size"
            if not sized and later.sizes[struct] != self.sizes[struct]:
                yield f"struct {struct} has no size of its own and grew"
        for name, value in self.constants.items():
            if name not in ("LOAM_ABI_MINOR", "LOAM_TARGET_MINOR") and later.constants.get(name) != value:
                yield f"{name} was {value} and is {later.constants.get(name)}"
