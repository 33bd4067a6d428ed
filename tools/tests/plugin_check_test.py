#!/usr/bin/env python3
"""`loam plugin check`: good plugins hold, each bad one is found out, and none takes the command down."""
import json
import os
import pathlib
import unittest
import xml.etree.ElementTree as ElementTree

from loam_command import LOAM, CommandTest

GOOD = LOAM.parent.parent / "lib" / "loam" / "plugins" / "abi1"
BAD = pathlib.Path(os.environ["LOAM_BAD_PLUGINS"])
# Options that a plugin cannot do without.
NEEDED = {"ttl": ["--with", "compaction_filter:ttl/ttl=1000000"],
          "prefix_drop": ["--with", "compaction_filter:prefix_drop/prefixes=key0001"],
          "rules": ["--with", 'compaction_filter:rules/rules=[{"prefix":"key0001","age":5000000}]'],
          "tuple": ["--with", 'comparator:tuple/fields=[{"type":"uint","size":2},{"type":"text"}]'],
          "fault": ["--with", "file_system:fault/base=@file_system:memory"],
          "encrypted": ["--with", "file_system:encrypted/base=@file_system:memory",
                        "--with", "file_system:encrypted/key=secret:" + "5e" * 32]}


class PluginCheck(CommandTest):
    def check(self, file, *arguments, expect=0):
        done = self.run_loam("plugin", "check", file, "--json", *arguments, expect=expect)
        self.assertEqual(done.stdout.count(b"\n"), 1)
        report = json.loads(done.stdout)
        self.assertEqual(report["passed"], expect == 0)
        return report, done.stderr.decode()

    def broken(self, name, *arguments):
        """Subject, law and detail of each broken law, and what the command says of them."""
        report, words = self.check(BAD / f"{name}.loam.so", *arguments, expect=3)
        laws = [(law["subject"], law["law"], law["detail"]) for law in report["laws"]
                if law["outcome"] == "failed"]
        self.assertIn(f"{name}.loam.so: {len(laws)} of {len(report['laws'])} laws broken, "
                      f"the first: {laws[0][0]} {laws[0][1]}: ", words)
        return laws

    def test_every_plugin_of_this_build_keeps_every_law(self):
        files = sorted(GOOD.glob("*.loam.so"))
        self.assertGreater(len(files), 8)
        for file in files:
            report, words = self.check(file, *NEEDED.get(file.name.split(".")[0], []))
            self.assertEqual(words, "", file)
            self.assertEqual({law["outcome"] for law in report["laws"]}, {"ok"}, report)
            self.assertGreater(len(report["laws"]), 10, file)
            self.assertTrue(report["id"].startswith("loam."), report["id"])

    def test_laws_that_want_an_option_are_said_not_to_have_run(self):
        report, _ = self.check(GOOD / "ttl.loam.so")
        self.assertEqual([law["law"] for law in report["laws"] if law["outcome"] == "not run"],
                         ["create"])
        report, _ = self.check(GOOD / "ttl.loam.so", "--with", "compaction_filter:ttl/ttl=soon",
                               expect=3)
        self.assertIn("whole number", report["laws"][-1]["detail"])

    def test_bad_plugins_are_found_out(self):
        for name, subject, law in (("wrong_magic", "abi", "descriptor"),
                                   ("other_version", "abi", "note_equals_descriptor"),
                                   ("throwing_create", "codec:throwing_create", "create"),
                                   ("circular_comparator", "comparator:circular_comparator",
                                    "transitive"),
                                   ("greedy_codec", "codec:greedy_codec", "bound_suffices"),
                                   ("forgetful_filter", "filter:forgetful_filter",
                                    "no_false_negatives")):
            self.assertIn((subject, law), [broken[:2] for broken in self.broken(name)], name)
        self.assertEqual([law[1] for law in self.broken("wrong_major")], ["exports", "loads"])
        self.check(BAD / "good_c.loam.so")

    def test_a_fall_is_a_broken_law_at_its_step(self):
        for name, how in (("crashing_codec", "the process "),
                          ("exiting_codec", "the process ended with exit code 0")):
            (subject, law, detail), = self.broken(name)
            self.assertEqual((subject, law), (f"codec:{name}", "laws_of_its_kind"))
            self.assertIn(how, detail)
        (_, law, detail), = self.broken("hanging_codec", "--timeout", "1")
        self.assertEqual((law, detail), ("laws_of_its_kind", "not done after 1 seconds"))

    def test_what_a_plugin_prints_is_no_part_of_the_report(self):
        done = self.run_loam("plugin", "check", BAD / "exiting_codec.loam.so", expect=3)
        self.assertIn(b"so long", done.stderr)
        self.assertNotIn(b"so long", done.stdout)

    def test_text(self):
        text = self.run_loam("plugin", "check", GOOD / "zstd.loam.so").stdout.decode()
        self.assertIn("codec:zstd  round_trip  ok\n", text)
        self.assertRegex(text, r"\nloam\.zstd \S+: \d+ laws hold, 0 broken, 0 not run\n$")
        text = self.run_loam("plugin", "check", BAD / "greedy_codec.loam.so",
                             expect=3).stdout.decode()
        self.assertIn("codec:greedy_codec  bound_suffices  FAILED  ", text)

    def test_junit(self):
        report, _ = self.check(BAD / "other_version.loam.so", "--junit", "out.xml", expect=3)
        suite = ElementTree.parse(self.folder / "out.xml").getroot().find("testsuite")
        cases = suite.findall("testcase")
        self.assertEqual([(case.get("classname"), case.get("name")) for case in cases],
                         [(law["subject"], law["law"]) for law in report["laws"]])
        failed = [case for case in cases if case.find("failure") is not None]
        self.assertEqual([case.get("name") for case in failed], ["note_equals_descriptor"])
        self.assertIn("expected\nid=org.example.other_version\n",
                      failed[0].find("failure").get("message"))
        self.assertEqual((suite.get("tests"), suite.get("failures")), (str(len(cases)), "1"))
        self.check(GOOD / "ttl.loam.so", "--junit", "out.xml")
        suite = ElementTree.parse(self.folder / "out.xml").getroot().find("testsuite")
        self.assertEqual((suite.get("failures"), suite.get("skipped")), ("0", "1"))
        self.assertEqual(len(suite.findall("testcase/skipped")), 1)
        done = self.run_loam("plugin", "check", GOOD / "none.loam.so", "--junit", "absent/out.xml",
                             expect=3)
        self.assertIn(b"absent/out.xml", done.stderr)

    def test_what_is_no_plugin(self):
        (subject, law, _), = self.broken_file(self.file("text.loam.so", "not even an object\n"))
        self.assertEqual((subject, law), ("binary", "manifest"))
        whole = (GOOD / "none.loam.so").read_bytes()
        self.broken_file(self.file("cut.loam.so", whole[:len(whole) // 2]))

    def broken_file(self, file):
        report, _ = self.check(file, expect=3)
        return [(law["subject"], law["law"], law["detail"]) for law in report["laws"]
                if law["outcome"] == "failed"]

    def test_usage(self):
        for arguments in ([], [self.folder / "absent.loam.so"], [self.folder],
                          [GOOD / "none.loam.so", "--with", "codec:none"],
                          [GOOD / "none.loam.so", "--with", "codec:none/a=@codec:nope"],
                          [GOOD / "zstd.loam.so", "--with", "codec:zstd/levle=3"],
                          [GOOD / "zstd.loam.so", "--with", "codec:zsdt/level=3"],
                          [GOOD / "none.loam.so", "--timeout", "0"]):
            done = self.run_loam("plugin", "check", *arguments, expect=2)
            self.assertEqual((done.stdout, done.stderr.count(b"\n")), (b"", 1), done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
