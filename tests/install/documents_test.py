#!/usr/bin/env python3
"""Runs what the plugin documentation shows, as it stands, against an installed Loam.

    ```cpp src/plugin.cc     a name behind the language: the block becomes that file
    ```cpp = a/b.cc          the block is that file of share/loam/samples, byte for byte
    ```sh                    is run by sh, and must succeed; a `cd` holds for what follows
    ```text                  is what the block before it printed
Blocks of other languages, and code without a name, are for reading. Each heading begins in a
directory of its own. Sections of a tutorial have at most 40 lines of code and commands."""
import argparse
import os
import pathlib
import re
import shutil
import sys

from install_test import Failure, Installation, expect, run

LINES_MAX = 40
KINDS = ["codec", "filter", "comparator", "compaction_filter", "merge_operator", "file_system"]


def sections(text):
    """(heading, [(language, argument, body)]) of each heading that has blocks."""
    found = [("", [])]
    block = None
    for line in text.splitlines():
        if line.startswith("```") and block is None:
            language, _, argument = line[3:].partition(" ")
            block = (language, argument.strip(), [])
        elif line.startswith("```"):
            found[-1][1].append((block[0], block[1], "".join(part + "\n" for part in block[2])))
            block = None
        elif block is not None:
            block[2].append(line)
        elif line.startswith("#"):
            found.append((line.lstrip("# "), []))
    expect(block is None, "a block does not end")
    return [section for section in found if section[1]]


class Session:
    """What a reader has in front of them in one section."""

    def __init__(self, installed, directory):
        self.installed = installed
        directory.mkdir(parents=True)
        self.directory = directory
        self.printed = None
        self.environment = {
            "LOAM": installed.prefix, "CMAKE_PREFIX_PATH": installed.prefix,
            "PATH": f"{installed.prefix}/bin:{os.environ['PATH']}", "CC": installed.arguments.cc,
            "CXX": installed.arguments.cxx}

    def take(self, language, argument, body):
        if argument.startswith("= "):
            sample = self.installed.prefix / "share" / "loam" / "samples" / argument[2:]
            expect(sample.read_text() == body, f"{sample} and the document differ")
        elif argument:
            path = self.directory / argument
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body)
        elif language == "sh":
            self.run(body)
        elif language == "text":
            expect(self.printed == body, f"expected\n{body}printed\n{self.printed}")

    def run(self, commands):
        mark = self.installed.work / "directory"
        out = run("env", *(f"{key}={value}" for key, value in self.environment.items()),
                  "sh", "-euc", f"cd '{self.directory}'\n{commands}\npwd > '{mark}'").stdout
        self.directory = pathlib.Path(mark.read_text().strip())
        self.printed = out


def run_document(installed, path, tutorial):
    """How many blocks were run or compared."""
    count = 0
    for heading, blocks in sections(path.read_text()):
        name = re.sub(r"\W+", "_", f"{path.stem} {heading}").lower()
        session = Session(installed, installed.work / "documents" / name)
        lines = sum(body.count("\n") for language, argument, body in blocks
                    if argument or language == "sh")
        expect(not tutorial or lines <= LINES_MAX,
               f"{path.name}, {heading}: {lines} lines, at most {LINES_MAX} are promised")
        for language, argument, body in blocks:
            try:
                session.take(language, argument, body)
            except Failure as failure:
                raise Failure(f"{path.name}, {heading}:\n{body}\n{failure}") from failure
            count += bool(argument) or language in ("sh", "text")
    return count


def main():
    parser = argparse.ArgumentParser()
    for name in ("build", "source", "work", "cmake", "cxx", "cc"):
        parser.add_argument("--" + name, required=True)
    arguments = parser.parse_args()
    try:
        installed = Installation(arguments)
        shutil.rmtree(installed.work / "documents", ignore_errors=True)
        docs = installed.source / "docs"
        count = run_document(installed, docs / "plugins.md", tutorial=True)
        print(f"plugins.md: {count} blocks")
        expect(count >= 4 * len(KINDS), "the tutorial has lost sections")
        for kind in KINDS:
            count = run_document(installed, docs / "plugins" / f"{kind}.md", tutorial=False)
            print(f"plugins/{kind}.md: {count} blocks")
            expect(count >= 2, f"{kind}.md has no example that is run")
    except Failure as failure:
        print(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
