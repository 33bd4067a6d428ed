#!/usr/bin/env python3
"""The composed schema against a validator that is not ours: it is draft-07, it takes every document that
`loam config check` takes, and of the wrong ones it refuses all that it is meant to."""
import json
import os
import pathlib
import re
import unittest

import jsonschema

from loam_command import CommandTest

STACKS = pathlib.Path(os.environ["LOAM_STACKS"])
# Strings stand first, so that what looks like a comment in one is kept.
TOKENS = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])')


def plain_text(text):
    """A stack document without its comments and trailing commas."""
    keep_strings = lambda match: match.group(1) or " "
    return COMMA.sub(keep_strings, TOKENS.sub(keep_strings, text))


def plain(text):
    return json.loads(plain_text(text))


def nested(pointer, value):
    """A document that holds `value` at the pointer, and nothing else."""
    for name in reversed(pointer):
        value = {name: value}
    return {"version": 1, **value}


def options_with_defaults(schema, pointer=()):
    for name, option in schema.get("properties", {}).items():
        if "default" in option:
            yield (*pointer, name), option["default"]
        yield from options_with_defaults(option, (*pointer, name))


class Schema(CommandTest):
    @classmethod
    def setUpClass(cls):
        cls.schema = None

    def setUp(self):
        super().setUp()
        if Schema.schema is None:
            Schema.schema = json.loads(self.run_loam("config", "schema").stdout)
        self.validator = jsonschema.Draft7Validator(self.schema)

    def both(self, document, good):
        """`loam config check` and the schema are of one mind about the document."""
        file = self.file("stack.json", json.dumps(document))
        self.run_loam("config", "check", file, expect=0 if good else 2)
        self.assertEqual(self.validator.is_valid(document), good,
                         [error.message for error in self.validator.iter_errors(document)] or document)

    def test_it_is_draft_07(self):
        self.assertEqual(self.schema["$schema"], "http://json-schema.org/draft-07/schema#")
        jsonschema.Draft7Validator.check_schema(self.schema)

    def test_every_shipped_stack_validates(self):
        os.environ["LOAM_KEY"] = "5e" * 32
        files = sorted(STACKS.glob("*.json"))
        self.assertGreaterEqual(len(files), 12)
        for file in files:
            document = plain(file.read_text())
            self.assertEqual([error.message for error in self.validator.iter_errors(document)], [],
                             file)
            self.both(document, True)

    def test_every_plugin_has_its_definition(self):
        for line in self.run_loam("plugin", "list", "--json").stdout.splitlines():
            for component in json.loads(line)["provides"]:
                if component["kind"] == "merge_operator":  # stacks refuse them, so far
                    continue
                forms = self.schema["definitions"][component["kind"]]["anyOf"]
                names = [form["properties"]["type"]["const"] for form in forms
                         if "type" in form.get("properties", {})]
                self.assertIn(component["name"], names)
                self.assertIn(component["name"], [word for form in forms
                                                  for word in form.get("enum", [])])

    def test_every_default_is_good(self):
        found = list(options_with_defaults(self.schema))
        self.assertGreater(len(found), 20)
        for pointer, default in found:
            self.both(nested(pointer, default), True)

    def test_every_option_of_a_wrong_type_or_misspelt_is_refused(self):
        for pointer, default in options_with_defaults(self.schema):
            if not isinstance(default, list):
                self.both(nested(pointer, [1]), False)
            self.both(nested((*pointer[:-1], pointer[-1] + "x"), default), False)

    def test_good_documents(self):
        for text in (
                '{"version": 1, "$comment": ["any", "thing"], "$schema": "./loam.schema.json"}',
                '{"version": 1, "components": {"$comment": "x", "codec": {"$comment": "of the map", "a": '
                '{"type": "zstd", "level": 9, "$comment": "y"}, "b": "lz4", "c": "@a"}}}',
                '{"version": 1, "store": {"default": {"levels": [{}, {"codec": "none"}, '
                '{"filter": {"type": "bloom", "bits_per_key": 12}}]}}}',
                '{"version": 1, "store": {"default": {"table": {"filter": null}}}}',
                '{"version": 1, "components": {"codec": {"a": "zstd", "b": {"extends": "@a", "level": 9}}}}',
                '{"version": 1, "store": {"max_open_files": "${env:LOAM_ABSENT:-1000}", "wal": {"enabled": '
                '"${env:LOAM_ABSENT:-true}", "sync": "${env:LOAM_ABSENT:-never}"}}}',
                '{"version": 1, "store": {"default": {"table": {"filter": "none"}}}}',
                '{"version": 1, "store": {"block_cache": 0, "file_system": "memory"}}',
                '{"version": 1, "store": {"default": {"compaction_filter": {"type": "ttl", "ttl": "7d"}}}}'):
            self.both(json.loads(text), True)

    def test_wrong_documents(self):
        for text in (
                '{}', '[]', 'null', '"stack"', '{"version": 2}', '{"version": "1"}',
                '{"version": 1, "stor": {}}', '{"version": 1, "store": []}',
                '{"version": 1, "include": "a.json"}', '{"version": 1, "watch": 1}',
                '{"version": 1, "store": {"block_cache": -1}}',
                '{"version": 1, "store": {"block_cache": "64M"}}',
                '{"version": 1, "store": {"block_cache": 1.5}}',
                '{"version": 1, "store": {"max_open_files": 15}}',
                '{"version": 1, "store": {"wal": {"sync": "sometimes"}}}',
                '{"version": 1, "store": {"wal": {"sync_interval": 5}}}',
                '{"version": 1, "store": {"column_families": {}}}',
                '{"version": 1, "store": {"default": {"table": {"codec": "zsdt"}}}}',
                '{"version": 1, "store": {"default": {"table": {"codec": null}}}}',
                '{"version": 1, "store": {"default": {"table": {"codec": {"level": 3}}}}}',
                '{"version": 1, "store": {"default": {"table": {"codec": {"type": "zstd", "level": 99}}}}}',
                '{"version": 1, "store": {"default": {"table": {"codec": {"type": "lz4", "level": 1}}}}}',
                '{"version": 1, "store": {"default": {"compaction_filter": {"type": "ttl"}}}}',
                '{"version": 1, "store": {"default": {"levels": {}}}}',
                '{"version": 1, "components": {"codecs": {}}}',
                '{"version": 1, "components": {"codec": {"a": {"type": "@b"}}}}',
                '{"version": 1, "plugins": {"load": [{"sha256": "00"}]}}',
                '{"version": 1, "plugins": {"search_paths": "."}}'):
            self.both(json.loads(text), False)

    def test_an_editor_has_something_to_say_of_every_option_and_section(self):
        silent = []

        def walk(node, pointer):
            children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
            for key, child in children:
                at = f"{pointer}/{key}"
                described = not isinstance(child, dict) or "description" in child
                # Notes, the words that choose a component, and places that its alternatives describe.
                known = str(key) in ("$comment", "$schema", "type")
                if pointer.endswith("/properties") and not described and not known:
                    silent.append(at)
                walk(child, at)

        walk(self.schema, "")
        self.assertEqual(silent, [])

    def test_plugins_of_a_stack_are_in_its_schema(self):
        """A document that names a directory of plugins is checked with what lies there."""
        bad = pathlib.Path(os.environ["LOAM_BAD_PLUGINS"])
        stack = self.file("stack.json", json.dumps(
            {"version": 1, "plugins": {"load": [{"path": str(bad / "greedy_codec.loam.so")}]}}))
        schema = json.loads(self.run_loam("--stack", stack, "config", "schema").stdout)
        self.assertIn("greedy_codec", json.dumps(schema["definitions"]["codec"]))
        self.assertNotIn("greedy_codec", json.dumps(self.schema))


if __name__ == "__main__":
    unittest.main(verbosity=1)
