#!/usr/bin/env python3
"""Re-introduces known kinds of bugs, one at a time, and expects a test to notice each.

The mutants stand in table/*.txt, a file an area (how: mutant.py). Each is applied to a copy of the
tree in build/mutants/tree, the program that holds the test it names is built there, and the test
has to fail, crash, or hang until its time is up. Before that the tests have to pass unchanged.

  mutants.py [NAMES...]   run these mutants (or areas, as "log"), default all
  mutants.py --list       names, and what each breaks
  mutants.py --check      only look whether each mutant's text is still there exactly once, whether
                          its test exists, and whether docs/testing.md lists it
  mutants.py --docs       write that list anew

Ends with 0 if every mutant was caught, 1 if one survived or did not build, 2 if the table is wrong.
Environment: LOAM_JOBS (default 2) parallel jobs of the build; CCACHE_DIR as for ./dev.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import mutant

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = pathlib.Path(__file__).resolve().parent / "table"
SCRATCH = ROOT / "build" / "mutants" / "tree"


def files_of_tree():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def write_if_changed(path, content):
    """Leaves the time of an equal file alone, so that nothing is built for it again."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def copy_tree():
    names = files_of_tree()
    wanted = set(names)
    for name in names:
        write_if_changed(SCRATCH / name, (ROOT / name).read_bytes())
        shutil.copymode(ROOT / name, SCRATCH / name)
    for path in SCRATCH.rglob("*"):
        name = path.relative_to(SCRATCH)
        if name.parts[0] != "build" and path.is_file() and str(name) not in wanted:
            path.unlink()


def gtest_filter(tests):
    """Suite.Case, with whatever parameters and prefix it is instantiated."""
    return ":".join(f"{t}:{t}/*:*/{t}:*/{t}/*" for t in tests.split(":"))


class Workshop:
    """The copy, its build and the runs of its tests."""

    def __init__(self, preset, limit):
        self.preset = preset
        self.limit = limit
        self.build_dir = SCRATCH / "build" / preset
        self.environment = dict(
            os.environ, CCACHE_BASEDIR=str(SCRATCH), CCACHE_NOHASHDIR="1", GTEST_COLOR="no")

    def configure(self):
        command = ["cmake", "--preset", self.preset]
        if shutil.which("ccache"):
            command += [f"-DCMAKE_{language}_COMPILER_LAUNCHER=ccache" for language in ("C", "CXX")]
        return self._call(command)

    def build(self, targets):
        jobs = os.environ.get("LOAM_JOBS", "2")
        return self._call(["cmake", "--build", str(self.build_dir), "-j", jobs, "--target", *targets])

    def _call(self, command):
        """None, or the end of what a command that failed said."""
        done = subprocess.run(command, cwd=SCRATCH, env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return None if done.returncode == 0 else "\n".join(done.stdout.splitlines()[-25:])

    def run(self, target, tests):
        """How a test program ended (0: well; None: not in time), and what it said."""
        command = [str(self.build_dir / "tests" / target), f"--gtest_filter={gtest_filter(tests)}",
                   "--gtest_fail_fast"]
        # A session of its own: what a hanging test has started is ended along with it.
        process = subprocess.Popen(command, cwd=self.build_dir, env=self.environment, text=True,
                                   errors="replace", start_new_session=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output, _ = process.communicate(timeout=self.limit)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            return None, output


def check_unchanged(workshop, target, tests):
    """What is wrong with tests of a program before anything is broken, or None."""
    said = workshop.build([target])
    if said:
        return f"{target} does not build:\n{said}"
    code, output = workshop.run(target, tests)
    passed = re.search(r"^\[  PASSED  \] (\d+) test", output, re.MULTILINE)
    if code != 0 or not passed:
        return f"{target} {tests} does not pass as it is:\n" + output[-2000:]
    return None if int(passed.group(1)) > 0 else f"{target} has no test {tests}"


def noticed_by(code, output):
    """In words: which test failed, and how."""
    running = re.findall(r"^\[ RUN      \] (\S+)", output, re.MULTILINE)
    last = running[-1] if running else "the program"
    if code is None:
        return f"{last} hangs"
    if code < 0:
        return f"{last} ends by {signal.Signals(-code).name}"
    failed = re.search(r"^\[  FAILED  \] ([^\s,]+)", output, re.MULTILINE)
    return failed.group(1) if failed else f"{last} ends with {code}"


def try_one(workshop, m):
    """The verdict ("caught", "SURVIVED", "DOES NOT BUILD") and details."""
    path = SCRATCH / m.file
    original = path.read_text()
    path.write_text(m.apply(original))
    try:
        said = workshop.build([m.target])
        if said:
            return "DOES NOT BUILD", said
        code, output = workshop.run(m.target, m.tests)
    finally:
        path.write_text(original)
    if code == 0:
        return "SURVIVED", f"{m.target} {m.tests}"
    return "caught", noticed_by(code, output)


def run_program(workshop, target, own):
    """The verdict on each of the mutants that tests of one program are to notice."""
    wrong = check_unchanged(workshop, target, ":".join(sorted({m.tests for m in own})))
    if wrong:
        print(wrong, file=sys.stderr)
        return {m.name: "NOT TRIED" for m in own}
    verdicts = {}
    for m in sorted(own, key=lambda m: m.file):
        began = time.monotonic()
        verdicts[m.name], details = try_one(workshop, m)
        seconds = time.monotonic() - began
        print(f"{verdicts[m.name]:9} {m.name}  ({seconds:.0f} s)  {details}", flush=True)
    return verdicts


def run_all(chosen, preset, limit):
    copy_tree()
    workshop = Workshop(preset, limit)
    wrong = workshop.configure()
    if wrong:
        print(wrong, file=sys.stderr)
        return 1
    verdicts = {}
    # Program by program, so that each is looked at unchanged first, and built as seldom as can be.
    for target in sorted({m.target for m in chosen}):
        verdicts |= run_program(workshop, target, [m for m in chosen if m.target == target])
    caught = sum(verdict == "caught" for verdict in verdicts.values())
    print(f"\n{caught} of {len(chosen)} mutants were caught")
    for name, verdict in verdicts.items():
        if verdict != "caught":
            print(f"  {verdict}: {name}")
    return 0 if caught == len(chosen) else 1


def choose(mutants, names):
    chosen = [m for m in mutants if not names or m.name in names or m.area in names]
    known = {m.name for m in mutants} | {m.area for m in mutants}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"mutants: no mutant or area is called {', '.join(unknown)} (--list shows them)")
    return chosen


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--preset", default="release", help="of CMakePresets.json")
    parser.add_argument("--limit", type=float, default=120, help="seconds that a test may take")
    arguments = parser.parse_args()

    mutants, wrong = mutant.read_table(TABLE)
    if arguments.docs and not wrong:
        mutant.write_docs(ROOT, mutants)
    test_cases = mutant.find_test_cases(ROOT)
    for m in mutants:
        wrong += m.check(ROOT, test_cases)
    wrong += mutant.check_docs(ROOT, mutants)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 2
    chosen = choose(mutants, arguments.names)
    if arguments.list:
        for m in chosen:
            print(f"{m.name}: {m.breaks}  [{m.target} {m.tests}]")
        return 0
    if arguments.check or arguments.docs:
        print(f"{len(mutants)} mutants apply")
        return 0
    return run_all(chosen, arguments.preset, arguments.limit)


if __name__ == "__main__":
    sys.exit(main())
