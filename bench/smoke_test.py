#!/usr/bin/env python3
"""Runs every workload of every engine that loam-bench was built with, small, and looks at its report:
nothing may be missing, and a report that claims more than the machine did must be called regressed.
"""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

BENCH = os.environ["LOAM_BENCH"]
# LMDB has neither a block cache nor compactions.
NOT_OF_LMDB = {"readuncached", "compact"}
KEYS = ["--keys", "2000"]


def bench(*arguments, code=0):
    done = subprocess.run([BENCH, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != code:
        sys.exit(f"loam-bench {arguments}: code {done.returncode}, expected {code}\n"
                 f"{done.stdout}{done.stderr}")
    return done.stdout


def listed():
    lines = bench("--list").splitlines()
    at = lines.index("workloads, in the order they run:")
    return ([line.split()[0] for line in lines[1:at]], [line.split()[0] for line in lines[at + 1:]])


def check_report(report, engines, workloads):
    for workload in workloads + ["fill-settled"]:
        for engine in engines:
            if engine == "lmdb" and workload in NOT_OF_LMDB:
                continue
            measured = report["results"][workload][engine]
            assert measured["ops_per_second"] > 0, (workload, engine, measured)
    settled = report["results"]["fill-settled"]
    for engine in engines:
        assert settled[engine]["disk_bytes"] > 0, (engine, settled)
        assert settled[engine]["anonymous_bytes"] > 0, (engine, settled)


def check_comparison(folder, report):
    """Against a baseline that was faster by far, one workload has regressed; against itself, none."""
    faster = copy.deepcopy(report)
    faster["results"]["readrandom"]["loam"]["ops_per_second"] *= 1e6
    baseline = folder / "faster.json"
    baseline.write_text(json.dumps(faster))
    run = ["--dir", str(folder / "stores"), "--engines", "loam", "--workloads", "readrandom",
           "--rounds", "1", "--tolerance", "0.99999", *KEYS]
    out = bench(*run, "--against", str(baseline), code=3)
    assert "REGRESSED readrandom, loam: ops_per_second" in out, out
    slower = copy.deepcopy(report)
    slower["results"] = {"readrandom": {"loam": {"ops_per_second": 0.001}}}
    baseline.write_text(json.dumps(slower))
    assert "1 results compared, 0 regressed" in bench(*run, "--against", str(baseline))
    baseline.write_text("{}")
    bench(*run, "--against", str(baseline), code=1)


def main():
    kinds, workloads = listed()
    engines = kinds + ["loam:default", "loam:leveldb"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        path = folder / "report.json"
        run = ["--dir", str(folder / "stores"), "--json", str(path), *KEYS]
        out = bench("--quick", "--engines", ",".join(engines), *run)
        for word in kinds + workloads:
            assert word in out, (word, out)
        report = json.loads(path.read_text())
        check_report(report, engines, workloads)
        assert not (folder / "stores").exists()
        bench("--quick", "--engines", "loam", "--threads", "2", *run)
        threaded = json.loads(path.read_text())["results"]
        assert "ycsb-d@2" in threaded and "readseq@2" not in threaded, threaded.keys()
        check_comparison(folder, report)
        bench("--engines", "nosuch", *run, code=1)
        bench("--workloads", "nosuch", *run, code=1)


if __name__ == "__main__":
    main()
