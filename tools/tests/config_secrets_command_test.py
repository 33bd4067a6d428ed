#!/usr/bin/env python3
"""Secrets that stand in a stack document: refused unless allowed, and then neither printed nor remembered."""
import json
import os
import pathlib
import unittest

from loam_command import CommandTest

PLUGIN = pathlib.Path(os.environ["LOAM_PICKY_PLUGIN"])  # codec "picky" takes the key "sesame" and no other
ALLOW = "--allow-literal-secrets"


class LiteralSecrets(CommandTest):
    def stack(self, key, name="stack.json"):
        codec = {"type": "picky", "key": key}
        return self.file(name, json.dumps({
            "version": 1, "plugins": {"load": [{"path": str(PLUGIN)}]},
            "store": {"default": {"table": {"codec": codec}}}}))

    def run_loam(self, *arguments, **more):
        done = super().run_loam(*arguments, **more)
        for text in (done.stdout, done.stderr):
            text = text.replace(b"\\", b"").replace(b'"sesame", if any', b"")  # the option's documentation
            self.assertNotIn(b"sesame", text)
            self.assertNotIn(b"tahini", text)
        return done

    def test_a_literal_is_refused_unless_allowed(self):
        stack = self.stack("sesame")
        done = self.run_loam("config", "check", stack, expect=2)
        self.assertIn(b'the option "key" is a secret', done.stderr)
        self.loam("--stack", stack, "put", "k", "v", expect=2)
        self.run_loam(ALLOW, "config", "check", stack)
        self.run_loam("config", "check", stack, ALLOW)
        # That the key arrives.
        done = self.run_loam(ALLOW, "config", "check", self.stack("tahini"), expect=2)
        self.assertIn(b"the key does not fit", done.stderr)

    def test_it_is_not_printed(self):
        stack = self.stack("sesame")
        rows = self.run_loam(ALLOW, "config", "explain", stack).stdout.decode()
        self.assertRegex(rows, r"/store/default/table/codec/key +\"<secret withheld>\"")
        self.run_loam(ALLOW, "config", "explain", stack, "--json")
        found = self.run_loam(ALLOW, "config", "diff", stack, self.file("s.json", '{"version": 1}'), expect=1)
        self.assertIn(b"<secret withheld>", found.stdout)

    def test_a_store_does_not_remember_it(self):
        stack = self.stack("sesame")
        self.loam("--stack", stack, ALLOW, "put", "k", "v")
        files = list(self.store.iterdir())
        self.assertIn("STACK", {path.name for path in files})
        for path in files:
            self.assertNotIn(b"sesame", path.read_bytes(), path)
        known = {"LOAM_PLUGIN_PATH": str(PLUGIN.parent)}
        done = self.run_loam("--store", self.store, ALLOW, "get", "k", expect=2, environment=known)
        self.assertIn(b"this secret was given as plain text, which is neither printed nor remembered", done.stderr)
        self.assertIn(b"open the store with its stack document", done.stderr)
        self.assertEqual(self.loam("--stack", stack, ALLOW, "get", "k"), b"v\n")


if __name__ == "__main__":
    unittest.main()
