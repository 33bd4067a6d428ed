#!/usr/bin/env python3
"""abidiff (of abigail-tools) between each frozen copy of the ABI's headers and the headers in use: types that a plugin built
against the copy sees must only have grown at their end.  abidiff.py SOURCE_DIRECTORY [C_COMPILER]; part of ./dev check."""
import pathlib
import subprocess
import sys
import tempfile

from abi_headers import Abi

# abidiff's exit code: 8 says that a change breaks; 4 alone that something changed.
ERROR, USAGE, CHANGED, BREAKS = 1, 2, 4, 8


def shared_object(abi, compiler, folder, name):
    """An object whose variables have every structure that the copy knows as their type."""
    source = folder / f"{name}.c"
    source.write_text('#include "loam/abi.h"\n' + "".join(f"const {struct} * one_{struct};\n" for struct in abi.structs))
    built = folder / f"{name}.so"
    subprocess.run([compiler, "-std=c11", "-g", "-shared", "-fPIC", f"-I{abi.folder}", source, "-o", built], check=True)
    return built


def main():
    root = pathlib.Path(sys.argv[1])
    compiler = sys.argv[2] if len(sys.argv) > 2 else "cc"
    failed = False
    for copy in sorted(path for path in (root / "sdk" / "abi").iterdir() if path.is_dir()):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            before = Abi(copy)
            after = Abi(root / "sdk" / "include")
            after.structs = {struct: after.structs.get(struct, []) for struct in before.structs}
            done = subprocess.run(["abidiff", "--no-added-syms", shared_object(before, compiler, folder, "before"),
                                   shared_object(after, compiler, folder, "after")], capture_output=True, text=True)
            print(f"abidiff {copy.name}: {'no difference' if done.returncode == 0 else done.stdout}", end="\n")
            if done.returncode & (ERROR | USAGE | BREAKS):
                print(done.stderr, file=sys.stderr)
                failed = True
            elif done.returncode & CHANGED and copy.name == current_version(root):
                print(f"{copy.name} is the version in use: it may not differ at all", file=sys.stderr)
                failed = True
    return 1 if failed else 0


def current_version(root):
    text = (root / "sdk" / "include" / "loam" / "abi.h").read_text()
    numbers = [text.split(f"#define LOAM_ABI_{part} ")[1].split("u")[0] for part in ("MAJOR", "MINOR")]
    return ".".join(numbers)


if __name__ == "__main__":
    sys.exit(main())
