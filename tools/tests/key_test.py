#!/usr/bin/env python3
"""`loam key`: key files, and stores that are put under another key, cut anywhere."""
import json
import re
import stat
import unittest

from loam_command import CommandTest


class Keys(CommandTest):
    def setUp(self):
        super().setUp()
        for name in ("old.key", "new.key"):
            self.run_loam("key", "new", name)

    def stack(self, key, previous=None):
        vault = {"type": "encrypted", "base": "posix", "key": {"$secret": f"file:{key}"}}
        if previous:
            vault["previous_key"] = {"$secret": f"file:{previous}"}
        return self.file("stack.json", json.dumps({"version": 1, "store": {"file_system": vault}}))

    def fill(self):
        stack = self.stack("old.key")
        for i in range(20):
            self.loam("--stack", stack, "put", f"key {i}", f"a value that nobody may read {i}")
        self.loam("--stack", stack, "compact")
        self.loam("--stack", stack, "put", "last", "logged")

    def rings(self):
        """Directory and key id, as shown."""
        lines = [json.loads(line) for line in self.loam("key", "show", "--json").splitlines()]
        return {line["directory"]: (line["master_key"], line["current"]) for line in lines}

    def files(self):
        return {path.relative_to(self.store): path.read_bytes()
                for path in self.store.rglob("*") if path.is_file()}

    def test_a_key_file_is_its_owners_alone_and_never_replaced(self):
        path = self.folder / "old.key"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertRegex(path.read_text(), r"\A[0-9a-f]{64}\n\Z")
        self.assertNotEqual(path.read_text(), (self.folder / "new.key").read_text())
        before = path.read_text()
        self.run_loam("key", "new", "old.key", expect=2)
        self.assertEqual(path.read_text(), before)
        self.assertEqual({p.name for p in self.folder.iterdir()}, {"old.key", "new.key"})

    def test_nothing_of_the_data_can_be_read_below(self):
        self.fill()
        for path, contents in self.files().items():
            self.assertNotIn(b"nobody may read", contents, path)
            self.assertNotIn(b"key 1", contents, path)
            if path.name not in ("STACK", "LOCK"):
                self.assertNotIn(b"MANIFEST", contents.replace(b"MANIFEST-000", b"", 1), path)

    def test_the_store_remembers_where_its_key_is(self):
        self.fill()
        self.assertEqual(self.loam("get", "last"), b"logged\n")
        self.loam("verify")

    def test_a_wrong_key_is_said_to_be_one(self):
        self.fill()
        before = self.files()
        done = self.run_loam("--store", self.store, "--stack", self.stack("new.key"), "get", "last", expect=3)
        self.assertRegex(done.stderr, rb"KEYRING: wrong key: expected the master key [0-9a-f]{32}, "
                                      rb"given [0-9a-f]{32}\n")
        self.run_loam("--store", self.store, "--stack", self.stack("new.key"), "put", "k", "v", expect=3)
        self.assertEqual(self.files(), before, "something was written under a wrong key")

    def test_a_rotation_rewrites_key_rings_and_no_data(self):
        self.fill()
        before = self.files()
        (old, current), = self.rings().values()
        self.assertTrue(current)
        stack = self.stack("new.key", "old.key")
        said = self.loam("--stack", stack, "key", "rotate").decode()
        self.assertRegex(said, r"\A.*/db: under the key [0-9a-f]{32}\n\Z")
        (new, current), = self.rings().values()
        self.assertTrue(current)
        self.assertNotEqual(new, old)
        changed = {path.name for path, contents in self.files().items() if before.get(path) != contents}
        self.assertEqual(changed, {"KEYRING", "STACK", "STACK.full"})
        # The old key is no longer needed, nor any use.
        self.assertEqual(self.loam("--stack", self.stack("new.key"), "get", "last"), b"logged\n")
        self.assertEqual(self.loam("get", "key 7"), b"a value that nobody may read 7\n")
        self.loam("--stack", self.stack("old.key"), "get", "last", expect=3)
        # Again: nothing to do.
        self.loam("--stack", self.stack("new.key", "old.key"), "key", "rotate")
        self.assertEqual(self.rings().popitem()[1], (new, True))

    def test_with_both_keys_a_store_opens_before_and_after(self):
        self.fill()
        both = self.stack("new.key", "old.key")
        self.assertEqual(self.loam("--stack", both, "--read-only", "get", "last"), b"logged\n")
        self.loam("--stack", both, "put", "more", "data")  # which writes, and so rotates
        self.assertEqual(self.loam("--stack", self.stack("new.key"), "get", "more"), b"data\n")

    def test_what_cannot_be_rotated_is_said(self):
        self.fill()
        done = self.run_loam("--store", self.store, "--stack", self.stack("new.key"), "key", "rotate", expect=3)
        self.assertIn(b"wrong key", done.stderr)
        plain = self.file("plain.json", '{"version": 1}')
        other = self.folder / "other"
        self.run_loam("--store", other, "--stack", plain, "put", "k", "v")
        done = self.run_loam("--store", other, "key", "rotate", expect=2)
        self.assertIn(b"no file system of this store's stack is encrypted", done.stderr)
        done = self.run_loam("--store", self.folder / "absent", "--stack", self.stack("new.key"), "key", "rotate",
                             expect=3)
        self.assertIn(b"there is no store", done.stderr)

    def test_a_key_that_is_too_short_is_refused_at_its_place(self):
        self.file("short.key", "hunter2")
        done = self.run_loam("--store", self.store, "--stack", self.stack("short.key"), "put", "k", "v", expect=2)
        self.assertIn(b"64 hexadecimal digits or at least 32 bytes, found 7 bytes", done.stderr)
        self.assertIn(b"[/store/file_system/key", done.stderr)
        self.assertFalse(self.store.exists())


if __name__ == "__main__":
    unittest.main()
