#!/usr/bin/env python3
"""Real data through several stacks with one binary: loads, kills, recovers, compares, measures.

Every stack is a JSON file; its plugins are loaded at run time. For each: load the machine's own
Debian package index, compare every record forward, backward and by get, and measure. One load is
killed in the middle: what comes back must be a prefix of what was loaded, with all that was
acknowledged; then it goes on. Fails on any difference, and unless every store on disk ends with at
least three populated levels.
"""
import argparse
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

import packages

# Small buffers, so that a data set of some 50 MB takes the ways of a large one. Levels 1 to 3 hold
# 6.5 MiB, some half of what the tightest codec makes of the data: so level 4 is needed. A level gives
# table after table away until it is within its limit, and tables are small against the limits: so
# levels 2 and 3 stay nearly full, however the load and the compactions fell together in time.
SMALL = ["/store/default/write_buffer_size=1MiB",
         "/store/default/compaction/target_file_size_base=128KiB",
         "/store/default/compaction/max_bytes_for_level_base=512KiB",
         "/store/default/compaction/max_bytes_for_level_multiplier=3"]
STACKS = ["default", "fast-ingest", "small-on-disk", "per-level", "in-memory"]
KILLED = "default"
LEVELS_MIN = 3


class Wrong(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Wrong(what)


def say(text):
    print(text, flush=True)


class Stack:
    """One stack document and its store."""

    def __init__(self, name, loam, folder, documents, place):
        self.name = name
        self.volatile = name == "in-memory"
        self.folder = folder / place
        self.folder.mkdir()
        self.store = self.folder / "store"
        self.command = [str(loam), "--stack", str(documents / f"{name}.json")]
        for change in SMALL:
            self.command += ["--set", change]
        if not self.volatile:
            self.command += ["--store", str(self.store)]
        self.figures = {}

    def run(self, *arguments, stdout=subprocess.PIPE, **more):
        done = subprocess.run([*self.command, *map(str, arguments)], stdout=stdout,
                              stderr=subprocess.PIPE, check=False, **more)
        expect(done.returncode == 0, f"{self.name}: loam {' '.join(map(str, arguments))} ended with "
                                     f"{done.returncode}: {done.stderr.decode()}")
        return done.stdout

    def script(self, lines, *options):
        """Runs a script; gives its output and the seconds it took."""
        script, out = self.folder / "script", self.folder / "out"
        script.write_bytes(b"".join(lines))
        start = time.monotonic()
        with open(out, "wb") as file:
            self.run("exec", *options, script, stdout=file)
        seconds = time.monotonic() - start
        return out.read_bytes().splitlines(keepends=True), seconds

    def size_on_disk(self):
        return sum(f.stat().st_size for f in self.store.rglob("*") if f.is_file())


def load_and_kill(stack, data, records):
    """Starts a load, kills it half-way, and checks what came back. Gives the records that survived."""
    half = len(records.lines) // 2
    load = subprocess.Popen([*stack.command, "load", str(data), "--progress", "plain"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    acknowledged = 0
    for line in load.stderr:
        expect(line.startswith("loaded "), line)
        acknowledged = int(line.split()[1])
        if acknowledged >= half:
            load.send_signal(signal.SIGKILL)
            break
    rest = load.stderr.read().splitlines()  # lines that were on their way when the kill came
    load.wait()
    expect(load.returncode == -signal.SIGKILL, "the load ended before it could be killed")
    acknowledged = max([acknowledged] + [int(r.split()[1]) for r in rest if r.startswith("loaded ")])
    found = stack.run("scan").splitlines(keepends=True)
    survived = matching_prefix(records, found, acknowledged)
    say(f"  killed by SIGKILL after {acknowledged:,} records were acknowledged; "
        f"{survived:,} came back, exactly the first {survived:,} of the input")
    return survived


def matching_prefix(records, found, at_least):
    """The number of input records whose state is exactly what was found."""
    state = records.state_after(at_least)
    wanted = set(found)
    for count in range(at_least, len(records.lines) + 1):
        if count > at_least:
            key, line = records.lines[count - 1]
            state[key] = line
        if len(state) == len(found) and set(state.values()) == wanted:
            expect(records.in_key_order(state) == found, "what came back is not in order")
            return count
    raise Wrong(f"{len(found):,} records came back; they are no prefix of the input that holds the "
                f"{at_least:,} acknowledged ones")


def check_part(name, found, wanted):
    if found == wanted:
        return
    expect(len(found) == len(wanted), f"{name}: {len(found):,} records, expected {len(wanted):,}")
    at = next(i for i, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1])
    raise Wrong(f"{name}: record {at:,} is {found[at][:80]!r}, expected {wanted[at][:80]!r}")


def compare(stack, data, wanted):
    """Every record: forward, backward, and by get in random order; and how fast that went."""
    shuffled = wanted.copy()
    random.Random(1).shuffle(shuffled)
    gets = [b"get\t" + line.split(b"\t", 1)[0] + b"\n" for line in shuffled]
    before = [load_line(data)] if stack.volatile else []  # gone with each process
    for part, lines, expected in (("scan", [b"scan\n"], wanted),
                                  ("reverse", [b"scan --reverse\n"], wanted[::-1]),
                                  ("get", gets, shuffled)):
        found, seconds = stack.script(before + lines)
        if before:  # "loaded N records, ..., in S s"
            seconds -= float(found.pop(0).split()[-2])
        check_part(f"{stack.name}, {part}", found, expected)
        stack.figures[part] = len(expected) / max(seconds, 1e-6)


def load_line(data):
    return b"load %s --progress none\n" % str(data).encode()


def measure_load(stack, data, records):
    found, _ = stack.script([load_line(data), b"info\n"], "--json")
    loaded, info = json.loads(found[0]), json.loads(found[1])
    expect(loaded["records"] == len(records.lines), f"{stack.name}: loaded {loaded}")
    stack.figures["load"] = records.bytes / 1e6 / loaded["seconds"]
    stack.figures["written"] = info["bytes_written"] / 1e6


def measure_store(stack, data):
    """After all else: what the store looks like."""
    if stack.volatile:
        found, _ = stack.script([load_line(data), b"info\n"], "--json")
        info = json.loads(found[1])
    else:
        info = json.loads(stack.run("info", "--json"))
        stack.figures["size"] = stack.size_on_disk() / 1e6
    levels = [level["level"] for level in info["levels"] if level["files"] > 0]
    stack.figures["levels"] = ",".join(map(str, levels))
    stack.figures["filter"] = info["filter_bits_per_key"]
    expect(stack.volatile or len(levels) >= LEVELS_MIN,
           f"{stack.name}: only levels {levels} hold tables; at least {LEVELS_MIN} were wanted")


def table(stacks):
    columns = [("stack", None), ("load MB/s", "load"), ("written MB", "written"),
               ("on disk MB", "size"), ("get/s", "get"), ("scan/s", "scan"),
               ("reverse/s", "reverse"), ("filter bits/key", "filter"), ("levels", "levels")]
    rows = [[title for title, _ in columns]]
    for stack in stacks:
        row = [stack.name]
        for _, figure in columns[1:]:
            value = stack.figures.get(figure, "-")
            if isinstance(value, float):
                value = f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"
            row.append(str(value))
        rows.append(row)
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    for row in rows:
        say("  ".join([row[0].ljust(widths[0])] +
                      [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]))


def run(loam, folder, documents):
    say("reading the package index of this machine")
    records = packages.Records()
    final = records.state_after(len(records.lines))
    wanted = records.in_key_order(final)
    say(f"  {len(records.lines):,} records, {len(wanted):,} distinct keys, "
        f"{records.bytes / 1e6:.1f} MB of keys and values")
    data = folder / "packages.tsv"
    records.write(data)

    say(f"a load that is killed: stack {KILLED}")
    killed = Stack(KILLED, loam, folder, documents, "killed")
    survived = load_and_kill(killed, data, records)
    rest = folder / "rest.tsv"
    records.write(rest, survived)
    killed.run("load", rest, "--progress", "none")
    compare(killed, data, wanted)
    say("  loaded the rest; every record is right, forward, backward and by get")

    stacks = [Stack(name, loam, folder, documents, name) for name in STACKS]
    for stack in stacks:
        say(f"stack {stack.name}")
        measure_load(stack, data, records)
        compare(stack, data, wanted)
        measure_store(stack, data)
        say("  every record is right, forward, backward and by get")
    say("\nside by side: one binary, plugins loaded at run time, buffers of 1 MiB")
    table(stacks)


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loam", required=True, type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, default=root / "build" / "demo")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)
    start = time.monotonic()
    try:
        run(arguments.loam.resolve(), arguments.work.resolve(), root / "config" / "stacks")
    except Wrong as wrong:
        print(f"demo failed: {wrong}", file=sys.stderr)
        return 1
    say(f"\nall records right in every stack, in {time.monotonic() - start:.0f} s; "
        f"the stores are in {arguments.work}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
