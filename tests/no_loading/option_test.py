#!/usr/bin/env python3
"""LOAM_NO_DYNAMIC_PLUGINS: a configuration with it compiles neither what loads nor what looks for plugins, and the library
without those objects needs no loader.  option_test.py SOURCE CMAKE NM CORE_LIBRARY LIBRARY_WITHOUT"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE, CMAKE, NM, CORE, WITHOUT = sys.argv[1:6]
LOADER = re.compile(r"\b(dlopen|dlsym|dlclose|EVP_\w+|\w*boost\w*)\b")


def needs(library):
    """What of a loader the library names, and does not define."""
    out = subprocess.run([NM, "--undefined-only", "-C", library], check=True, capture_output=True, text=True).stdout
    return set(LOADER.findall(out))


class NoLoading(unittest.TestCase):
    def test_the_library_needs_no_loader(self):
        self.assertIn("dlopen", needs(CORE), "else this test would prove nothing")
        self.assertEqual(needs(WITHOUT), set())

    def test_the_option_leaves_out_what_loads(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([CMAKE, "-S", SOURCE, "-B", folder, "-G", "Ninja", "-DLOAM_NO_DYNAMIC_PLUGINS=ON",
                            "-DLOAM_BUILD_BENCH=OFF", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
                            "-DLOAM_BOOST_INCLUDE=LOAM_BOOST_INCLUDE-NOTFOUND"],
                           check=True, capture_output=True, text=True)
            commands = json.loads((pathlib.Path(folder) / "compile_commands.json").read_text())
        core = [pathlib.Path(one["file"]).name for one in commands if "/core/plugin/" in one["file"]]
        self.assertIn("no_loading.cc", core)
        self.assertIn("registry.cc", core)
        for name in ("discovery.cc", "elf_note.cc", "library.cc", "loading.cc", "trust.cc", "check.cc"):
            self.assertNotIn(name, core)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
