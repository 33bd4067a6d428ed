#!/usr/bin/env python3
"""Every stack of config/stacks: it explains itself, it is good, a store lives on it, and what it promises
is so. What to check is read off the stack (its order, its levels, its format), never off a list of names."""
import json
import os
import pathlib
import random
import re
import time
import unittest

from config_schema_test import plain
from loam_command import CommandTest

STACKS = pathlib.Path(os.environ["LOAM_STACKS"])
ROOT = STACKS.parent.parent
SEED = int(os.environ.get("LOAM_SEED", "20240612"))
RECORDS = 4000
# Small, so that some thousand records make tables on several levels; for what is asked of levels.
SMALL = {"/store/default/write_buffer_size": "64KiB",
         "/store/default/compaction/target_file_size_base": "64KiB",
         "/store/default/compaction/max_bytes_for_level_base": "128KiB",
         "/store/default/compaction/max_bytes_for_level_multiplier": "2"}


def stamp(days):
    """That many days ago, as values hold it for the compaction filter ttl."""
    return (time.time_ns() // 1000 - days * 86_400_000_000).to_bytes(8, "little")


def stack_files():
    return sorted(STACKS.glob("*.json"))
# The name within "loam.zstd/1" and the like.
NAMES = re.compile(r"^(?:loam\.)?([a-z0-9_ ]+)(?:/.*)?$")


class Stacks(CommandTest):
    def setUp(self):
        super().setUp()
        os.environ["LOAM_KEY"] = "5e" * 32
        self.random = random.Random(SEED)
        print(f"LOAM_SEED={SEED}")

    def each(self):
        """A fresh folder for each stack, and the document."""
        for file in stack_files():
            self.store = self.folder / file.stem
            yield file, plain(file.read_text())

    def records(self, suffix=b""):
        """Distinct keys of any bytes, values that compress and some that do not."""
        keys = {self.random.randbytes(self.random.randint(1, 24)) for _ in range(RECORDS)}
        return {key: self.random.choice([b"value of %d " % i * self.random.randint(1, 20),
                                         self.random.randbytes(self.random.randint(0, 200))]) + suffix
                for i, key in enumerate(sorted(keys))}

    @staticmethod
    def tsv(records):
        return b"".join(b"%s\t%s\n" % (k.hex().encode(), v.hex().encode()) for k, v in records.items())

    @staticmethod
    def component(document, kind, written):
        """The object that a word, a reference or an object comes to."""
        while isinstance(written, str) and written.startswith("@"):
            written = document["components"][kind][written[1:]]
        return {"type": written} if isinstance(written, str) else written

    def option(self, document, name, default):
        """The component that the key space uses as its `name`."""
        return self.component(document, name, document["store"]["default"].get(name, default))

    def file_system(self, document):
        return self.component(document, "file_system", document["store"].get("file_system", "posix"))

    def is_volatile(self, document):
        return self.file_system(document)["type"] == "memory"

    def is_reversed(self, document):
        return self.option(document, "comparator", "bytewise")["type"] == "reverse_bytewise"

    def is_expiring(self, document):
        return self.option(document, "compaction_filter", "none")["type"] == "ttl"

    def in_order(self, records, document):
        return self.tsv(dict(sorted(records.items(), reverse=self.is_reversed(document))))

    # --- what the files say --------------------------------------------------------------------

    def test_there_are_a_dozen(self):
        self.assertGreaterEqual(len(stack_files()), 12)

    def test_each_begins_with_when_to_choose_it(self):
        for file in stack_files():
            lines = file.read_text().splitlines()
            head = [line for line in lines[:lines.index("{")] if line.startswith("//")]
            self.assertGreaterEqual(len(head), 2, file)
            self.assertEqual(head, lines[:len(head)], f"{file} begins with its explanation")
            comments = sum("//" in line for line in lines[len(head):])
            options = sum(bool(re.search(r'^\s*"[a-z_0-9]+": [^{\[]', line)) for line in lines)
            self.assertGreaterEqual(3 * comments, options, f"{file} explains what it sets")

    def test_the_documents_list_exactly_these(self):
        names = {file.stem for file in stack_files()}
        table = (ROOT / "docs" / "configuration.md").read_text().split("<!-- stacks -->")
        self.assertEqual(len(table), 3, "docs/configuration.md holds the table between two marks")
        listed = re.findall(r"^\| \[`([a-z-]+)`\]\(\.\./config/stacks/([a-z-]+)\.json\) \|", table[1], re.M)
        self.assertEqual(sorted(name for name, _ in listed), sorted(names))
        for name, target in listed:
            self.assertEqual(name, target)
        readme = (ROOT / "README.md").read_text()
        self.assertEqual(set(re.findall(r"config/stacks/([a-z-]+)\.json", readme)), names)

    # --- stores --------------------------------------------------------------------------------

    def test_a_store_lives_on_each(self):
        for file, document in self.each():
            with self.subTest(stack=file.stem):
                self.run_loam("config", "check", file)
                records = self.records(stamp(0) if self.is_expiring(document) else b"")
                data = self.file("data.tsv", self.tsv(records))
                gone = self.random.sample(sorted(records), 100)
                if self.is_volatile(document):
                    self.one_process(file, data, records, gone, document)
                    continue
                stack = ("--stack", file, "--hex")
                self.loam(*stack, "load", data)
                self.loam(*stack, "flush")
                self.loam("--hex", "delete", "-", stdin=b"".join(k.hex().encode() + b"\n" for k in gone))
                for key in gone:
                    del records[key]
                wanted = self.in_order(records, document)
                self.assertEqual(self.loam("--hex", "scan"), wanted)  # by the stack it remembers
                self.loam("compact")
                self.assertEqual(self.loam(*stack, "scan"), wanted)
                backward = b"".join(wanted.splitlines(keepends=True)[::-1])
                self.assertEqual(self.loam("--hex", "scan", "--reverse"), backward)
                gets = b"".join(b"get %s\n" % key.hex().encode() for key in records)
                self.assertEqual(self.loam("--hex", "exec", "-", stdin=gets), self.tsv(records))
                self.loam("verify")

    def one_process(self, file, data, records, gone, document):
        script = [b"load %s\n" % os.fsencode(data), b"flush\n"]
        script += [b"delete %s\n" % key.hex().encode() for key in gone]
        script += [b"compact\n", b"scan\n"]
        for key in gone:
            del records[key]
        out = self.run_loam("--stack", file, "--hex", "exec", "-", stdin=b"".join(script)).stdout
        lines = out.splitlines(keepends=True)
        self.assertEqual(b"".join(lines[-len(records):]), self.in_order(records, document))

    # --- promises ------------------------------------------------------------------------------

    def wanted_at(self, document, level, what):
        """The type of the codec or filter that tables of a level should have; None: the default's."""
        space = document["store"]["default"]
        levels = space.get("levels", [])
        entry = levels[min(level, len(levels) - 1)] if levels else {}
        written = entry.get(what, space.get("table", {}).get(what))
        return written and self.component(document, what, written)["type"]

    def test_tables_of_each_level_are_packed_as_it_says(self):
        for file, document in self.each():
            with self.subTest(stack=file.stem):
                if self.is_volatile(document):
                    continue
                sets = [word for pointer, value in SMALL.items() for word in ("--set", f"{pointer}={value}")]
                for _ in range(4):
                    records = {key: b"value %08d " % i * 16 for i, key in enumerate(self.records())}
                    self.loam("--stack", file, *sets, "--hex", "load", "-", stdin=self.tsv(records))
                    self.loam("--stack", file, *sets, "flush")
                self.loam("--stack", file, *sets, "compact")
                self.loam("--stack", file, *sets, "--hex", "load", "-", stdin=self.tsv(self.records()))
                self.loam("--stack", file, *sets, "flush")
                levels = [one for one in json.loads(self.loam("info", "--json"))["levels"] if one["files"]]
                self.assertGreaterEqual(len(levels), 2)
                for one in levels:
                    for what in ("codec", "filter"):
                        wanted = self.wanted_at(document, one["level"], what)
                        if document["store"].get("format") == "leveldb":
                            wanted = "not recorded"
                        if wanted:
                            self.assertEqual([NAMES.sub(r"\1", name) for name in one[what + "s"]], [wanted])

    def test_nothing_encrypted_can_be_read_on_the_disk(self):
        found = 0
        for file, document in self.each():
            with self.subTest(stack=file.stem):
                if self.file_system(document)["type"] != "encrypted":
                    continue
                found += 1
                secrets = {b"key %04d of one" % i: b"a value that nobody may read" for i in range(500)}
                self.loam("--stack", file, "--hex", "load", "-", stdin=self.tsv(secrets))
                self.loam("compact")
                self.loam("put", "key 9999 of one", "a value that nobody may read")
                for path in self.store.rglob("*"):
                    contents = path.read_bytes() if path.is_file() else b""
                    for text in (b"nobody may", b"0042 of one", b"9999 of one"):
                        self.assertNotIn(text, contents, path)
                # And not without its key.
                wrong = {"LOAM_KEY": "a0" * 32}
                done = self.run_loam("--store", self.store, "get", "key 9999 of one", expect=3, environment=wrong)
                self.assertIn(b"wrong key", done.stderr)
        self.assertGreater(found, 0)

    def test_records_that_look_alike_are_packed_with_dictionaries(self):
        found = 0
        for file, document in self.each():
            with self.subTest(stack=file.stem):
                named = [(name, codec) for name, codec in document.get("components", {}).get("codec", {}).items()
                         if isinstance(codec, dict) and codec.get("dictionary", 0) != 0]
                if not named:
                    continue
                found += 1
                lines = [(b"user%08d" % i, json.dumps({
                    "id": self.random.getrandbits(40), "event": self.random.choice(["view", "buy", "search"]),
                    "city": self.random.choice(["Lima", "Oslo", "Pune", "Lagos"]), "ok": self.random.random() < 0.9,
                    "session": f"s-{self.random.getrandbits(50)}", "duration_ms": self.random.randrange(10_000),
                    "referrer": None}).encode()) for i in range(20_000)]
                sizes = {}
                for without in (False, True):
                    self.store = self.folder / f"{file.stem}-{without}"
                    sets = [word for name, _ in named if without
                            for word in ("--set", f"/components/codec/{name}/dictionary=0")]
                    stack = ("--stack", file, *sets)
                    self.loam(*stack, "--hex", "load", "-", stdin=self.tsv(dict(lines)))
                    self.loam(*stack, "compact")
                    self.assertEqual(self.loam("--hex", "scan"), self.tsv(dict(lines)))
                    self.loam("verify")
                    tables = list(self.store.glob("*.ldb"))
                    sizes[without] = sum(table.stat().st_size for table in tables)
                    listed = b"".join(self.run_loam("inspect", "table", table).stdout for table in tables)
                    self.assertEqual(b"dictionary block" in listed, not without)
                self.assertLess(sizes[False], 0.9 * sizes[True])
        self.assertGreater(found, 0)

    def test_reverse_order_gives_the_newest_first(self):
        found = 0
        for file, document in self.each():
            with self.subTest(stack=file.stem):
                if not self.is_reversed(document):
                    continue
                found += 1
                feed = {b"%08d" % i: b"entry" for i in range(1000)}
                self.loam("--stack", file, "--hex", "load", "-", stdin=self.tsv(feed))
                newest = self.loam("scan", "--limit", "3").splitlines()
                self.assertEqual([line.split(b"\t")[0] for line in newest],
                                 [b"00000999", b"00000998", b"00000997"])
        self.assertGreater(found, 0)

    def test_what_is_too_old_goes(self):
        found = 0
        for file, document in self.each():
            with self.subTest(stack=file.stem):
                if not self.is_expiring(document):
                    continue
                found += 1
                old = {b"old%04d" % i: b"v" + stamp(31) for i in range(1000)}
                young = {b"young%04d" % i: b"v" + stamp(29) for i in range(1000)}
                self.loam("--stack", file, "--hex", "load", "-", stdin=self.tsv({**old, **young}))
                self.loam("compact")
                self.assertEqual(self.loam("--hex", "scan"), self.tsv(young))
        self.assertGreater(found, 0)

    def test_leveldb_reads_what_is_in_its_format(self):
        import plyvel  # pylint: disable=import-outside-toplevel
        found = 0
        for file, document in self.each():
            with self.subTest(stack=file.stem):
                if document["store"].get("format") != "leveldb":
                    continue
                found += 1
                records = self.records()
                self.loam("--stack", file, "--hex", "load", "-", stdin=self.tsv(records))
                db = plyvel.DB(str(self.store))
                self.assertEqual(list(db), sorted(records.items()))
                db.put(b"of LevelDB", b"itself")
                db.close()
                self.assertEqual(self.loam("get", "of LevelDB"), b"itself\n")
        self.assertGreater(found, 0)

    def test_a_power_cut_takes_nothing_that_was_acknowledged(self):
        found = 0
        for file, document in self.each():
            with self.subTest(stack=file.stem):
                if "cut_operation" not in self.file_system(document):
                    continue
                found += 1
                for cut in self.random.sample(range(40, 400), 8):
                    self.store = self.folder / f"cut{cut}"
                    script = b"".join(b"put %08d %d\n" % (i, i) for i in range(1000))
                    done = self.run_loam("--stack", file, "--store", self.store, "exec", "-", stdin=script, expect=3,
                                         environment={"LOAM_CUT": str(cut), "LOAM_CUT_SEED": str(cut)})
                    # The line of the script that was not acknowledged; none: the store was still being made.
                    line = re.search(rb":(\d+)", done.stderr)
                    acknowledged = int(line.group(1)) - 1 if line else 0
                    back = self.loam("--stack", file, "scan").splitlines()
                    self.assertGreaterEqual(len(back), acknowledged)
                    self.assertEqual(back, [b"%08d\t%d" % (i, i) for i in range(len(back))])
        self.assertGreater(found, 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
