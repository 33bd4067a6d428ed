#!/usr/bin/env python3
"""Debian's plyvel, the real LevelDB behind Python, and the `loam` command on one directory in turn.

LOAM names the command; LOAM_SEED chooses other records."""
import contextlib
import json
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

import plyvel

LOAM = os.environ["LOAM"]
SEED = int(os.environ.get("LOAM_SEED", "20240612"))
STEPS = 4
RECORDS = 3000


def reverse_bytewise(a, b):
    return (a < b) - (a > b)


class Shared(unittest.TestCase):
    """Each test runs the two in turn, on one kind of stack."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="loam-plyvel-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.store = self.folder / "db"
        self.random = random.Random(SEED)
        self.expected = {}

    def loam(self, *arguments, stdin=b""):
        done = subprocess.run([LOAM, "--store", str(self.store), *arguments], input=stdin,
                              capture_output=True, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, 0, f"{arguments}: {done.stderr[-2000:]!r}")
        return done.stdout

    def changes(self):
        """Records to put and keys to delete; some overwrite, some delete what is not there."""
        def key():
            return self.random.choice([
                lambda: self.random.randbytes(self.random.randrange(33)),
                lambda: b"\xff" * self.random.randrange(9),
                lambda: b"key%d" % self.random.randrange(2000)])()
        puts = {key(): self.random.randbytes(self.random.randrange(200)) for _ in range(RECORDS)}
        puts[b""] = self.random.randbytes(3000)
        puts[b"large"] = b"large" * 100_000
        deletes = {key() for _ in range(RECORDS // 4)} - puts.keys()
        self.expected.update(puts)
        for gone in deletes:
            self.expected.pop(gone, None)
        return puts, deletes

    def in_order(self, reverse):
        return [(k, self.expected[k]) for k in sorted(self.expected, reverse=reverse)]

    def write_with_loam(self, stack):
        puts, deletes = self.changes()
        self.loam(*stack, "load", "--hex", "-", stdin=b"".join(
            k.hex().encode() + b"\t" + v.hex().encode() + b"\n" for k, v in puts.items()))
        self.loam("delete", "--hex", "-", stdin=b"".join(
            k.hex().encode() + b"\n" for k in deletes))
        if self.random.random() < 0.5:
            self.loam("compact")

    def check_with_loam(self, reverse):
        def records(*options):
            return [tuple(map(bytes.fromhex, line.split("\t")))
                    for line in self.loam("scan", "--hex", *options).decode().split("\n")[:-1]]
        self.assertEqual(records(), self.in_order(reverse))
        self.assertEqual(records("--reverse"), self.in_order(not reverse))

    def take_turns(self, stack, reverse=False, **options):
        document = self.folder / "stack.json"
        document.write_text(json.dumps({"version": 1, "store": {"format": "leveldb", **stack}}))
        if reverse:
            options.update(comparator=reverse_bytewise, comparator_name=b"loam.reverse_bytewise/1")
        first = ["--stack", str(document)]
        for _ in range(STEPS):
            self.write_with_loam(first)
            first = []  # the directory says what it is
            with contextlib.closing(plyvel.DB(str(self.store), paranoid_checks=True, **options)) as db:
                read = list(db.iterator(verify_checksums=True))
                self.assertEqual(read, self.in_order(reverse))
                self.assertEqual(list(db.iterator(reverse=True)), self.in_order(not reverse))
                for key, value in self.expected.items():
                    self.assertEqual(db.get(key, verify_checksums=True), value)
                puts, deletes = self.changes()
                with db.write_batch(sync=True) as batch:
                    for key, value in puts.items():
                        batch.put(key, value)
                for key in deletes:
                    db.delete(key)
                # plyvel closes with Python's lock held: a compaction that still asks a comparator
                # written in Python would wait for it for ever.
                if reverse or self.random.random() < 0.5:
                    db.compact_range()
            self.check_with_loam(reverse)

    def test_defaults(self):
        self.take_turns({})

    def test_uncompressed_with_filters(self):
        self.take_turns({"default": {"table": {"codec": "none", "filter": {
            "type": "leveldb_bloom", "bits_per_key": 10}}}}, compression=None, bloom_filter_bits=14)

    def test_reverse_order(self):
        self.take_turns({"default": {"comparator": "reverse_bytewise"}}, reverse=True,
                        block_size=1024)

    def test_a_store_that_plyvel_made(self):
        with contextlib.closing(plyvel.DB(str(self.store), create_if_missing=True)) as db:
            puts, _ = self.changes()
            self.expected = puts
            for key, value in puts.items():
                db.put(key, value)
        self.check_with_loam(False)


if __name__ == "__main__":
    unittest.main()
