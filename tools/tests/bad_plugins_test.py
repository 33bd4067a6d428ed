#!/usr/bin/env python3
"""Bad plugins and bad files, each met by `loam plugin check`, `loam plugin list` and a store that wants
it: none takes the command down, and each is told what is wrong with it."""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import unittest

from loam_command import LOAM, CommandTest

BUILT = pathlib.Path(os.environ["LOAM_BAD_PLUGINS"])
NOTED = "lossy_codec"  # an object with a note, for files that are refused before anything is loaded
PLAIN = "good_c"       # one without, and a manifest beside it


class Case:
    """What is expected of a file: patterns of `check`, of the reason `list` gives (None: it is listed
    as available, for list loads nothing), and of a store that wants it (None: not tried, because the
    plugin's code would run, and break its promise, in the process that opens the store; "": nothing
    is found out there)."""

    def __init__(self, name, check, listed=None, opened=None, make=None, kind="codec", options=(),
                 component=None):
        self.name, self.check, self.listed, self.opened = name, check, listed, opened
        self.make = make or built(name)
        self.kind, self.options, self.component = kind, options, component or name


# --- makers: each leaves something at `place`/bad.loam.so ------------------------------------------

def put(place, name, change=lambda data: data, mode=0o644):
    path = place / "bad.loam.so"
    path.write_bytes(change((BUILT / f"{name}.loam.so").read_bytes()))
    path.chmod(mode)
    manifest = BUILT / f"{name}.loam.so.manifest"
    if manifest.exists():
        shutil.copyfile(manifest, f"{path}.manifest")
    return path


def built(name):
    return lambda place: put(place, name)


def changed(change, name=NOTED):
    return lambda place: put(place, name, change)


def text(data):
    return lambda place: (place / "bad.loam.so").write_bytes(data)


def at(offset, data):
    return lambda whole: whole[:offset] + data + whole[offset + len(data):]


def in_note(old, new):
    assert len(old) == len(new)

    def change(whole):
        assert whole.count(old) >= 1, old
        return whole.replace(old, new)
    return change


def note_of_huge_size(whole):
    where = whole.index(b"Loam\0\0\0\0id=")
    return at(where - 8, struct.pack("<I", 0xfffffff0))(whole)


def manifest(lines):
    def make(place):
        put(place, PLAIN)
        (place / "bad.loam.so.manifest").write_bytes(lines)
    return make


def without_manifest(place):
    put(place, PLAIN)
    (place / "bad.loam.so.manifest").unlink()


def writable(mode):
    return lambda place: put(place, NOTED, mode=mode)


def in_open_directory(place):
    put(place, NOTED)
    place.chmod(0o777)


def of_another_user(place):
    os.chown(put(place, NOTED), 12345, 12345)


def link_to(target):
    def make(place):
        (place / "bad.loam.so").symlink_to(target)
    return make


def link_into_open_directory(place):
    beside = place / "beside"
    beside.mkdir()
    put(beside, NOTED)
    beside.chmod(0o777)
    (place / "bad.loam.so").symlink_to("beside/bad.loam.so")


def without_its_library(whole):
    assert whole.count(b"\0libc.so.6\0") == 1
    return whole.replace(b"\0libc.so.6\0", b"\0libq.so.6\0")


def beyond_the_end(offset):
    """A 64-bit file offset of the ELF header that points far behind the file."""
    return at(offset, struct.pack("<Q", 1 << 40))


FILES = [
    Case("text", r"expected an ELF header, found other bytes", r"ELF header",
         "ELF header", text(b"#!/bin/sh\necho this is no plugin, whatever it is called, and long enough\n")),
    Case("empty", r"expected an ELF header, found a file of 0 bytes", "ELF header",
         "0 bytes", text(b"")),
    Case("ten_bytes", r"found a file of 10 bytes", "10 bytes", "10 bytes",
         changed(lambda whole: whole[:10])),
    Case("half", r"does not fit a file of \d+ bytes|file too short|cannot read file data",
         r"does not fit|note", "does not fit|note|unknown codec",
         changed(lambda whole: whole[:len(whole) // 2], PLAIN)),
    Case("section_headers_beyond_the_end", r"section headers of .* does not fit", "does not fit",
         "does not fit", changed(lambda whole: beyond_the_end(40)(at(32, struct.pack("<Q", 0))(
             at(56, b"\0\0")(whole))))),
    Case("program_headers_beyond_the_end", r"program headers of .* does not fit", "does not fit",
         "does not fit", changed(beyond_the_end(32))),
    Case("other_machine", r"expected machine \d+, found 243", "found 243", "found 243",
         changed(at(18, struct.pack("<H", 243)))),
    Case("of_32_bits", r"expected a 64-bit object of this byte order", "64-bit", "64-bit",
         changed(at(4, b"\x01"))),
    Case("of_the_other_byte_order", r"expected a 64-bit object of this byte order", "byte order",
         "byte order", changed(at(5, b"\x02"))),
    Case("no_shared_object", r"expected a shared object, found type 1", "found type 1",
         "found type 1", changed(at(16, struct.pack("<H", 1)))),
    Case("no_note_and_no_manifest", r"expected a \.note\.loam note or a file .*, found neither",
         "found neither", "found neither", without_manifest),
    Case("note_of_huge_size", r"expected a \.note\.loam note or a file .*, found neither",
         "found neither", "found neither", changed(note_of_huge_size)),
    Case("note_of_another_major", r"built for ABI major 2, this host speaks 1", "ABI major 2",
         "ABI major 2", changed(in_note(b"\nabi=1.0\n", b"\nabi=2.0\n"))),
    Case("note_of_a_newer_host", r"needs a host of ABI 1\.9 or newer", r"1\.9 or newer",
         r"1\.9 or newer", changed(in_note(b"\nmin_host=0\n", b"\nmin_host=9\n"))),
    Case("note_with_control_characters", r"expected text, found control characters",
         "control characters", "control characters",
         changed(in_note(b"\nmin_host=0\n", b"\nmin_host\x01\x02\n"))),
    Case("note_that_says_otherwise", r"expected\nid=org.example.lossy_codeX", None,
         "unknown codec", changed(in_note(b"id=org.example.lossy_codec\n", b"id=org.example.lossy_codeX\n")),
         component="nothing_like_it"),
    Case("manifest_without_id", r"plugin manifest: expected id=, found none", "expected id=",
         "expected id=", manifest(b"version=1\nabi=1.0\nmin_host=0\ncomponent=codec:x:x/1\n")),
    Case("manifest_of_prose", r"expected key=value, found \"Dear reader,\"", "key=value",
         "key=value", manifest(b"Dear reader,\n")),
    Case("manifest_with_a_broken_component", r"expected component=KIND:NAME:PERSISTENT_ID",
         "KIND:NAME", "KIND:NAME", manifest(b"id=a\nversion=1\nabi=1.0\nmin_host=0\ncomponent=codec\n")),
    Case("manifest_too_long", r"expected at most \d+ bytes, found", "at most", "at most",
         manifest(b"id=a\n" + b"x" * 100000)),
    Case("needs_a_library_that_is_not_there", r"libq\.so\.6: cannot open shared object file", None,
         r"libq\.so\.6", changed(without_its_library), component=NOTED),
    Case("group_may_write", r"is writable by its group \(chmod g-w mends it\)", "chmod g-w",
         "chmod g-w", writable(0o664)),
    Case("everybody_may_write", r"is writable by everybody \(chmod go-w mends it\)", "chmod go-w",
         "chmod go-w", writable(0o646)),
    Case("directory_that_everybody_may_write_to", r"is writable by everybody", "chmod go-w",
         "chmod go-w", in_open_directory),
    Case("link_into_such_a_directory", r"/beside is writable by everybody", "/beside is writable",
         "/beside is writable", link_into_open_directory),
    Case("dangling_link", r"No such file or directory", "No such file", "No such file",
         link_to("nowhere")),
    Case("link_to_itself", r"Too many levels of symbolic links", "Too many levels",
         "Too many levels", link_to("bad.loam.so")),
    Case("directory", r"expected a plugin's file, found something else", "not a regular file",
         "not a regular file", lambda place: (place / "bad.loam.so").mkdir()),
    Case("fifo", r"expected a plugin's file, found something else", "not a regular file",
         "not a regular file", lambda place: os.mkfifo(place / "bad.loam.so", 0o644)),
]
if os.geteuid() == 0:
    FILES.append(Case("of_another_user", r"belongs to user 12345, expected root", "user 12345",
                      "user 12345", of_another_user))

# Found out when it is loaded: the note or manifest is in order, the descriptor is not.
DESCRIPTORS = [
    ("wrong_magic", r"expected magic 4e4947554c504d4c, found 1122334455667788"),
    ("wrong_major", r"built for ABI major 2, this host speaks 1"),
    ("null_descriptor", r"loam_plugin_entry_v1 gave no descriptor"),
    ("short_descriptor", r"descriptor: expected a struct_size of at least \d+ .*, found 16"),
    ("huge_descriptor", r"descriptor: expected a struct_size of at least \d+ .*, found 1048576"),
    ("host_too_old", r"needs a host of ABI 1\.9 or newer"),
    ("no_id", r"descriptor: expected an id, found none"),
    ("no_components", r"expected 1 to 1024 components, found 0"),
    ("components_without_end", r"expected 1 to 1024 components, found 18446744073709551615"),
    ("null_component", r"component: expected one, found NULL"),
    ("same_component_twice", r"codec \"same_component_twice\" stands twice"),
    ("short_component", r"component: expected a struct_size of at least \d+ .*, found 32"),
    ("other_interface", r"expected interface major 1, found 2"),
    ("name_with_spaces", r"expected a name of lower case letters, digits and '_', found \"A Name\""),
    ("no_create", r"create is missing"),
    ("no_table", r"table is missing"),
    ("no_persistent_id", r"persistent_id is missing: files could not name it"),
    ("no_identity", r"identity is missing, though there is a persistent_id"),
    ("half_reconfigure", r"only some of the three reconfigure slots are there"),
    ("short_table", r"table: expected a struct_size of at least \d+ .*, found 24"),
    ("no_compress", r"table: compress is missing"),
    ("half_context", r"context_create and context_destroy must both be there, or neither"),
    ("undefined_symbol", r"undefined symbol: loam_function_that_nobody_has"),
    ("no_entry", r"expected the symbol loam_plugin_entry_v1, found none"),
]

LAWS = [
    Case("other_version", r"expected\nid=org\.example\.other_version\nversion=1\.0\.0", None,
         "manifest and descriptor differ"),
    Case("changing_descriptor", r"the descriptor changes from call to call", None, ""),
    Case("reserved_flags", r"expected flags 0", None, ""),
    Case("leaking_symbols", r"expected the one symbol .*, found also zlib_version_of_mine", None, ""),
    Case("failing_init", r"init fails: .*the fuel has run out", None, "the fuel has run out"),
    Case("throwing_create", r"the well is dry", None, "the well is dry"),
    Case("schema_is_no_json", r"expected a JSON object, found \"name: yaml\"", None, "schema"),
    Case("schema_out_of_the_subset", r"patternProperties", None,
         r"the keyword \"patternProperties\" is outside the subset"),
    Case("identity_of_another", r"expected it to begin with \"org\.example\.identity_of_another/1\"",
         None, None),
    Case("lossy_codec", r"round_trip  FAILED .*came back different", None, None),
    Case("throwing_codec", r"an exception of unknown type", None, None),
    Case("greedy_codec", r"bound_suffices  FAILED", None, None),
    # A sanitizer ends the process in its own way.
    Case("overrunning_codec", r"outside|crashed|AddressSanitizer", None, None),
    Case("crashing_codec", r"crashed: ", None, None),
    Case("exiting_codec", r"ended with exit code", None, None),
    Case("hanging_codec", r"not done after 1 seconds", None, None, options=("--timeout", "1")),
    Case("hanging_init", r"not done after 1 seconds", None, None, kind="comparator",
         options=("--timeout", "1")),
    Case("forgetful_filter", r"that were added are said absent", None, None, kind="filter"),
    Case("circular_comparator", r"transitive  FAILED", None, None, kind="comparator"),
    Case("boastful_comparator", r"BYTEWISE is claimed, but not so for", None, None,
         kind="comparator"),
    Case("one_sided_comparator", r"both orders of the arguments give the same answer", None, None,
         kind="comparator"),
    Case("far_separator", r"which is outside \[start, limit\)", None, "", kind="comparator"),
    Case("fickle_compaction_filter", r"decides differently", None, None, kind="compaction_filter"),
    Case("unassociative_merge_operator", r"associative", None, None, kind="merge_operator"),
    Case("hasty_file_system", r"remove", None, None, kind="file_system",
         options=("--with", "file_system:hasty_file_system/base=@file_system:posix")),
]

CASES = [*FILES, *(Case(name, words, None, words) for name, words in DESCRIPTORS), *LAWS]
PLACES = {"codec": '{"table": {"codec": "%s"}}', "filter": '{"table": {"filter": "%s"}}',
          "comparator": '{"comparator": "%s"}', "compaction_filter": '{"compaction_filter": "%s"}'}


class BadPlugins(CommandTest):
    def test_there_are_enough_of_them(self):
        self.assertGreaterEqual(len(CASES), 60)
        self.assertEqual(len({case.name for case in CASES}), len(CASES))

    def run_one(self, case, *arguments, environment=None):
        """Runs the command; a signal or a sanitizer's report is a failure whatever was expected."""
        done = subprocess.run([LOAM, *map(str, arguments)], capture_output=True, check=False, text=True,
                              errors="replace", timeout=120, cwd=self.folder,
                              env={**os.environ, **(environment or {})})
        self.assertIn(done.returncode, (0, 2, 3), f"{case.name}: {arguments}: {done.stderr[-2000:]}")
        return done

    def check(self, case, file):
        done = self.run_one(case, "plugin", "check", file, *case.options)
        self.assertNotEqual(done.returncode, 0, f"{case.name}: nothing was found\n{done.stdout}")
        self.assertRegex(done.stdout + done.stderr, case.check, case.name)
        self.assertIn("error: ", done.stderr, case.name)

    def list(self, case, file):
        done = self.run_one(case, "plugin", "list", "--json",
                            environment={"LOAM_PLUGIN_PATH": str(file.parent)})
        self.assertEqual(done.returncode, 0, f"{case.name}: {done.stderr}")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        row, = [row for row in rows if row["path"] == str(file)]
        if case.listed is None:
            self.assertEqual((row["status"], row["reason"]), ("available", ""), case.name)
        else:
            self.assertEqual(row["status"], "rejected", case.name)
            self.assertRegex(row["reason"], case.listed, case.name)

    def open(self, case, file):
        if case.opened is None or case.kind not in PLACES:
            return
        stack = file.parent / "stack.json"
        stack.write_text('{"version": 1, "plugins": {"search_paths": ["."]}, "store": {"default": %s}}'
                         % (PLACES[case.kind] % case.component))
        store = file.parent / "db"
        done = self.run_one(case, "--store", store, "--stack", stack, "put", "k", "v")
        if case.opened == "":
            self.assertEqual(done.returncode, 0, f"{case.name}: {done.stderr}")
            return
        self.assertEqual(done.returncode, 2, f"{case.name}: {done.stderr}")
        self.assertRegex(done.stderr, case.opened, case.name)
        self.assertFalse(store.exists(), f"{case.name}: a refused stack left a store behind")

    def test_each_is_told_what_is_wrong_and_none_takes_the_command_down(self):
        for case in CASES:
            with self.subTest(case.name):
                place = self.folder / case.name
                place.mkdir(mode=0o755)
                case.make(place)
                file = place / "bad.loam.so"
                self.check(case, file)
                self.list(case, file)
                self.open(case, file)

    def test_the_second_of_an_id_is_shadowed_and_the_first_works(self):
        places = [self.folder / name for name in ("first", "second")]
        for place in places:
            place.mkdir(mode=0o755)
            put(place, PLAIN)
        done = self.run_loam("plugin", "list", "--json", environment={
            "LOAM_PLUGIN_PATH": ":".join(map(str, places))})
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        shadowed, = [row for row in rows if row["path"] == str(places[1] / "bad.loam.so")]
        self.assertEqual(shadowed["status"], "shadowed")
        self.assertIn(str(places[0]), shadowed["reason"])

    def test_a_pinned_file_is_the_one_that_was_meant(self):
        place = self.folder / "pinned"
        place.mkdir(mode=0o755)
        put(place, PLAIN)
        stack = place / "stack.json"
        stack.write_text('{"version": 1, "plugins": {"load": [{"path": "./bad.loam.so", "sha256": "%s"}]}}'
                         % ("0" * 64))
        said = self.run_loam("--store", self.store, "--stack", stack, "put", "k", "v", expect=2).stderr
        self.assertIn(b"expected SHA-256 000000", said)
        self.assertFalse(self.store.exists())


if __name__ == "__main__":
    unittest.main(verbosity=1)
