"""What plugin objects look like from outside: one exported symbol, bound at load, a note that strip
and --gc-sections leave alone, nothing of the core.

usage: plugin_binary_test.py PLUGIN [DIRECTORY]   checks PLUGIN in depth, and each *.loam.so found"""
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

ENTRY = "loam_plugin_entry_v1"


def run(*command):
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout


def note_text(path):
    """The note's text, read from the section of type NOTE."""
    line = re.search(r"\.note\.loam\s+(\w+)\s+[0-9a-f]+\s+([0-9a-f]+)\s+([0-9a-f]+)",
                     run("readelf", "-SW", path))
    assert line, f"{path}: no section .note.loam"
    assert line[1] == "NOTE", f"{path}: .note.loam has type {line[1]}, expected NOTE"
    data = pathlib.Path(path).read_bytes()[int(line[2], 16):][:int(line[3], 16)]
    owner_size, text_size, kind = struct.unpack_from("<III", data)
    assert (owner_size, kind) == (5, 1), f"{path}: owner size {owner_size}, type {kind}"
    assert data[12:20] == b"Loam\0\0\0\0", f"{path}: owner {data[12:20]}"
    return data[20:20 + text_size].decode()


def check(path, sanitized):
    symbols = [line.split()[-1] for line in run("nm", "-D", "--defined-only", path).splitlines()]
    assert symbols == [ENTRY], f"{path}: exports {symbols}, expected only {ENTRY}"
    dynamic = run("readelf", "-dW", path)
    assert "BIND_NOW" in dynamic or "NOW" in dynamic, f"{path}: binds lazily"
    assert "GNU_RELRO" in run("readelf", "-lW", path), f"{path}: no RELRO"
    undefined = run("nm", "-D", "--undefined-only", "-C", path)
    if not sanitized:
        assert "loam" not in undefined, f"{path}: needs symbols of the core:\n{undefined}"
    keys = [line.split("=")[0] for line in note_text(path).splitlines()]
    assert keys[:4] == ["id", "version", "abi", "min_host"], f"{path}: note keys {keys}"
    assert keys[4:] and set(keys[4:]) == {"component"}, f"{path}: note keys {keys}"


def main(plugin, directory=None):
    expected = ("id=org.example.rot\nversion=1.0.0\nabi=1.0\nmin_host=0\n"
                "component=codec:rot:org.example.rot/1\n")
    sanitized = re.search(r"__(asan|tsan|ubsan)_", run("nm", "-D", plugin)) is not None
    assert note_text(plugin) == expected, note_text(plugin)
    with tempfile.TemporaryDirectory() as scratch:
        stripped = str(pathlib.Path(scratch) / "stripped.loam.so")
        run("strip", "--strip-all", "-o", stripped, plugin)
        assert note_text(stripped) == expected, "strip changed the note"
        check(stripped, sanitized)
    for path in [plugin, *sorted(map(str, pathlib.Path(directory or ".").glob("*.loam.so")))]:
        check(path, sanitized)
        print("ok", path)


if __name__ == "__main__":
    main(*sys.argv[1:])
