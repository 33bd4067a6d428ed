#!/usr/bin/env python3
"""`loam config new` and `loam config import`: what they write is good, says why, and overwrites nothing."""
import json
import os
import pathlib
import re
import unittest

from loam_command import CommandTest

OPTIONS = pathlib.Path(os.environ["LOAM_STACKS"]).parent / "testdata" / "rocksdb"
PROFILES = ("balanced", "write-heavy", "read-mostly", "low-memory", "small-on-disk", "in-memory", "time-series")


def size_of(text):
    """Bytes of a size as a stack writes it."""
    digits = text.rstrip("KMGTiB")
    power = {"": 0, "B": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4}[text[len(digits):]]
    return int(digits) * 1024 ** power


class ConfigAuthor(CommandTest):
    def values(self, stack):
        """Option to value, of a stack file that must be good."""
        self.run_loam("config", "check", stack)
        lines = self.run_loam("config", "explain", stack, "--json").stdout.splitlines()
        return {line["option"]: line["value"] for line in map(json.loads, lines)}


class New(ConfigAuthor):
    def test_every_profile_is_good_at_every_size(self):
        for profile in PROFILES:
            for memory in ("8MiB", "16MiB", "100MB", "256MiB", "2GiB", "77GiB", "64TiB"):
                stack = self.folder / f"{profile}-{memory}.json"
                self.run_loam("config", "new", "--profile", profile, "--memory", memory, "--output", stack)
                values = self.values(stack)
                memtables = (size_of(values["/store/default/write_buffer_size"])
                             * values["/store/default/max_write_buffer_number"])
                cache = size_of(values["/store/block_cache"])
                whole = 100 * 10 ** 6 if memory == "100MB" else size_of(memory)
                self.assertLess(memtables + cache, whole, stack)
                if whole <= 1 << 31:  # above, memtables stop to grow
                    self.assertGreater(memtables + cache, whole / 3, stack)
                self.assertGreater(memtables, whole / 1e5, stack)

    def test_profiles_differ_where_their_names_say(self):
        of = {}
        for profile in PROFILES:
            of[profile] = self.values(self.file(f"{profile}.json", self.run_loam(
                "config", "new", "--profile", profile, "--memory", "1GiB").stdout))
        buffer = {name: size_of(values["/store/default/write_buffer_size"])
                  * values["/store/default/max_write_buffer_number"] for name, values in of.items()}
        cache = {name: size_of(values["/store/block_cache"]) for name, values in of.items()}
        self.assertEqual(max(buffer, key=buffer.get), "write-heavy")
        self.assertEqual(max(cache, key=cache.get), "read-mostly")
        self.assertEqual(of["in-memory"]["/store/file_system"], "memory")
        self.assertEqual(of["small-on-disk"]["/store/default/levels/2/codec/type"], "zstd")

    def test_a_store_opens_with_each(self):
        for profile in PROFILES:
            stack = self.folder / f"{profile}.json"
            self.run_loam("config", "new", "--profile", profile, "--memory", "32MiB", "--output", stack)
            store = self.folder / f"db-{profile}"
            self.run_loam("--store", store, "--stack", stack, "put", "k", profile)
            if profile != "in-memory":
                self.assertEqual(self.run_loam("--store", store, "get", "k").stdout, profile.encode() + b"\n")

    def test_the_text_says_how_the_memory_is_split(self):
        text = self.run_loam("config", "new", "--profile", "write-heavy", "--memory", "2GiB").stdout.decode()
        self.assertIn("2GiB: 1GiB for memtables, 512MiB for the block cache, 512MiB for open tables", text)
        self.assertGreater(text.count("//"), 10)
        self.assertTrue(all(len(line) <= 100 for line in text.splitlines()), text)

    def test_a_file_that_is_there_stays(self):
        stack = self.file("mine.json", "precious")
        command = ("config", "new", "--profile", "balanced", "--output", stack)
        done = self.run_loam(*command, expect=2)
        self.assertIn(b"--force", done.stderr)
        self.assertEqual(stack.read_text(), "precious")
        self.run_loam(*command, "--force")
        self.values(stack)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["mine.json"])

    def test_mistakes(self):
        done = self.run_loam("config", "new", expect=2)  # no terminal, no profile
        for profile in PROFILES:
            self.assertIn(profile.encode(), done.stderr)
        self.assertIn(b"write-heavy", self.run_loam("config", "new", "--profile", "fast", expect=2).stderr)
        for memory, said in (("2G", b"2GiB"), ("4MiB", b"8MiB"), ("65TiB", b"64TiB"), ("much", b"size")):
            done = self.run_loam("config", "new", "--profile", "balanced", "--memory", memory, expect=2)
            self.assertIn(said, done.stderr)
        self.run_loam("config", "new", "--profile", "balanced", "--output", self.folder / "no" / "x.json", expect=2)

    def test_a_terminal_is_asked(self):
        import pty
        import subprocess
        theirs, ours = pty.openpty()
        os.write(theirs, b"read-mostly\n1GiB\n")
        done = subprocess.run([os.environ["LOAM"], "config", "new"], stdin=ours, capture_output=True, check=True,
                              timeout=60)
        os.close(theirs)
        os.close(ours)
        self.assertIn(b"What is the store for?", done.stderr)
        self.assertIn(b'profile "read-mostly"', done.stdout)
        self.assertIn(b"1GiB:", done.stdout)


class Import(ConfigAuthor):
    def imported(self, name):
        """The values of the stack made of a file that RocksDB wrote, and what is said of the rest."""
        stack = self.folder / f"{name}.json"
        report = json.loads(self.run_loam("config", "import", OPTIONS / f"{name}.options", "--json",
                                          "--output", stack).stdout)
        self.assertNotIn("stack", report)
        values = self.values(stack)
        store = self.folder / f"db-{name}"
        self.run_loam("--store", store, "--stack", stack, "put", "k", "v")
        self.assertEqual(self.run_loam("--store", store, "get", "k").stdout, b"v\n")
        return values, report

    def names(self, notes):
        return {note["option"] for note in notes}

    def test_defaults_lose_nothing(self):
        values, report = self.imported("defaults")
        self.assertEqual(report["lost"], [])
        self.assertEqual(self.names(report["changed"]), {"block_cache", "max_open_files"})
        self.assertGreater(report["at_default"], 130)
        self.assertEqual(values["/store/default/table/codec"], "snappy")
        self.assertEqual(values["/store/default/table/filter"], "none")
        self.assertEqual(values["/store/default/compaction/level0_slowdown_writes_trigger"], 20)
        self.assertEqual(values["/store/max_manifest_file_size"], "1GiB")
        self.assertEqual(values["/store/max_background_compactions"], 1)

    def test_a_tuned_store(self):
        values, report = self.imported("tuned")
        for option, value in {
                "/store/default/write_buffer_size": "256MiB", "/store/default/max_write_buffer_number": 6,
                "/store/default/num_levels": 5, "/store/max_open_files": 5000,
                "/store/max_background_compactions": 5, "/store/max_manifest_file_size": "64MiB",
                "/store/wal/manual_wal_flush": True, "/store/info_log/level": "warn",
                "/store/default/table/block_size": "32KiB", "/store/default/table/block_restart_interval": 8,
                "/store/default/table/filter/type": "bloom", "/store/default/table/filter/bits_per_key": 12,
                "/store/default/table/codec": "lz4", "/store/default/levels/0/codec": "none",
                "/store/default/levels/1/codec": "none", "/store/default/levels/2/codec/level": 6,
                "/store/default/compaction/level0_file_num_compaction_trigger": 8,
                "/store/default/compaction/level0_slowdown_writes_trigger": 30,
                "/store/default/compaction/level0_stop_writes_trigger": 48,
                "/store/default/compaction/target_file_size_base": "128MiB",
                "/store/default/compaction/max_bytes_for_level_base": "1GiB",
                "/store/default/compaction/max_bytes_for_level_multiplier": 8}.items():
            self.assertEqual(values[option], value, option)
        self.assertEqual(self.names(report["lost"]), {
            "bytes_per_sync", "wal_bytes_per_sync", "max_subcompactions", "use_direct_reads",
            "enable_pipelined_write", "cache_index_and_filter_blocks"})
        self.assertIn("bottommost_compression", self.names(report["changed"]))

    def test_another_order_style_and_operator(self):
        values, report = self.imported("universal")
        self.assertEqual(values["/store/default/comparator"], "reverse_bytewise")
        self.assertEqual(values["/store/block_cache"], 0)
        self.assertEqual(values["/store/max_background_compactions"], 3)
        self.assertEqual(values["/store/default/table/codec/level"], 9)
        self.assertEqual(values["/store/default/table/filter/type"], "ribbon")
        self.assertEqual(values["/store/default/table/filter/bits_per_key"], 9.5)
        self.assertEqual(values["/store/default/levels/0/filter/type"], "bloom")
        self.assertEqual(self.names(report["lost"]), {"prefix_extractor", "merge_operator", "ttl",
                                                      "periodic_compaction_seconds"})
        self.assertEqual(values["/store/default/table/codec/dictionary"], "16KiB")
        self.assertLessEqual({"compaction_style", "compression"}, self.names(report["changed"]))

    def test_zlib_keeps_its_level(self):
        tuned = (OPTIONS / "tuned.options").read_text()
        for level, codec in (("7", (None, "zlib", 7)), ("-1", ("zlib", None, 6)), ("0", (None, "zlib", 1))):
            text = re.sub(r"(?m)^  compression=.*$", "  compression=kZlibCompression", tuned)
            text = re.sub(r"(?m)^(  compression_opts=\{.*?)\blevel=-?\d+", rf"\g<1>level={level}", text)
            self.assertIn(f"level={level};", text)
            report = json.loads(self.run_loam("config", "import", self.file("zlib.options", text), "--json",
                                              "--output", self.folder / "zlib.json", "--force").stdout)
            values = self.values(self.folder / "zlib.json")
            at = "/store/default/table/codec"
            self.assertEqual((values.get(at), values.get(at + "/type"), values[at + "/level"]), codec)
            self.assertEqual("levels of zlib go from 1 to 9 here" in json.dumps(report), level == "0")

    def test_dictionaries_come_over(self):
        tuned = (OPTIONS / "tuned.options").read_text()
        trained, clamped, lz4 = "trained here", "4KiB to 64MiB here", "only zstd has dictionaries here"
        for name, dictionary, train, values, said in (
                ("kZSTD", 16384, 1638400, ("16KiB", "1600KiB"), ()),
                ("kZSTD", 16384, 0, ("16KiB", "1MiB"), (trained,)),
                ("kZSTD", 100, 1024, (256, "4KiB"), ("256 bytes to 1MiB", clamped)),
                ("kZSTD", 65536, 4096, ("64KiB", "64KiB"), (clamped,)),
                ("kZSTD", 1 << 24, 1 << 30, ("1MiB", "64MiB"), ("256 bytes to 1MiB", clamped)),
                ("kZSTD", 0, 1638400, (0, "1MiB"), ()),
                ("kLZ4Compression", 16384, 1638400, (None, None), (lz4,))):
            text = re.sub(r"(?m)^  compression=.*$", f"  compression={name}", tuned)
            text = re.sub(r"(?m)^  compression_per_level=.*$", "", text)
            text = re.sub(r"(?m)^  bottommost_compression=.*$", "", text)
            text = re.sub(r"(?m)^  compression_opts=.*$", "  compression_opts={level=5;max_dict_buffer_bytes=0;"
                          f"max_dict_bytes={dictionary};zstd_max_train_bytes={train};strategy=0;}}", text)
            report = json.loads(self.run_loam("config", "import", self.file("zstd.options", text), "--json",
                                              "--output", self.folder / "zstd.json", "--force").stdout)
            here = self.values(self.folder / "zstd.json")
            at = "/store/default/table/codec/"
            self.assertEqual((here.get(at + "dictionary"), here.get(at + "train_from")), values, text)
            notes = json.dumps([note for note in report["changed"] if note["option"].startswith("compression")])
            for reason in (trained, "256 bytes to 1MiB", clamped, lz4):
                self.assertEqual(reason in notes, reason in said, notes)
            self.assertNotIn("max_dict_bytes", notes.replace(f"max_dict_bytes={dictionary}", ""))

    def test_maps_and_overlaps_come_over(self):
        values, report = self.imported("families")
        self.assertTrue(values["/store/default/table/mapped"])
        text = re.sub(r"(?m)^  max_compaction_bytes=.*$", "  max_compaction_bytes=536870912",
                      (OPTIONS / "tuned.options").read_text())
        stack = self.file("overlap.json", self.run_loam("config", "import", self.file("o.options", text)).stdout)
        at = "/store/default/compaction/max_grandparent_overlap_bytes"
        self.assertEqual(self.values(stack)[at], "512MiB")
        self.assertEqual(values[at], 0)

    def test_other_families_are_named(self):
        _, report = self.imported("families")
        sections = {note["section"] for note in report["lost"]}
        self.assertLessEqual({'CFOptions "events, all"', 'CFOptions "plain"'}, sections)
        self.assertIn("not in this build", json.dumps(report["lost"]))
        self.assertLessEqual({"wal_compression", "db_write_buffer_size", "paranoid_checks"},
                             self.names(report["lost"]))

    def test_values_out_of_range_are_moved_and_said(self):
        values, report = self.imported("odd")
        self.assertEqual(values["/store/default/compaction/max_bytes_for_level_multiplier"], 2)
        self.assertEqual(values["/store/default/table/filter/bits_per_key"], 9.9)
        self.assertLessEqual({"max_bytes_for_level_multiplier", "compression", "bottommost_compression"}, self.names(report["changed"]))
        self.assertLessEqual({"level_compaction_dynamic_level_bytes", "max_total_wal_size", "stats_dump_period_sec"},
                             self.names(report["lost"]))
        self.assertEqual(values["/store/default/levels/0/codec"], "none")
        self.assertEqual(values["/store/default/levels/2/codec"], "zstd")

    def test_entries_that_expire(self):
        values, report = self.imported("expiring")
        self.assertEqual(values["/store/default/compaction_filter/ttl"], "1d")
        self.assertEqual(values["/store/default/compaction_filter/timestamp"], "suffix_s32")
        self.assertEqual(report["lost"], [])

    def test_no_option_is_left_unsaid(self):
        """Every option of the file is taken over, at its default, or named."""
        for file in sorted(OPTIONS.glob("*.options")):
            report = json.loads(self.run_loam("config", "import", file, "--json").stdout)
            lines = [line.strip() for line in file.read_text().splitlines()]
            section, count = "", 0
            for line in lines:
                if line.startswith("["):
                    section = line
                elif "=" in line and not line.startswith("#") and (
                        section == "[DBOptions]" or section.endswith('"default"]')):
                    count += 1
            lost = [note for note in report["lost"] if note["option"]]
            # Three belong to the program; flushes and jobs come over as one number; a few say "none".
            said = report["taken"] + report["at_default"] + len(lost)
            self.assertLessEqual(count - said, 9, file)
            self.assertLessEqual(said, count, file)

    def test_the_report_is_on_standard_error_and_in_the_stack(self):
        done = self.run_loam("config", "import", OPTIONS / "universal.options")
        for text in (done.stdout, done.stderr):
            self.assertIn(b"prefix_extractor=rocksdb.FixedPrefix.8: there are no prefix filters", text)
        self.assertIn(b"line 103", done.stderr)
        self.assertIn(b"nothing is lost by them", done.stderr)
        self.assertIn(b"(block_size=4096)", done.stdout)

    def test_malformed_files_are_told_their_line(self):
        good = "[DBOptions]\n  max_open_files=100\n[CFOptions \"default\"]\n  num_levels=7\n"
        for text, said in (
                ("", ":1:1: error: no section"),
                ("nonsense\n" + good, ":1:1: error: expected [SECTION] or name=value, found \"nonsense\""),
                ("a=1\n" + good, ":1:1: error: an option before the first section"),
                (good + "[CFOptions\n", ":5:1: error: this section's ] is missing"),
                (good + "[Options]\n", ":5:1: error: unknown section \"Options\""),
                (good + "[CFOptions]\n", ":5:1: error: this section names no column family"),
                (good + "[CFOptions \"x]\n", ":5:1: error: this section's name is not closed"),
                (good + good, ":5:1: error: section [DBOptions] stands twice"),
                (good + "  num_levels=8\n", ":5:3: error: \"num_levels\" stands twice"),
                (good.replace("100", "many"), ":2:18: error: max_open_files: expected an integer"),
                (good.replace("100", "99999999999999999999"), ":2:18: error: max_open_files: expected an integer"),
                (good.replace("max_open_files=100", "manual_wal_flush=perhaps"), ":2:20: error: manual_wal_flush"),
                ("[DBOptions]\n", "section [CFOptions \"default\"] is missing"),
                ("[CFOptions \"default\"]\n", "section [DBOptions] is missing")):
            file = self.file("OPTIONS-000001", text)
            done = self.run_loam("config", "import", file, expect=2)
            self.assertIn(said, done.stderr.decode())
            self.assertEqual(done.stdout, b"")
        self.run_loam("config", "import", self.folder / "absent", expect=2)
        self.run_loam("config", "import", self.folder, expect=2)
        self.assertEqual(self.run_loam("config", "import", self.file("OPTIONS", good)).stdout.count(b"num_levels=7"), 1)

    def test_suffixes_comments_and_escapes(self):
        text = ("# a comment\n[DBOptions]\nmax_open_files = 2K # behind\n[CFOptions \"default\"]\n"
                "write_buffer_size=64M\nlevel0_file_num_compaction_trigger=9\n"
                "level0_slowdown_writes_trigger=-1\nlevel0_stop_writes_trigger=3\nnum_levels=1\n"
                "merge_operator=a\\#b\n")
        stack = self.file("stack.json", self.run_loam("config", "import", self.file("OPTIONS", text)).stdout)
        values = self.values(stack)
        self.assertEqual(values["/store/max_open_files"], 2048)
        self.assertEqual(values["/store/default/write_buffer_size"], "64MiB")
        self.assertEqual(values["/store/default/compaction/level0_slowdown_writes_trigger"], 10000)
        self.assertEqual(values["/store/default/compaction/level0_stop_writes_trigger"], 10000)
        self.assertEqual(values["/store/default/num_levels"], 2)
        self.assertIn("merge_operator=a#b", stack.read_text())

    def test_a_file_that_is_there_stays(self):
        stack = self.file("mine.json", "precious")
        self.run_loam("config", "import", OPTIONS / "defaults.options", "--output", stack, expect=2)
        self.assertEqual(stack.read_text(), "precious")
        self.run_loam("config", "import", OPTIONS / "defaults.options", "--output", stack, "--force")
        self.values(stack)


if __name__ == "__main__":
    unittest.main(verbosity=1)
