#!/usr/bin/env python3
"""The wrong documents of config/wrong against the command and against the composed schema.

Each ends with a non-zero code and the errors that stand beside it, never with a crash. The last line of
each text says what an editor that knows the schema makes of the document, and is held to it:

  schema: refuses      the editor marks it
  schema: takes        what is wrong is beyond a schema: names, ranges of "64MiB", contradictions, files
  schema: unreadable   no JSON, not even with comments and trailing commas

LOAM_REWRITE=1 writes these lines anew."""
import json
import os
import pathlib
import unittest

import jsonschema

from config_schema_test import plain_text
from loam_command import CommandTest

WRONG = pathlib.Path(os.environ["LOAM_WRONG"])
# What no schema can miss, unless the value comes from elsewhere (a variable, an included file, "extends").
SCHEMA_MATTERS = ("unknown option ", ": expected ", " is none of the choices", " is not in this build")
ELSEWHERE = ("environment", "include", "extends", "parts/")


def no_key_twice(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def no_constant(word):
    raise ValueError(f"{word} is no JSON")


def read(data):
    """The document as an editor reads it."""
    return json.loads(plain_text(data.decode("utf-8-sig")), object_pairs_hook=no_key_twice,
                      parse_constant=no_constant)


def errors_in(text):
    return [line.split("error: ", 1)[1] for line in text.splitlines() if ": error: " in line]


class WrongDocuments(CommandTest):
    def setUp(self):
        super().setUp()
        self.environment = {"LOAM_PLUGIN_PATH": os.environ["LOAM_PICKY_DIR"], "SIX": "6"}

    def each(self):
        files = sorted(WRONG.glob("*.json"))
        self.assertGreaterEqual(len(files), 200)
        for file in files:
            yield file, file.with_suffix(".txt").read_text()

    def test_the_command_says_what_stands_beside_each(self):
        for file, said in self.each():
            with self.subTest(document=file.name):
                done = self.run_loam("config", "check", file, expect=2, environment=self.environment)
                found = done.stderr.decode().replace(f"{WRONG}/", "")
                if "secret_command_not_allowed" in file.name:  # the command allows it: the program says nothing
                    continue
                self.assertEqual(errors_in(found), errors_in(said))

    def test_the_schema_refuses_what_it_is_said_to(self):
        schema = json.loads(self.run_loam("config", "schema", environment=self.environment).stdout)
        validator = jsonschema.Draft7Validator(schema)
        counts = {"refuses": 0, "takes": 0, "unreadable": 0}
        for file, said in self.each():
            with self.subTest(document=file.name):
                try:
                    verdict = "takes" if validator.is_valid(read(file.read_bytes())) else "refuses"
                except ValueError:
                    verdict = "unreadable"
                counts[verdict] += 1
                body, _, marker = said.rpartition("schema: ")
                if os.environ.get("LOAM_REWRITE"):
                    file.with_suffix(".txt").write_text(f"{body}schema: {verdict}\n")
                    continue
                self.assertEqual(marker, f"{verdict}\n")
                plainly = any(words in error for error in errors_in(body) for words in SCHEMA_MATTERS)
                if verdict == "takes" and plainly and "@" not in body:
                    self.assertTrue(any(word in body or word in file.name for word in ELSEWHERE),
                                    f"the schema takes what is plainly its matter:\n{body}")
        print(counts)


if __name__ == "__main__":
    unittest.main(verbosity=1)
