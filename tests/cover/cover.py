#!/usr/bin/env python3
"""What the tests run of core/: merges the counts of a `cover` build, prints a table by folder and the
files with most branches not taken, and fails below the floors. Tests themselves do not count.

    cover.py BUILD_DIRECTORY [--files]
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

LINES_MIN = 90.0
BRANCHES_MIN = 80.0
WORST = 15


def tool(name):
    """The LLVM tool of the compiler's version."""
    for candidate in (f"{name}-14", name):
        for folder in os.environ["PATH"].split(os.pathsep):
            if os.access(os.path.join(folder, candidate), os.X_OK):
                return candidate
    sys.exit(f"cover: neither {name}-14 nor {name} is installed")


def merged(build):
    raw = sorted(map(str, (build / "profiles").glob("*.profraw")))
    if not raw:
        sys.exit(f"cover: no counts in {build}/profiles: run the tests of the build first")
    out = build / "core.profdata"
    listing = build / "profiles.txt"
    listing.write_text("\n".join(raw) + "\n")
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", "--failure-mode=all", "-f", listing,
                    "-o", out], check=True)
    return out


def programs(build):
    """Every program of the build; those without counts of the core are none of ours."""
    found = []
    for folder in ("bin", "tests"):
        for path in sorted((build / folder).iterdir()):
            if path.is_file() and os.access(path, os.X_OK) and path.read_bytes()[:4] == b"\x7fELF":
                sections = subprocess.run(["objdump", "-h", path], capture_output=True, text=True)
                if "__llvm_covmap" in sections.stdout:
                    found.append(str(path))
    return found


def summaries(build, counts, root):
    objects = [part for path in programs(build) for part in ("-object", path)][1:]
    done = subprocess.run([tool("llvm-cov"), "export", "-summary-only", f"-instr-profile={counts}",
                           *objects], capture_output=True, text=True, check=True)
    for entry in json.loads(done.stdout)["data"][0]["files"]:
        path = os.path.relpath(os.path.realpath(entry["filename"]), root)
        if path.startswith("core/") and "_test" not in path:
            yield path, entry["summary"]


class Sum:
    def __init__(self):
        self.lines = self.lines_run = self.branches = self.branches_run = 0

    def add(self, summary):
        self.lines += summary["lines"]["count"]
        self.lines_run += summary["lines"]["covered"]
        self.branches += summary["branches"]["count"]
        self.branches_run += summary["branches"]["covered"]

    def percentages(self):
        return (100.0 * self.lines_run / max(1, self.lines),
                100.0 * self.branches_run / max(1, self.branches))

    def row(self, name):
        lines, branches = self.percentages()
        return (f"{name:<44} {self.lines:>7} {lines:>6.1f} % {self.branches:>8} {branches:>6.1f} %"
                f" {self.branches - self.branches_run:>8}")


def main():
    parser = argparse.ArgumentParser(description="coverage of core/ by the tests")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--files", action="store_true", help="a row for every file")
    arguments = parser.parse_args()
    root = os.path.realpath(pathlib.Path(__file__).parent.parent.parent)
    build = arguments.build.resolve()
    files, folders, total = {}, {}, Sum()
    for path, summary in summaries(build, merged(build), root):
        for group in (files.setdefault(path, Sum()),
                      folders.setdefault(os.path.dirname(path), Sum()), total):
            group.add(summary)
    print(f"{'':<44} {'lines':>7} {'run':>8} {'branches':>8} {'run':>8} {'not run':>8}")
    for name in sorted(folders):
        print(folders[name].row(name))
    print(total.row("core"))
    worst = sorted(files, key=lambda name: files[name].branches_run - files[name].branches)
    print("\nmost branches not run:" if not arguments.files else "\nfiles:")
    for name in sorted(files) if arguments.files else worst[:WORST]:
        print(files[name].row(name))
    lines, branches = total.percentages()
    if lines < LINES_MIN or branches < BRANCHES_MIN:
        sys.exit(f"cover: {lines:.1f} % of lines and {branches:.1f} % of branches run, wanted "
                 f"{LINES_MIN:.0f} % and {BRANCHES_MIN:.0f} %")


if __name__ == "__main__":
    main()
