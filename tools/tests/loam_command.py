"""The command as tests use it: a folder of its own, runs with their exit code checked."""
import os
import pathlib
import subprocess
import tempfile
import unittest

LOAM = pathlib.Path(os.environ["LOAM"])


class CommandTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="loam-command-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.store = self.folder / "db"

    def run_loam(self, *arguments, expect=0, stdin=b"", environment=None):
        """Runs `loam ARGUMENTS` in the test's folder."""
        command = [os.fsencode(LOAM), *map(os.fsencode, arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, check=False,
                              cwd=self.folder, env={**os.environ, **(environment or {})})
        self.assertEqual(done.returncode, expect,
                         f"{str(command)[:500]}\n{done.stdout[-1000:]!r}\n{done.stderr[-2000:]!r}")
        if expect not in (0, 1):
            self.assertIn(b"error: ", done.stderr, f"{str(command)[:500]} failed without a word")
        return done

    def loam(self, *arguments, **more):
        """The same on the test's store; gives what it printed."""
        return self.run_loam("--store", self.store, *arguments, **more).stdout

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path
