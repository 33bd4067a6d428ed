#!/usr/bin/env python3
"""Fails on a wrong include arrow, a system header out of place, an unexplained cast or atomic, and
on files and functions that grew too long.   layers_test.py ROOT | layers_test.py --self-test

The self-test gives each rule a small file that breaks it, and one that does not.
"""
import pathlib
import subprocess
import sys

import rules

FOLDERS = ["sdk", "core", "plugins", "config", "tools", "bench", "samples", "tests"]


def source_files(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cc", ".c") and path.is_file():
                yield path


def find_public_headers(root):
    found = {}
    for part in ("sdk", "core", "config"):
        base = root / part / "include"
        for path in base.rglob("*.h"):
            found[str(path.relative_to(base))] = part
    return found


def check_text(path, text, public_headers):
    yield from rules.check_layers(path, text, public_headers)
    yield from rules.check_public_headers(path, text, public_headers)
    yield from rules.check_system_headers(path, text)
    yield from rules.check_libraries(path, text)
    yield from rules.check_safety(path, text)
    yield from rules.check_file_size(path, text)
    yield from rules.check_unfinished(path, text)


def function_tags(root, files):
    return subprocess.run(
        ["ctags", "-L", "-", "--languages=C,C++", "--kinds-C++=f", "--kinds-C=f", "--fields=+ne",
         "-o", "-"],
        input="\n".join(str(f.relative_to(root)) for f in files), cwd=root, text=True, check=True,
        capture_output=True).stdout


def check_tree(root):
    files = list(source_files(root))
    if not files:
        yield f"{root}: no sources found"
        return
    public_headers = find_public_headers(root)
    for file in files:
        yield from check_text(str(file.relative_to(root)), file.read_text(), public_headers)
    yield from rules.check_function_sizes(function_tags(root, files))


def main(argv):
    if argv[1:] == ["--self-test"]:
        import self_test
        return self_test.run()
    root = pathlib.Path(argv[1]).resolve()
    findings = list(check_tree(root))
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
