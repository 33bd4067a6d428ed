"""The machine's own Debian package index as records: real text, real sizes, real repetition.

Key: package=version, as apt names it. Value: the whole stanza. Equal keys occur (one package in
several lists); the last one wins, as in a store.
"""
import re
import subprocess

APT_HELPER = "/usr/lib/apt/apt-helper"
ESCAPED = re.compile(rb"[\x00-\x1f\x7f\\]")
NAMES = {b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r", b"\\": b"\\\\"}


def escape(field):
    """As the command writes a field of UTF-8 text (tools/text/escape.h)."""
    field.decode("utf-8")  # other bytes would need more escapes
    return ESCAPED.sub(lambda m: NAMES.get(m.group()) or b"\\x%02x" % m.group()[0], field)


def index_files():
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages"],
        check=True, capture_output=True, text=True).stdout.split()
    if not listed:
        raise SystemExit("demo: there is no package index; run apt-get update")
    return listed


def field(stanza, name):
    start = 0 if stanza.startswith(name) else stanza.index(b"\n" + name) + 1
    end = stanza.find(b"\n", start)
    return stanza[start + len(name):end if end >= 0 else None].strip()


def stanzas():
    for path in index_files():
        text = subprocess.run([APT_HELPER, "cat-file", path], check=True,
                              capture_output=True).stdout
        for stanza in text.split(b"\n\n"):
            stanza = stanza.strip(b"\n")
            if stanza:
                yield stanza


class Records:
    """The records in order, as lines of tsv, and what a store must hold after the last one."""

    def __init__(self):
        self.lines = []  # (escaped key, whole line)
        self.raw_keys = {}
        self.bytes = 0
        for stanza in stanzas():
            key = field(stanza, b"Package:") + b"=" + field(stanza, b"Version:")
            escaped = escape(key)
            self.lines.append((escaped, escaped + b"\t" + escape(stanza) + b"\n"))
            self.raw_keys[escaped] = key
            self.bytes += len(key) + len(stanza)

    def state_after(self, count):
        return dict(self.lines[:count])

    def in_key_order(self, state):
        return [state[key] for key in sorted(state, key=lambda k: self.raw_keys[k])]

    def write(self, path, start=0):
        with open(path, "wb") as out:
            out.writelines(line for _, line in self.lines[start:])
