#!/usr/bin/env python3
"""Every verb of the command, its exit codes and its errors, as a person or a script meets them."""
import hashlib
import json
import os
import random
import signal
import subprocess
import time
import unittest

from loam_command import LOAM, CommandTest

VERBS = ["put", "get", "delete", "scan", "batch", "exec", "flush", "compact", "load", "info",
         "property", "set", "size", "inspect table", "inspect wal", "inspect manifest",
         "inspect batch", "verify", "repair", "copy", "destroy", "plugin list", "plugin describe", "plugin check",
         "config check", "config new", "config import", "config explain", "config diff", "config schema",
         "version"]


class Records(CommandTest):
    def test_put_get_delete(self):
        self.assertEqual(self.loam("put", "k", "v"), b"")
        self.assertEqual(self.loam("get", "k"), b"v\n")
        self.assertEqual(self.loam("get", "--raw", "k"), b"v")
        self.assertEqual(self.loam("get", "--hex", "6b"), b"76\n")
        self.assertEqual(json.loads(self.loam("get", "--json", "k")), {"key": "k", "value": "v"})
        self.loam("delete", "k")
        self.assertEqual(self.loam("get", "k", expect=1), b"")
        self.loam("delete", "k")

    def test_arguments_are_taken_as_they_are(self):
        for key, value in [("", ""), ("a b", "{}"), ("[1,2]", "[]"), ("\\t", "\\x00"), ("'q\"", "%"),
                           ("=", "--"), (b"\xff\xfe", b"\x80\n\x01"), ("get", "put")]:
            self.loam("put", "--", key, value)
            self.assertEqual(self.loam("get", "--raw", "--", key), os.fsencode(value))
        self.loam("put", "--", "-key", "--value")
        self.assertEqual(self.loam("get", "--", "-key"), b"--value\n")

    def test_sync_is_accepted_where_it_is_documented(self):
        self.loam("put", "--sync", "a", "1")
        self.loam("batch", "--sync", "-", stdin=b"put b 2\n")
        self.loam("load", "--sync", "-", stdin=b"c\t3\n")
        self.loam("delete", "--sync", "a")
        self.assertEqual(self.loam("scan"), b"b\t2\nc\t3\n")

    def test_keys_from_standard_input(self):
        self.loam("load", "-", stdin=b"a\t1\nb\\n\t2\nc\t3\n")
        self.assertEqual(self.loam("get", "-", stdin=b"c\nb\\n\n"), b"3\n2\n")
        done = self.run_loam("--store", self.store, "get", "-", stdin=b"a\nx\ny\n", expect=1)
        self.assertEqual(done.stdout, b"1\n")
        self.assertEqual(done.stderr, b"loam: error: 2 of 3 keys not found, the first: x\n")
        self.assertEqual(self.loam("get", "--json", "-", stdin=b"x\n", expect=1),
                         b'{"key":"x","value":null}\n')
        self.loam("delete", "-", stdin=b"a\nb\\n\n")
        self.assertEqual(self.loam("scan", "--keys-only"), b"c\n")

    def test_scan_ranges(self):
        self.loam("load", "-", stdin=b"".join(b"%c\t%d\n" % (97 + i, i) for i in range(8)))

        def keys(*arguments):
            return self.loam("scan", "--keys-only", *arguments).replace(b"\n", b"").decode()

        self.assertEqual(keys(), "abcdefgh")
        self.assertEqual(keys("c"), "cdefgh")
        self.assertEqual(keys("c", "f"), "cde")
        self.assertEqual(keys("c", "f", "--reverse"), "edc")
        self.assertEqual(keys("--limit", "2"), "ab")
        self.assertEqual(keys("--limit", "2", "--reverse"), "hg")
        self.assertEqual(keys("--limit", "0"), "")
        self.assertEqual(keys("f", "c"), "")
        self.assertEqual(keys("bb", "dd"), "cd")

    def test_scan_prefix(self):
        keys = [b"a", b"b", b"b\\x00", b"ba", b"b\\xff\\xff", b"c", b"\\xff", b"\\xff\\xffz"]
        self.loam("load", "-", stdin=b"".join(k + b"\t\n" for k in keys))

        def found(*arguments):
            return self.loam("scan", "--keys-only", *arguments).split(b"\n")[:-1]

        self.assertEqual(found("--prefix", "b"), [b"b", b"b\\x00", b"ba", b"b\\xff\\xff"])
        self.assertEqual(found("--prefix", "b", "--reverse"),
                         [b"b\\xff\\xff", b"ba", b"b\\x00", b"b"])
        self.assertEqual(found("--prefix", b"\xff"), [b"\\xff", b"\\xff\\xffz"])
        self.assertEqual(found("--prefix", b"\xff\xff"), [b"\\xff\\xffz"])
        self.assertEqual(found("--prefix", "b", "ba", "c", "--limit", "1"), [b"ba"])
        self.assertEqual(found("--prefix", "ff", "--hex"), [b"ff", b"ffff7a"])

    def test_scan_prefix_under_another_comparator(self):
        stack = self.file("reverse.json", '{"version": 1, "store": {"default": '
                                          '{"comparator": "reverse_bytewise"}}}')
        self.loam("--stack", stack, "load", "-", stdin=b"a\t\nba\t\nbb\t\nc\t\n")
        self.assertEqual(self.loam("scan", "--keys-only"), b"c\nbb\nba\na\n")
        self.assertEqual(self.loam("scan", "--keys-only", "--prefix", "b"), b"bb\nba\n")
        self.assertEqual(self.loam("scan", "--keys-only", "bb", "a"), b"bb\nba\n")

    def test_any_bytes_through_text_and_back(self):
        source = random.Random(3)
        records = {source.randbytes(source.randrange(20)): source.randbytes(source.randrange(40))
                   for _ in range(3000)}
        records[b""] = b"the empty key"
        lines = b"".join(k.hex().encode() + b"\t" + v.hex().encode() + b"\n"
                         for k, v in records.items())
        self.loam("load", "--hex", "-", stdin=lines)
        wanted = [(k, records[k]) for k in sorted(records)]
        as_hex = self.loam("scan", "--hex")
        self.assertEqual([tuple(map(bytes.fromhex, line.split("\t")))
                          for line in as_hex.decode().split("\n")[:-1]], wanted)
        for form, options in (("tsv", []), ("jsonl", ["--json"])):
            copy = self.folder / form
            text = self.loam("scan", *options)
            self.assertEqual(text.count(b"\n"), len(records))
            text.decode("utf-8")
            self.run_loam("--store", copy, "load", "--input", form, "-", stdin=text)
            self.assertEqual(self.run_loam("--store", copy, "scan", "--hex").stdout, as_hex)

    def test_batch_is_whole_or_not_at_all(self):
        self.loam("put", "c", "3")
        self.loam("batch", "-", stdin=b"# two and one\nput a 1\n\nput\tb b\t\ndelete c\n")
        self.assertEqual(self.loam("scan"), b"a\t1\nb b\t\n")
        for bad in (b"put x 1\nput y\n", b"put x 1\nget a\n", b"put x 1\ndelete \\q\n"):
            done = self.run_loam("--store", self.store, "batch", "-", stdin=bad, expect=2)
            self.assertIn(b"standard input:2: ", done.stderr)
        self.assertEqual(self.loam("scan"), b"a\t1\nb b\t\n")

    def test_exec(self):
        out = self.loam("exec", "-", stdin=b"put a 1\nput b 2\nget a\nget x\ndelete a\nbegin\n"
                                           b"put c 3\nput d 4\ncommit\nscan --reverse --limit 2\n"
                                           b"flush\ncompact\nscan --keys-only\n", expect=1)
        self.assertEqual(out, b"a\t1\nx\nd\t4\nc\t3\nb\nc\nd\n")
        self.assertEqual(self.loam("exec", "--hex", "-", stdin=b"put 00 ff\nget 00\nscan 00 01\n"),
                         b"00\tff\n00\tff\n")

    def test_exec_stops_at_the_first_mistake(self):
        for bad, said in ((b"frobnicate", b"frobnicate"), (b"get", b"get KEY"),
                          (b"commit", b"begin"), (b"scan --nope", b"--nope"),
                          (b"begin\nscan", b"begin"), (b"load -", b"standard input")):
            script = b"put a 1\n" + bad + b"\nput b 2\n"
            done = self.run_loam("--store", self.store, "exec", "-", stdin=script, expect=2)
            self.assertIn(said, done.stderr)
            self.assertIn(b"standard input:", done.stderr)
        self.assertEqual(self.loam("scan"), b"a\t1\n")
        self.loam("exec", "-", stdin=b"begin\nput z 1\n", expect=2)
        self.assertEqual(self.loam("scan"), b"a\t1\n")

    def test_in_memory_through_exec(self):
        stack = self.file("memory.json", '{"version": 1, "store": {"file_system": "memory"}}')
        done = self.run_loam("--stack", stack, "exec", "-", stdin=b"put a 1\nflush\nget a\n")
        self.assertEqual(done.stdout, b"a\t1\n")


class Loading(CommandTest):
    def test_progress_lines_count_acknowledged_records(self):
        data = b"".join(b"key%06d\tv\n" % i for i in range(25_500))
        done = self.run_loam("--store", self.store, "load", "--progress", "plain", "-", stdin=data)
        self.assertEqual(done.stderr, b"loaded 10000\nloaded 20000\n")
        self.assertTrue(done.stdout.startswith(b"loaded 25500 records, "))
        quiet = self.run_loam("--store", self.store, "load", "-", stdin=data)
        self.assertEqual(quiet.stderr, b"")
        bar = self.run_loam("--store", self.store, "load", "--progress", "bar",
                            self.file("data.tsv", data))
        self.assertIn(b"100 %", bar.stderr)

    def test_later_records_win_and_order_is_kept(self):
        self.loam("load", "-", stdin=b"a\t1\nb\t1\na\t2")
        self.assertEqual(self.loam("scan"), b"a\t2\nb\t1\n")

    def test_a_bad_line_is_named_and_what_precedes_it_is_kept(self):
        done = self.run_loam("--store", self.store, "load", "-", stdin=b"a\t1\nb 2\nc\t3\n",
                             expect=2)
        self.assertIn(b"standard input:2: expected key, tab, value", done.stderr)
        self.assertIn(b"after 1 records loaded", done.stderr)
        self.assertEqual(self.loam("scan"), b"a\t1\n")
        self.loam("load", "--input", "jsonl", "-", stdin=b'{"key":"a"}\n', expect=2)

    def test_kill_keeps_what_was_acknowledged(self):
        data = self.file("data.tsv", b"".join(b"key%07d\t%0200d\n" % (i * 7919 % 400_000, i)
                                              for i in range(400_000)))
        load = subprocess.Popen([LOAM, "--store", self.store, "load", data, "--progress", "plain"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(load.stderr.close)
        seen = 0
        for line in load.stderr:
            seen = int(line.split()[1])
            if seen >= 150_000:
                load.send_signal(signal.SIGKILL)
                break
        seen = max([seen] + [int(line.split()[1]) for line in load.stderr])
        self.assertEqual(load.wait(), -signal.SIGKILL)
        found = self.loam("scan").splitlines(keepends=True)
        self.assertGreaterEqual(len(found), seen)
        with open(data, "rb") as lines:
            prefix = [line for _, line in zip(range(len(found)), lines)]
        self.assertEqual(found, sorted(prefix))


class ExitCodes(CommandTest):
    def test_only_writers_create(self):
        for verb in (["get", "k"], ["delete", "k"], ["scan"], ["flush"], ["compact"], ["info"]):
            done = self.run_loam("--store", self.store, *verb, expect=3)
            self.assertIn(os.fsencode(self.store), done.stderr)
            self.assertFalse(self.store.exists(), f"{verb} left something behind")
        self.loam("destroy", "--yes")
        self.loam("load", self.folder / "absent.tsv", expect=3)
        self.loam("batch", "-", stdin=b"nonsense\n", expect=2)
        self.assertFalse(self.store.exists(), "a failed verb left something behind")
        for i, (verb, stdin) in enumerate([(["put", "k", "v"], b""), (["batch", "-"], b""),
                                           (["load", "-"], b""), (["exec", "-"], b"")]):
            store = self.folder / f"made{i}"
            self.run_loam("--store", store, *verb, stdin=stdin)
            self.assertTrue(store.exists(), verb)

    def test_usage(self):
        for arguments in ([], ["frob"], ["put"], ["put", "k"], ["put", "k", "v", "w"], ["--nope"],
                          ["get", "k"], ["scan", "--limit", "x"], ["scan", "--limit", "-1"],
                          ["plugin"], ["plugin", "describe", "zstd"], ["config", "check"],
                          ["plugin", "describe", "codec:nope"], ["load", "-", "--input", "xml"],
                          ["--store", "db", "destroy"], ["--store", "db", "put", "--hex", "0", "00"]):
            done = self.run_loam(*arguments, expect=2)
            lines = done.stderr.splitlines()
            self.assertEqual(len(lines), 1, done.stderr)
            self.assertTrue(lines[0].startswith(b"loam: error: "), done.stderr)
            self.assertEqual(done.stdout, b"")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_locked(self):
        holder = subprocess.Popen([LOAM, "--store", self.store, "exec", "-"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(holder.stdout.close)
        # A scan of more than the output buffer holds: when some of it arrives, the store is open.
        holder.stdin.write(b"".join(b"put key%04d %0100d\n" % (i, i) for i in range(2000)))
        holder.stdin.write(b"scan\n")
        holder.stdin.flush()
        holder.stdout.read(1)
        self.loam("get", "k", expect=4)
        self.loam("destroy", "--yes", expect=4)
        holder.stdout.read(100)
        holder.kill()
        holder.stdin.close()
        holder.wait()
        self.assertEqual(len(self.loam("get", "--raw", "key0007")), 100)

    def test_a_full_output_is_an_error(self):
        self.loam("put", "k", "v")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([LOAM, "--store", self.store, "scan"], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"loam: error: standard output", done.stderr)

    def test_destroy(self):
        self.loam("put", "k", "v")
        (self.store / "mine.txt").write_text("not Loam's")
        self.loam("destroy", "--yes")
        self.assertEqual([f.name for f in self.store.iterdir()], ["mine.txt"])
        self.loam("get", "k", expect=3)


class Documents(CommandTest):
    def test_three_mistakes_are_three_errors_with_their_places(self):
        stack = self.file("stack.json", """{
  "version": 1,
  "components": { "filter": { "hot": { "type": "bloom", "bits_per_kye": 10 } } },
  // the caches
  "store": {
    "block_cache": "64M",
    "default": { "table": { "codec": "@fst", "filter": "@hot" } }
  }
}
""")
        done = self.run_loam("config", "check", stack, expect=2)
        heads = [line for line in done.stderr.decode().splitlines() if ": error: " in line]
        self.assertEqual(len(heads), 3, done.stderr.decode())
        for head, place, words in zip(heads, ("3:57", "6:20", "7:38"),
                                      (["bits_per_kye", "bloom"], ["64M"], ["@fst"])):
            self.assertIn(f"stack.json:{place}: error: ", head)
            for word in words:
                self.assertIn(word, head)
        self.assertIn("bits_per_key", done.stderr.decode())
        for unit in ("64MiB", "64MB"):
            self.assertIn(unit, done.stderr.decode())

    def test_check_is_quiet_about_a_good_document(self):
        done = self.run_loam("config", "check", self.file("s.json", '{"version": 1}'))
        self.assertEqual((done.stdout.count(b"\n"), done.stderr), (1, b""))
        self.run_loam("config", "check", self.folder / "absent.json", expect=2)

    def check_json(self, *arguments, expect=2):
        """What `config check --json` prints; nothing else is printed."""
        done = subprocess.run([LOAM, "config", "check", "--json", *arguments], capture_output=True, check=False,
                              cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (expect, b""))
        return json.loads(done.stdout)

    def test_check_gives_errors_as_json(self):
        self.file("s.json", '{"version": 1,\n\t"\u00fc": 1, "components": {"filter": {"hot": {"type": "bloom", '
                  '"bits_per_kye": 10}}},\n"store": {"block_cache": "64M"}}')
        found = self.check_json("s.json", "--set", "/store/max_open_files=many")
        self.assertEqual([(one["file"], one["line"], one["column"], one["length"], one["pointer"]) for one in found],
                         [("s.json", 2, 2, 3, "/\u00fc"),
                          ("s.json", 2, 61, 14, "/components/filter/hot/bits_per_kye"),
                          ("s.json", 3, 26, 5, "/store/block_cache"),
                          ("command line", 1, 29, 4, "/store/max_open_files")])
        self.assertEqual({one["severity"] for one in found}, {"error"})
        typo = found[1]
        self.assertEqual(list(typo), ["file", "line", "column", "length", "pointer", "severity", "message", "hint",
                                      "notes", "excerpt"])
        self.assertEqual(typo["message"], 'unknown option "bits_per_kye" for filter "bloom"')
        self.assertEqual(typo["hint"], 'did you mean "bits_per_key"?')
        self.assertTrue(typo["notes"][0].startswith("known options: "), typo)
        self.assertIn('"bits_per_kye": 10', typo["excerpt"])
        # The same in words.
        words = self.run_loam("config", "check", "s.json", "--set", "/store/max_open_files=many", expect=2).stderr.decode()
        self.assertEqual(words.count(": error: "), len(found))
        for one in found:
            self.assertIn(f'{one["file"]}:{one["line"]}:{one["column"]}: error: {one["message"]}', words)

    def test_check_as_json_shows_twenty_errors(self):
        self.file("many.json", json.dumps({"version": 1, **{f"x{i}": i for i in range(30)}}))
        found = self.check_json("many.json")
        self.assertEqual(len(found), 20)
        self.assertEqual(found[-1]["notes"][-1], "and 10 more errors")
        self.file("good.json", '{"version": 1}')
        self.assertEqual(self.check_json("good.json", expect=0), [])
        self.file("no.json", '{"version": 1')
        self.assertEqual([(one["line"], one["pointer"]) for one in self.check_json("no.json")], [(1, "")])

    def test_explain_shows_every_value_with_its_origin(self):
        stack = self.file("s.json", '{"version": 1,\n "store": {"block_cache": "1MiB", "max_open_files": "${env:FILES}"}}')
        done = self.run_loam("--set", "/store/reuse_logs=true", "config", "explain", stack,
                             environment={"FILES": "99"})
        rows = {line.split()[0]: line for line in done.stdout.decode().splitlines()}
        self.assertRegex(rows["/store/block_cache"], r'"1MiB" +bytes +.*s\.json:2 +"64MiB" +yes +memory for blocks')
        self.assertRegex(rows["/store/max_open_files"], r"99 +environment FILES +1000 +no +table files")
        self.assertRegex(rows["/store/reuse_logs"], r"true +command line +false +no +opening")
        self.assertRegex(rows["/store/wal/enabled"], r"true +default +true +no +off: ")
        lines = self.run_loam("config", "explain", stack, "--json", environment={"FILES": "99"}).stdout.splitlines()
        values = {value["option"]: value for value in map(json.loads, lines)}
        self.assertEqual(values["/store/block_cache"]["value"], "1MiB")
        self.assertEqual(values["/store/block_cache"]["unit"], "bytes")
        self.assertEqual(values["/store/default/table/filter/bits_per_key"]["value"], 10)
        self.assertIs(values["/watch"]["value"], False)
        # What a store remembers, without the document.
        self.loam("--stack", stack, "put", "k", "v", environment={"FILES": "99"})
        remembered = self.loam("config", "explain").decode()
        self.assertRegex(remembered, r"/store/max_open_files +99 +\S*STACK\.full:\d+ +1000 ")
        self.run_loam("config", "explain", expect=2)
        self.run_loam("config", "explain", self.file("wrong.json", "{}"), expect=2)
        self.run_loam("--store", self.folder / "absent", "config", "explain", expect=3)

    def test_explain_shows_what_components_leave_out(self):
        stack = self.file("s.json", """{"version": 1, "components": {
          "codec": {"z": {"type": "zstd", "level": 9}}, "file_system": {"disk": "posix"}}, "store": {"default": {"table": {"codec": "lz4"}, "levels": [{}, {"codec": "@z"}],
                    "compaction_filter": {"type": "rules", "rules": [{"prefix": "a"}]}}}}""")
        rows = [*map(json.loads, self.run_loam("config", "explain", stack, "--json").stdout.splitlines())]
        values = {row["option"]: (row["value"], row["default"], row["unit"], row["origin"]) for row in rows}
        self.assertEqual(values["/components/codec/z/level"][:2], (9, 3))
        self.assertEqual(values["/components/codec/z/train_from"], ("1MiB", "1MiB", "bytes", "default"))
        self.assertEqual(values["/store/default/levels/1/codec"][0], "@z")
        self.assertNotIn("/store/default/levels/1/codec/level", values)
        online = {row["option"]: row["online"] for row in rows}
        self.assertTrue(online["/components/codec/z/level"])
        self.assertFalse(online["/components/file_system/disk/log_window"])
        self.assertEqual(values["/store/default/table/codec"][0], "lz4")
        self.assertEqual(values["/store/default/table/codec/acceleration"], (1, 1, "", "default"))
        self.assertEqual(values["/store/file_system/log_window"][0], "4MiB")
        rule = "/store/default/compaction_filter/rules/0/"
        self.assertEqual(values[rule + "prefix"][0], "a")
        self.assertEqual(values[rule + "age"], ("0s", "0s", "duration", "default"))
        # Each value may be written as it is shown.
        for option, (value, _, _, origin) in values.items():
            if origin == "default" and "rules" not in option:
                self.run_loam("--set", f"{option}={json.dumps(value)}", "config", "check", stack)

    def test_diff_tells_what_differs_in_meaning(self):
        one = self.file("one.json", """{"version": 1, "components": {"codec": {"z": "zstd"}},
          "store": {"block_cache": "1MiB", "default": {"table": {"codec": "@z"}}}}""")
        same = self.file("same.json", """{"version": 1, "store": {"block_cache": 1048576,
          "default": {"table": {"codec": {"type": "zstd"}}}}}""")
        other = self.file("other.json", """{"version": 1, "store": {"block_cache": "2MiB",
          "default": {"table": {"codec": "lz4", "filter": "none"}}}}""")
        self.assertEqual(self.run_loam("config", "diff", one, same).stdout, b"")
        lines = self.run_loam("config", "diff", one, other, expect=1).stdout.decode().splitlines()
        self.assertIn('/store/block_cache: "1MiB" -> "2MiB"', lines)
        self.assertIn('/store/default/table/codec/type: "zstd" -> "lz4"', lines)
        self.assertIn('/store/default/table/filter/bits_per_key: 10 -> (none)', lines)
        self.assertTrue(all("wal" not in line for line in lines), lines)
        rules = '{"version": 1, "watch": %s, "store": {"default": {"compaction_filter": {"type": "rules", "rules": [%s]}}}}'
        short, long = self.file("short.json", rules % ("false", '{"prefix": "a"}')), self.file(
            "long.json", rules % ("false", '{"prefix": "a", "action": "remove", "value_min": 0}'))
        self.assertEqual(self.run_loam("config", "diff", short, long).stdout, b"")
        watching = self.file("watching.json", rules % ("true", '{"prefix": "a"}'))
        self.assertEqual(self.run_loam("config", "diff", long, watching, expect=1).stdout, b"/watch: false -> true\n")
        self.loam("--stack", one, "put", "k", "v")
        self.assertEqual(self.loam("config", "diff", same), b"")
        found = [json.loads(line) for line in self.loam("config", "diff", other, "--json", expect=1).splitlines()]
        self.assertIn({"option": "/store/block_cache", "before": "1MiB", "after": "2MiB"}, found)
        self.assertEqual(self.run_loam("config", "diff", other, self.store, expect=1).stdout.decode().splitlines()[0],
                         '/store/block_cache: "2MiB" -> "1MiB"')

    def test_set_changes_the_stack(self):
        stack = self.file("s.json", '{"version": 1}')
        self.run_loam("--set", "/store/block_cache=1GiB", "config", "check", stack)
        done = self.run_loam("--set", "/store/block_cash=1GiB", "config", "check", stack, expect=2)
        self.assertIn(b"block_cash", done.stderr)
        self.loam("--set", "/store/default/table/codec=zstd", "exec", "-",
                  stdin=b"put k %s\nflush\n" % (b"v" * 9000))
        self.assertIn(b"loam.zstd/1", self.loam("info"))

    def test_a_store_in_memory_says_that_nothing_is_kept(self):
        self.assertIn(b"gone when this command ends", self.run_loam(
            "--store", self.store, "--set", "/store/file_system=memory", "put", "k", "v").stderr)
        self.assertEqual(self.run_loam("--store", self.store, "put", "k", "v").stderr, b"")

    def test_a_store_remembers_its_stack(self):
        stack = self.file("s.json",
                          '{"version": 1, "store": {"default": {"table": {"codec": "snappy"}}}}')
        self.loam("--stack", stack, "put", "k", "v" * 9000)
        stack.unlink()
        self.assertEqual(self.loam("get", "k"), b"v" * 9000 + b"\n")
        self.loam("flush")
        self.assertIn(b"loam.snappy/1", self.loam("info"))

    def test_a_refused_stack_leaves_nothing_behind(self):
        stack = self.file("s.json", '{"version": 1, "store": {"file_system": "nope"}}')
        self.loam("--stack", stack, "put", "k", "v", expect=2)
        self.assertFalse(self.store.exists())


class Plugins(CommandTest):
    def test_list(self):
        listed = [json.loads(line) for line in self.run_loam("plugin", "list", "--json").stdout
                  .splitlines()]
        provided = {f"{c['kind']}:{c['name']}" for p in listed if p["status"] == "available"
                    for c in p["provides"]}
        self.assertLessEqual({"codec:zstd", "codec:lz4", "codec:snappy", "codec:none",
                              "filter:bloom", "filter:ribbon", "filter:leveldb_bloom",
                              "comparator:bytewise",
                              "comparator:reverse_bytewise", "comparator:uint_be",
                              "comparator:shortlex", "comparator:tuple", "compaction_filter:ttl",
                              "compaction_filter:prefix_drop", "file_system:posix",
                              "file_system:memory", "file_system:fault"}, provided)
        text = self.run_loam("plugin", "list").stdout
        self.assertIn(b"codec:zstd", text)

    def test_rules_of_a_document_are_applied(self):
        stack = self.file("stack.json", """{"version": 1, "store": {"default": {"compaction_filter": {
          "type": "rules", "rules": [
            {"$comment": "kept for the courts", "prefix": "audit/", "action": "keep"},
            {"prefix": "tmp/"},
            {"value_min": "1KiB"},
            {"age": "30d", "prefix": "session/"},
            {"prefix": "doc/", "keep_last": 2, "separator": "@"}]}}}}""")
        now = int(time.time() * 1000000)
        records = {"audit/1": b"a" * 2000, "big": b"b" * 1024, "doc/a@7": b"", "doc/a@8": b"",
                   "doc/a@9": b"", "doc/b@1": b"", "session/new": now.to_bytes(8, "little"),
                   "session/old": (now - 31 * 86400 * 1000000).to_bytes(8, "little"),
                   "small": b"b" * 1023, "tmp/1": b"x"}
        lines = "".join(f"{key.encode().hex()}\t{value.hex()}\n" for key, value in records.items())
        self.loam("--stack", stack, "load", "--hex", "-", stdin=lines.encode())
        self.loam("--stack", stack, "compact")
        left = [line.split(b"\t")[0].decode() for line in self.loam("scan").splitlines()]
        self.assertEqual(left, ["audit/1", "doc/a@7", "doc/a@8", "doc/b@1", "session/new", "small"])

    def test_fields_of_a_tuple_are_remembered_by_the_store(self):
        comparator = ('{"type": "tuple", "fields": [{"type": "text", "terminator": 47},'
                      ' {"type": "uint", "size": 1, "order": "descending"}]}')
        stack = self.file("stack.json", '{"version": 1, "store": {"default": {"comparator": %s}}}'
                          % comparator)
        self.loam("--stack", stack, "load", "-", stdin=b"b/1\t\na/1\t\na/9\t\na/\t\n")
        self.assertEqual(self.loam("scan"), b"a/\t\na/9\t\na/1\t\nb/1\t\n")
        other = self.file("other.json", stack.read_text().replace("descending", "ascending"))
        said = self.run_loam("--store", self.store, "--stack", other, "scan", expect=2).stderr
        self.assertIn(b"loam.tuple/1?fields=", said)
        self.assertIn(b"ascending", said)

    def test_what_is_no_plugin_is_listed_with_the_reason(self):
        place = self.folder / "plugins"
        place.mkdir()
        (place / "broken.loam.so").write_bytes(b"\x7fELF, or so it says")
        done = self.run_loam("plugin", "list", "--json", environment={"LOAM_PLUGIN_PATH": str(place)})
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        broken = [r for r in rows if r["path"].endswith("broken.loam.so")]
        self.assertEqual([(r["status"], r["reason"] != "") for r in broken], [("rejected", True)])

    def test_describe(self):
        text = self.run_loam("plugin", "describe", "codec:zstd").stdout.decode()
        for part in ("loam.zstd/1", "level", "integer", '{"type":"zstd"', "zstd.loam.so"):
            self.assertIn(part, text)
        library = LOAM.parent.parent / "lib" / "loam" / "plugins" / "abi1" / "zstd.loam.so"
        self.assertIn(hashlib.sha256(library.read_bytes()).hexdigest(), text)
        described = json.loads(self.run_loam("plugin", "describe", "filter:bloom", "--json").stdout)
        self.assertIn("bits_per_key", described["schema"]["properties"])
        example = json.dumps({"version": 1,
                              "store": {"default": {"table": {"filter": described["example"]}}}})
        self.run_loam("config", "check", self.file("s.json", example))

    def test_a_missing_codec_is_named_and_the_data_waits(self):
        stack = self.file("s.json",
                          '{"version": 1, "store": {"default": {"table": {"codec": "zstd"}}}}')
        self.loam("--stack", stack, "put", "k", "v" * 9000)
        self.loam("flush")
        # A program of our own place, without the plugin.
        place = self.folder / "other"
        plugins = place / "lib" / "loam" / "plugins" / "abi1"
        plugins.mkdir(parents=True)
        (place / "bin").mkdir()
        os.link(LOAM, place / "bin" / "loam") if os.stat(LOAM).st_dev == os.stat(place).st_dev \
            else (place / "bin" / "loam").write_bytes(LOAM.read_bytes())
        os.chmod(place / "bin" / "loam", 0o755)
        for plugin in (LOAM.parent.parent / "lib" / "loam" / "plugins" / "abi1").iterdir():
            if plugin.name != "zstd.loam.so":
                (plugins / plugin.name).write_bytes(plugin.read_bytes())
        done = subprocess.run([place / "bin" / "loam", "--store", self.store, "get", "k"],
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        for part in (b"table", b"loam.zstd/1", b"loam.zstd 1.0.0", os.fsencode(plugins)):
            self.assertIn(part, done.stderr)
        self.assertEqual(self.loam("get", "--raw", "k"), b"v" * 9000)


class Help(CommandTest):
    def test_every_verb_has_help_with_examples(self):
        top = self.run_loam("--help").stdout.decode()
        self.assertIn("Exit codes", top)
        for verb in VERBS:
            text = self.run_loam(*verb.split(), "--help").stdout.decode()
            self.assertIn("Examples:\n  ", text, verb)
            self.assertIn("loam ", text, verb)
            self.assertIn(verb.split()[0], top)

    def test_version(self):
        self.assertRegex(self.run_loam("version").stdout, rb"^loam \d+\.\d+\.\d+ \(plugin ABI 1\.\d+\)\n$")
        self.assertIn("plugin_abi", json.loads(self.run_loam("version", "--json").stdout))

    def test_info(self):
        self.loam("load", "-", stdin=b"".join(b"key%05d\t%0100d\n" % (i, i) for i in range(5000)))
        self.loam("compact")
        info = json.loads(self.loam("info", "--json"))
        self.assertEqual(sum(level["entries"] for level in info["levels"]), 5000)
        self.assertGreater(sum(level["bytes"] for level in info["levels"]), 0)
        self.assertGreater(info["filter_bits_per_key"], 5)
        text = self.loam("info").decode()
        for part in ("loam.bytewise/1", "loam.lz4/1", "loam.bloom/1"):
            self.assertIn(part, text)

    def test_info_shows_what_plugins_count(self):
        stack = self.file("drop.json", json.dumps({"version": 1, "store": {"default": {
            "compaction_filter": {"type": "prefix_drop", "prefixes": "t:"}}}}))
        script = b"put t:1 v\nput u:1 v\nflush\ncompact\n"
        text = self.loam("--stack", stack, "exec", "-", stdin=script + b"info\n")
        self.assertIn(b"prefix_drop.removed 1 entries (", text)
        info = json.loads(self.loam("--stack", stack, "info", "--json"))
        (metric,) = [one for one in info["plugin_metrics"] if one["name"] == "prefix_drop.removed"]
        self.assertEqual((metric["value"], metric["unit"]), (0, "entries"))
        self.assertIsInstance(info["plugin_memory"], dict)

    def test_property(self):
        self.loam("put", "k", "v")
        self.loam("flush")
        for prefix in ("loam", "leveldb"):
            self.assertEqual(self.loam("property", prefix + ".num-files-at-level0"), b"1\n")
            self.assertIn(b"Size(MB) Time(sec)", self.loam("property", prefix + ".stats"))
        self.assertEqual(json.loads(self.loam("property", "--json", "loam.num-entries")),
                         {"name": "loam.num-entries", "value": "1"})
        for name in ("loam.num-files-at-level7", "loam.stat", "stats", "x\n"):
            self.assertEqual(self.loam("property", name, expect=1), b"")
        self.assertEqual(self.loam("exec", "-", stdin=b"property loam.num-entries\nproperty x\n",
                                   expect=1), b"1\n")
        names = self.run_loam("property").stdout.decode().split()
        self.assertIn("leveldb.sstables", names)
        self.assertIn({"name": "loam.num-files-at-level<N>"},
                      [json.loads(line) for line in self.run_loam("property", "--json").stdout.splitlines()])

    def test_size(self):
        self.loam("load", "-", stdin=b"".join(b"key%05d\t%0100d\n" % (i, i) for i in range(5000)))
        self.assertEqual(self.loam("size", "a", "z", "--store", self.store), self.loam("size"))
        self.loam("compact")
        everything = int(self.loam("size"))
        self.assertEqual(everything, int(self.loam("property", "loam.total-sst-files-size")))
        half = json.loads(self.loam("size", "--json", "key02500"))["bytes"]
        self.assertGreater(half, everything // 3)
        self.assertLess(half, everything * 2 // 3)
        self.assertEqual(self.loam("exec", "-", stdin=b"size key02500\nsize z a\n"),
                         b"%d\n0\n" % half)


if __name__ == "__main__":
    unittest.main(verbosity=1)
