#!/usr/bin/env python3
"""verify, repair, copy and --read-only, as a person or a script meets them."""
import json
import os
import subprocess
import unittest

from loam_command import LOAM, CommandTest

ZSTD = '{"version": 1, "store": {"default": {"table": {"codec": "zstd"}}}}'
REVERSE = '{"version": 1, "store": {"default": {"comparator": "reverse_bytewise"}}}'


def records(count):
    return b"".join(b"key%05d\tvalue %d %s\n" % (i, i, b"v" * 50) for i in range(count))


class AdminTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.loam("load", "-", stdin=records(5000))
        self.loam("compact")
        self.loam("put", "last", "one")

    def only(self, pattern):
        found = sorted(self.store.glob(pattern))
        self.assertEqual(len(found), 1, found)
        return found[0]

    def flip(self, path, at):
        data = bytearray(path.read_bytes())
        data[at] ^= 0x40
        path.write_bytes(data)

    def contents(self):
        return {f.name: f.read_bytes() for f in self.store.iterdir()
                if f.is_file() and not f.name.startswith("LOG")}

    def table(self):
        return max(self.store.glob("*.ldb"), key=lambda path: path.stat().st_size)


class ReadOnly(AdminTest):
    def test_it_reads_beside_a_writer_and_writes_nothing(self):
        writer = subprocess.Popen([LOAM, "--store", self.store, "load", "-", "--progress", "plain"],
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE)
        try:
            writer.stdin.write(records(10000) + b"held\topen\n")
            writer.stdin.flush()
            self.assertEqual(writer.stderr.readline(), b"loaded 10000\n")  # the store is open
            self.loam("get", "last", expect=4)
            held = self.contents()
            self.assertEqual(self.loam("--read-only", "get", "last"), b"one\n")
            self.assertEqual(self.loam("--read-only", "scan").count(b"\n"), 10001)
            self.assertEqual(self.contents(), held)
        finally:
            writer.communicate()
        self.loam("--read-only", "put", "last", "two", expect=2)
        self.loam("--read-only", "compact", expect=2)
        self.assertEqual(self.loam("get", "last"), b"one\n")

    def test_a_copy_leaves_its_source_alone(self):
        before = self.contents()
        self.run_loam("copy", self.store, self.folder / "other", "--stack", self.file("s", ZSTD))
        self.assertEqual(self.contents(), before)


class Verify(AdminTest):
    def test_a_whole_store(self):
        before = self.contents()
        text = self.loam("verify")
        self.assertTrue(text.startswith(b"clean: "), text)
        summary = json.loads(self.loam("verify", "--json").splitlines()[-1])
        self.assertEqual((summary["kind"], summary["clean"], summary["damage"]),
                         ("summary", True, 0))
        self.assertEqual(self.contents(), before)

    def test_damage_is_named_and_the_exit_code_says_so(self):
        table = self.table()
        self.flip(table, 100)
        self.flip(self.only("*.log"), 30)
        done = subprocess.run([LOAM, "--store", self.store, "verify", "--json"],
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 3)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        damage = [row for row in rows if row["kind"] == "damage"]
        self.assertIn(table.name, [row["file"] for row in damage])
        self.assertIn(0, [row.get("offset") for row in damage])
        self.assertFalse(rows[-1]["clean"])
        done = subprocess.run([LOAM, "--store", self.store, "verify"], capture_output=True,
                              check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"damage: %s at 0: block at 0: checksum " % os.fsencode(table.name),
                      done.stdout)

    def test_left_over_files_are_listed(self):
        (self.store / "900000.ldb").write_bytes(b"left over")
        self.assertIn(b"unreferenced: 900000.ldb\n", self.loam("verify"))

    def test_progress(self):
        done = self.run_loam("--store", self.store, "verify", "--progress", "plain")
        self.assertIn(b"verifying 100 %", done.stderr)
        done = self.run_loam("--store", self.store, "verify", "--progress", "bar")
        self.assertIn(b"100 %", done.stderr)
        self.assertEqual(self.run_loam("--store", self.store, "verify").stderr, b"")

    def test_no_store(self):
        self.run_loam("--store", self.folder / "absent", "verify", expect=3)
        self.run_loam("verify", expect=2)
        self.assertFalse((self.folder / "absent").exists())


class Repair(AdminTest):
    def test_nothing_to_repair(self):
        before = self.contents()
        self.assertEqual(self.loam("repair", "--yes"), b"nothing to repair\n")
        self.assertEqual(self.contents(), before)

    def test_it_wants_a_yes(self):
        (self.store / "CURRENT").unlink()
        self.loam("repair", expect=2)
        self.assertFalse((self.store / "CURRENT").exists())

    def test_without_current_and_manifest(self):
        wanted = self.loam("scan")
        (self.store / "CURRENT").unlink()
        self.only("MANIFEST-*").unlink()
        self.loam("get", "last", expect=3)
        text = self.loam("repair", "--yes")
        self.assertIn(b"damage: CURRENT: the file is missing\n", text)
        self.assertIn(b"repaired: ", text)
        self.assertTrue(self.loam("verify").startswith(b"clean: "))
        self.assertEqual(self.loam("repair", "--yes"), b"nothing to repair\n")
        self.assertEqual(self.loam("scan"), wanted)

    def test_a_bad_block(self):
        wanted = self.loam("scan").splitlines()
        table = self.table()
        bad = table.read_bytes()
        self.flip(table, 100)
        bad = table.read_bytes()
        rows = [json.loads(line)
                for line in self.loam("repair", "--yes", "--json").splitlines()]
        self.assertIn({"kind": "moved", "file": table.name}, rows)
        self.assertEqual(rows[-1]["kind"], "summary")
        self.assertGreater(rows[-1]["entries_salvaged"], 0)
        self.assertEqual((self.store / "lost" / table.name).read_bytes(), bad)
        found = self.loam("scan").splitlines()
        self.assertLess(len(found), len(wanted))
        self.assertGreater(len(found), len(wanted) // 2)
        self.assertLessEqual(set(found), set(wanted))
        self.assertEqual(self.loam("get", "last"), b"one\n")


class Copy(AdminTest):
    def copy(self, *arguments, **more):
        return self.run_loam("copy", self.store, self.folder / "copy", *arguments, **more)

    def in_copy(self, *arguments):
        return self.run_loam("--store", self.folder / "copy", *arguments).stdout

    def test_into_another_stack(self):
        wanted = self.loam("scan")
        done = self.copy("--stack", self.file("zstd.json", ZSTD), "--compact")
        self.assertTrue(done.stdout.startswith(b"copied 5001 records, "), done.stdout)
        self.assertEqual(self.in_copy("scan"), wanted)
        self.assertIn(b"loam.zstd/1", self.in_copy("info"))
        self.assertTrue(self.in_copy("verify").startswith(b"clean: "))
        self.assertEqual(self.loam("scan"), wanted)

    def test_into_another_order_and_back(self):
        wanted = self.loam("scan")
        self.copy("--stack", self.file("reverse.json", REVERSE))
        self.assertEqual(self.in_copy("scan").splitlines(), wanted.splitlines()[::-1])
        back = self.folder / "back"
        self.run_loam("copy", self.folder / "copy", back, "--stack",
                      self.file("plain.json", '{"version": 1}'))
        self.assertEqual(self.run_loam("--store", back, "scan").stdout, wanted)

    def test_into_leveldbs_format_and_back(self):
        wanted = self.loam("scan")
        self.copy("--stack", self.file("leveldb.json",
                                       '{"version": 1, "store": {"format": "leveldb"}}'))
        self.assertEqual(self.in_copy("scan"), wanted)
        for verb in (["verify"], ["repair", "--yes"]):
            self.run_loam("--store", self.folder / "copy", *verb)
            self.assertEqual(self.in_copy("scan"), wanted)
        back = self.folder / "back"
        self.run_loam("copy", self.folder / "copy", back, "--stack",
                      self.file("plain.json", '{"version": 1}'))
        self.assertEqual(self.run_loam("--store", back, "scan").stdout, wanted)
        self.assertTrue(self.run_loam("--store", back, "verify").stdout.startswith(b"clean: "))

    def test_leveldbs_format_is_known_without_stack_and_current(self):
        wanted = self.loam("scan")
        self.copy("--stack", self.file("leveldb.json",
                                       '{"version": 1, "store": {"format": "leveldb"}}'))
        for name in ("CURRENT", "STACK", "STACK.full"):
            (self.folder / "copy" / name).unlink()
        self.run_loam("--store", self.folder / "copy", "repair", "--yes")
        self.assertEqual(self.in_copy("scan"), wanted)
        (self.folder / "copy" / "CURRENT").unlink()
        self.run_loam("--store", self.folder / "copy", "destroy", "--yes")
        left = [path.name for path in (self.folder / "copy").iterdir()]
        self.assertEqual(left, ["lost"])

    def test_a_store_that_is_there_is_refused_and_stays(self):
        self.run_loam("--store", self.folder / "copy", "put", "mine", "1")
        self.copy(expect=2)
        self.assertEqual(self.in_copy("scan"), b"mine\t1\n")
        self.run_loam("copy", self.folder / "absent", self.folder / "new", expect=3)
        self.assertFalse((self.folder / "new").exists())

    def test_a_failed_copy_leaves_nothing(self):
        self.flip(self.table(), 100)
        done = self.copy(expect=3)
        self.assertIn(b"was removed", done.stderr)
        self.assertFalse((self.folder / "copy").exists())

    def test_progress(self):
        done = self.copy("--progress", "plain")
        self.assertIn(b"copying 100 %", done.stderr)
        self.assertIn(b"5001 records", done.stderr)


class Destroy(AdminTest):
    def test_a_foreign_directory_is_left_alone(self):
        place = self.folder / "other"
        place.mkdir()
        (place / "notes.txt").write_text("mine")
        self.run_loam("--store", place, "destroy", "--yes")
        self.assertEqual([f.name for f in place.iterdir()], ["notes.txt"])

    def test_what_a_repair_set_aside_stays(self):
        self.flip(self.table(), 100)
        self.loam("repair", "--yes")
        self.loam("destroy", "--yes")
        self.assertEqual([f.name for f in self.store.iterdir()], ["lost"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
