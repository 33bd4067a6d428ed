#!/usr/bin/env python3
"""`loam inspect` over the files of stores: Loam's own, and LevelDB's as the real LevelDB writes them."""
import contextlib
import json
import subprocess
import unittest

import plyvel

from loam_command import LOAM, CommandTest


class Inspect(CommandTest):
    def inspect(self, kind, file, *arguments, expect=0):
        """The lines of `--json`, and the sum that is the last one."""
        done = self.run_loam("inspect", kind, file, "--json", *arguments, expect=expect)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(lines[-1]["what"], "sum")
        self.assertEqual((lines[-1]["kind"], lines[-1]["damages"] > 0), (kind, expect == 3))
        return lines[:-1], lines[-1]

    def one(self, pattern, folder=None):
        file, = (folder or self.store).glob(pattern)
        return file

    def fields(self, groups, name):
        """Values of all fields of a name, wherever they lie."""
        found = []
        for group in groups:
            found += [field["value"] for field in group.get("fields", []) if field["name"] == name]
            found += self.fields(group.get("groups", []), name)
        return found

    def of_role(self, groups, what):
        found = []
        for group in groups:
            found += [group] if group["what"] == what else []
            found += self.of_role(group.get("groups", []), what)
        return found

    def entries(self, lines):
        """Labels of entries in data blocks."""
        return [entry["label"] for block in lines if block["what"] == "data block"
                for entry in self.of_role([block], "entry")]


class OwnFormat(Inspect):
    def setUp(self):
        super().setUp()
        self.loam("exec", "-", stdin=b"".join(b"put key%04d %0120d\n" % (i, i) for i in range(900)) +
                  b"flush\nput cherry red\ndelete key0007\nput \\xff\\x00 \\xfe\n")

    def test_wal(self):
        lines, end = self.inspect("wal", self.one("*.log"))
        self.assertEqual(end["format"], "loam")
        self.assertEqual(self.fields(lines, "log number"), [3, 3, 3, 3])
        entries = self.of_role(lines, "entry")
        self.assertEqual([entry["label"] for entry in entries], ["put", "delete", "put"])
        self.assertEqual(entries[0]["fields"][0]["meaning"], "put, sequence 901")
        last = {field["name"]: field for field in entries[2]["fields"]}
        self.assertEqual((last["key"]["value_hex"], last["value"]["value_hex"]), ("ff00", "fe"))
        data = self.one("*.log").read_bytes()
        self.assertEqual(data[last["key"]["offset"]:][:2], b"\xff\x00")

    def test_table(self):
        lines, end = self.inspect("table", self.one("*.ldb"))
        self.assertEqual(end["format"], "loam")
        self.assertEqual(self.entries(lines), [f"key{i:04}" for i in range(900)])
        self.assertEqual([line["what"] for line in lines][-4:],
                         ["filter block", "index block", "properties block", "footer"])
        self.assertEqual(self.fields(lines, "entries"), [900])
        data = self.one("*.ldb").read_bytes()
        footer = {field["name"]: field for field in lines[-1]["fields"]}
        self.assertEqual(footer["file size"]["value"], len(data))
        self.assertEqual(data[footer["magic"]["offset"]:], b"\x89LoamT\r\n")
        self.assertEqual(footer["magic"]["value"], "0a0d546d616f4c89")

    def test_manifest(self):
        lines, _ = self.inspect("manifest", self.one("MANIFEST-*"))
        self.assertEqual(self.fields(lines, "format version"), [0])
        self.assertIn("loam.bytewise/1", self.fields(lines, "comparator"))
        self.assertIn("key0899", self.fields(lines, "user key"))
        self.assertNotIn("unknown", [field["label"] for field in self.of_role(lines, "field")])

    def test_batch(self):
        batch = (b"\x01\x01" + (7).to_bytes(8, "little") + (2).to_bytes(4, "little") +
                 b"\x01\x01k\x02vw" + b"\x00\x01d")
        lines, end = self.inspect("batch", self.file("batch", batch))
        self.assertEqual((end["format"], self.fields(lines, "key")), ("loam", ["k", "d"]))
        self.inspect("batch", self.file("cut", batch[:-1]), expect=3)

    def test_damage_is_shown_where_it_lies_and_ends_nothing(self):
        file = self.one("*.ldb")
        whole, _ = self.inspect("table", file)
        data = bytearray(file.read_bytes())
        second = whole[1]
        data[second["offset"] + 9] ^= 1
        damaged = self.file("damaged.ldb", bytes(data))
        lines, end = self.inspect("table", damaged, expect=3)
        self.assertEqual((end["damages"], len(lines)), (1, len(whole)))
        self.assertEqual(lines[1]["damages"][0]["offset"], second["offset"])
        self.assertEqual(set(self.entries(whole)) - set(self.entries(lines)),
                         set(entry["label"] for entry in self.of_role([second], "entry")))
        done = self.run_loam("inspect", "table", damaged, expect=3)
        self.assertIn(b"damaged.ldb: 1 damages, the first at %d: checksum" % second["offset"],
                      done.stderr)
        self.assertRegex(done.stdout.decode(), rf"(?m)^ +{second['offset']} +DAMAGE checksum ")

    def test_from(self):
        lines, _ = self.inspect("wal", self.one("*.log"), "--from", "50")
        self.assertEqual([line["what"] for line in lines], ["remark", "record", "record"])
        whole, _ = self.inspect("table", self.one("*.ldb"))
        lines, _ = self.inspect("table", self.one("*.ldb"), "--from", str(whole[2]["offset"]))
        self.assertEqual(lines, whole[2:])

    def test_text(self):
        text = self.run_loam("inspect", "wal", self.one("*.log")).stdout.decode()
        self.assertRegex(text, r"(?m)^ +\d+ +key +\"cherry\"$")
        self.assertTrue(text.endswith("wal of format loam, nothing damaged\n"), text[-100:])
        text = self.run_loam("inspect", "wal", "--hex", self.one("*.log")).stdout.decode()
        self.assertRegex(text, r"(?m)^ +\d+ +key +ff00$")
        text = self.run_loam("inspect", "table", self.one("*.ldb")).stdout.decode()
        self.assertRegex(text, r"(?m)^ +\+\d+ +value +\"0{64}\"\.\.\. of 120 bytes$")

    def test_a_missing_codec_is_named_and_the_listing_goes_on(self):
        program = self.folder / "alone" / "bin" / "loam"
        plugins = program.parent.parent / "lib" / "loam" / "plugins" / "abi1"
        plugins.mkdir(parents=True)
        program.parent.mkdir()
        program.write_bytes(LOAM.read_bytes())
        program.chmod(0o755)
        place = LOAM.parent.parent / "lib" / "loam" / "plugins" / "abi1"
        (plugins / "posix.loam.so").write_bytes((place / "posix.loam.so").read_bytes())
        done = subprocess.run([program, "inspect", "table", "--json", self.one("*.ldb")],
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        remarks = [remark["says"] for line in lines for remark in line.get("remarks", [])]
        self.assertEqual(len(remarks), 1)
        self.assertIn('codec "loam.lz4/1"', remarks[0])
        whole, _ = self.inspect("table", self.one("*.ldb"))
        blocks = [line for line in lines if line["what"] == "data block"]
        self.assertEqual(self.fields(blocks, "raw size"), self.fields(
            [line for line in whole if line["what"] == "data block"], "raw size"))

    def test_usage_and_absent_files(self):
        self.run_loam("inspect", expect=2)
        self.run_loam("inspect", "wal", expect=2)
        self.run_loam("inspect", "wal", self.one("*.log"), "--from", "x", expect=2)
        done = self.run_loam("inspect", "wal", self.folder / "absent.log", expect=3)
        self.assertIn(b"absent.log", done.stderr)
        self.inspect("table", self.one("*.log"), expect=3)
        self.inspect("wal", self.one("*.ldb"), expect=3)
        self.assertEqual(self.inspect("wal", self.file("empty", b""))[0][0]["says"], "an empty file")


class LevelDb(Inspect):
    """Against files of the real LevelDB."""

    def make(self, compression):
        folder = self.folder / f"level-{compression}"
        options = {"create_if_missing": True, "compression": compression, "bloom_filter_bits": 10}
        with contextlib.closing(plyvel.DB(str(folder), **options)) as store:
            for i in range(2000):
                store.put(b"key%05d" % i, b"%0100d" % i)
        # A second session turns the log into a table, and writes a new one.
        with contextlib.closing(plyvel.DB(str(folder), **options)) as store:
            store.put(b"apple", b"red" * 20_000)
            store.delete(b"key00003")
        return folder

    def test_all_files(self):
        for compression in (None, "snappy"):
            folder = self.make(compression)
            logs = sorted(folder.glob("*.log"))
            lines, end = self.inspect("wal", logs[-1])
            self.assertEqual((end["format"], self.fields(lines, "key")),
                             ("leveldb", ["apple", "key00003"]))
            self.assertEqual([fragment["label"] for fragment in self.of_role(lines, "fragment")],
                             ["FIRST", "LAST", "FULL"])
            tables = sorted(folder.glob("*.ldb"))
            keys = []
            for table in tables:
                lines, end = self.inspect("table", table)
                self.assertEqual(end["format"], "leveldb")
                keys += self.entries(lines)
                self.assertEqual([line["what"] for line in lines][-4:],
                                 ["filter block", "metaindex block", "index block", "footer"])
                self.assertIn("filter.leveldb.BuiltinBloomFilter2",
                              [entry["label"] for entry in self.of_role(lines, "entry")])
            self.assertEqual(keys, [f"key{i:05}" for i in range(2000)])
            lines, end = self.inspect("manifest", self.one("MANIFEST-*", folder))
            self.assertEqual(end["format"], "leveldb")
            self.assertEqual(set(self.fields(lines, "comparator")), {"leveldb.BytewiseComparator"})
            self.assertIn(tables[0].stat().st_size, self.fields(lines, "file size"))

    def test_damage(self):
        file = sorted(self.make("snappy").glob("*.ldb"))[0]
        data = bytearray(file.read_bytes())
        data[100] ^= 1
        lines, end = self.inspect("table", self.file("damaged.ldb", bytes(data)), expect=3)
        self.assertEqual((end["damages"], lines[0]["damages"][0]["offset"]), (1, 0))
        self.assertGreater(len(self.entries(lines)), 1000)
        whole = sum(line["what"] == "data block" for line in self.inspect("table", file)[0])
        data[100] ^= 1
        lines, end = self.inspect("table", self.file("footless.ldb", bytes(data[:-48])), expect=3)
        self.assertEqual(end["format"], "loam", "nothing is left that tells whose it is")
        index = [line for line in self.inspect("table", file)[0] if line["what"] == "index block"]
        data[index[0]["offset"] + 3] ^= 1
        lines, _ = self.inspect("table", self.file("unindexed.ldb", bytes(data)), expect=3)
        self.assertEqual(sum(line["what"] == "block" for line in lines), whole)


if __name__ == "__main__":
    unittest.main(verbosity=1)
