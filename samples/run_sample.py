#!/usr/bin/env python3
"""run_sample.py EXPECTED PROGRAM [ARGUMENT...]: fails unless the program succeeds and prints just
EXPECTED. `{fresh}` among the arguments becomes a folder that did not exist before."""
import os
import subprocess
import sys
import tempfile

expected, *command = sys.argv[1:]
with tempfile.TemporaryDirectory(prefix="loam-sample-") as folder:
    command = [os.path.join(folder, "db") if word == "{fresh}" else word for word in command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
if done.returncode != 0 or done.stdout != expected.replace("\\n", "\n"):
    sys.exit(f"exit code {done.returncode}, printed {done.stdout!r} {done.stderr!r}, "
             f"expected {expected!r}")
