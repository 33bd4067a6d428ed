#!/usr/bin/env python3
"""A million random binary keys of 1 to 64 bytes through the command: gets, forward and backward scans
and a sorted map agree after load, after a kill, after compaction, and after reopening."""
import os
import random
import signal
import subprocess
import unittest

from loam_command import LOAM, CommandTest

COUNT = 1_000_000


class MillionKeys(CommandTest):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("LOAM_SEED", "20240612"))
        print(f"LOAM_SEED={seed}")
        source = random.Random(seed)
        self.order = [source.randbytes(source.randint(1, 64)) for _ in range(COUNT)]
        # Short keys repeat: the last value wins.
        self.lines = [b"%s\t%08x\n" % (key.hex().encode(), i) for i, key in enumerate(self.order)]
        self.data = self.file("data.tsv", b"".join(self.lines))
        self.source = source

    def expected(self, count):
        state = dict(zip(self.order[:count], self.lines[:count]))
        return [state[key] for key in sorted(state)]

    def hex_loam(self, *arguments, **more):
        return self.loam("--hex", "--set", "/store/default/write_buffer_size=4MiB", *arguments, **more)

    def compare(self, wanted):
        self.assertEqual(self.hex_loam("scan").splitlines(keepends=True), wanted)
        self.assertEqual(self.hex_loam("scan", "--reverse").splitlines(keepends=True), wanted[::-1])
        sample = self.source.sample(wanted, 200_000)
        absent = [b"%s00\n" % line.split(b"\t")[0] for line in sample[:1000]]
        known = {line.split(b"\t")[0] for line in wanted}
        gets = [b"get " + line.split(b"\t")[0] + b"\n" for line in sample]
        gets += [b"get " + key for key in absent if key.strip() not in known]
        out = self.hex_loam("exec", self.file("gets", b"".join(gets)), expect=1)
        self.assertEqual(out.splitlines(keepends=True),
                         sample + [key for key in absent if key.strip() not in known])

    def test_everything_agrees(self):
        load = subprocess.Popen([LOAM, "--store", self.store, "--hex", "--set",
                                 "/store/default/write_buffer_size=4MiB", "load", self.data,
                                 "--progress", "plain"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(load.stderr.close)
        acknowledged = 0
        for line in load.stderr:
            acknowledged = int(line.split()[1])
            if acknowledged >= COUNT // 2:
                load.send_signal(signal.SIGKILL)
                break
        acknowledged = max([acknowledged] + [int(line.split()[1]) for line in load.stderr])
        self.assertEqual(load.wait(), -signal.SIGKILL)
        survived = self.check_prefix(acknowledged)
        self.hex_loam("load", "-", stdin=b"".join(self.lines[survived:]))
        wanted = self.expected(COUNT)
        self.compare(wanted)
        self.hex_loam("compact")
        self.compare(wanted)

    def check_prefix(self, acknowledged):
        found = self.hex_loam("scan").splitlines(keepends=True)
        # Values are positions: the largest one is the last record that survived.
        survived = max(int(line.split(b"\t")[1], 16) for line in found) + 1
        self.assertGreaterEqual(survived, acknowledged)
        self.assertEqual(found, self.expected(survived))
        return survived


if __name__ == "__main__":
    unittest.main(verbosity=1)
