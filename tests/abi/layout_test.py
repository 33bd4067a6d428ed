#!/usr/bin/env python3
"""The boundary stays as it is: every size, offset, declaration and constant of sdk/include/loam/abi*.h is what layout.txt
says, for each compiler and language, and what the frozen copies under sdk/abi promise still holds.

layout_test.py SOURCE_DIRECTORY C_COMPILER...    LOAM_REWRITE=1 writes layout.txt anew."""
import os
import pathlib
import sys
import unittest

from abi_headers import Abi, Layout

ROOT = pathlib.Path(sys.argv[1])
COMPILERS = sys.argv[2:]
GOLDEN = ROOT / "tests" / "abi" / "layout.txt"
STANDARDS = ("c11", "c++20")


class AbiTest(unittest.TestCase):
    maxDiff = None

    def test_layout(self):
        abi = Abi(ROOT / "sdk" / "include")
        self.assertGreater(len(abi.structs), 20)
        for compiler in COMPILERS:
            for standard in STANDARDS:
                with self.subTest(compiler=compiler, standard=standard):
                    found = abi.layout(compiler, standard)
                    self.assertEqual(list(Layout(found).holes()), [])
                    if os.environ.get("LOAM_REWRITE"):
                        GOLDEN.write_text(found)
                    self.assertEqual(found, GOLDEN.read_text())

    def test_frozen(self):
        now = Layout(GOLDEN.read_text())
        copies = sorted(path for path in (ROOT / "sdk" / "abi").iterdir() if path.is_dir())
        self.assertIn("1.0", [path.name for path in copies])
        for copy in copies:
            with self.subTest(copy=copy.name):
                frozen = Layout(Abi(copy).layout(COMPILERS[0], "c11"))
                self.assertEqual(list(frozen.broken_by(now)), [])

    def test_what_would_break_a_plugin_is_noticed(self):
        golden = GOLDEN.read_text()
        now = Layout(golden)
        breaks = {"a constant": golden.replace("LOAM_CORRUPTION -2", "LOAM_CORRUPTION -20"),
                  "a place": golden.replace("   8    4  int32_t os_errno", "  12    4  int32_t os_errno"),
                  "a type": golden.replace("int32_t os_errno", "uint32_t os_errno"),
                  "a structure": golden.replace("struct loam_host ", "struct loam_hosts "),
                  "a size that nothing states": golden.replace("struct loam_slice 16", "struct loam_slice 24")}
        for what, text in breaks.items():
            self.assertNotEqual(text, golden, what)
            self.assertNotEqual(list(now.broken_by(Layout(text))), [], what)
        grown = golden.replace("struct loam_svc_clock 24", "struct loam_svc_clock 32")
        self.assertNotEqual(grown, golden)
        self.assertEqual(list(now.broken_by(Layout(grown))), [])
        self.assertNotEqual(list(Layout(grown).holes()), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
