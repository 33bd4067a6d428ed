"""The rules of the house that a machine can check; layers_test.py runs them over the tree.

Each rule is a function from one file (its path below the root, and its text) to findings
"path:line: what is wrong". There is no list of exceptions.
"""
import re

LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Inside core: a folder may include the folders to its left, itself, and those it stands with.
CORE_ORDER = [
    {"base"},
    {"plugin", "io"},
    {"format", "cache"},
    {"wal", "memtable", "table"},
    {"version"},
    {"read", "write", "compact"},
    {"engine"},
    {"txn", "admin"},
]
CORE_RANK = {folder: rank for rank, group in enumerate(CORE_ORDER) for folder in group}

# Between the parts of the repository: what each may include, besides itself.
TOP = {
    "tools": {"config", "core", "sdk"},
    "bench": {"config", "core", "sdk"},
    "samples": {"config", "core", "sdk"},
    "tests": {"tools", "bench", "samples", "config", "core", "sdk", "plugins"},
    "config": {"core", "sdk"},
    "core": {"sdk"},
    "plugins": {"sdk"},
    "sdk": set(),
}

# The only files of the engine that may speak to the operating system.
SYSTEM_PLACES = ("plugins/file_system/", "core/plugin/", "core/base/platform",
                 "core/base/environment.cc", "config/secret_sources.cc",
                 "config/control_socket.cc", "tools/", "bench/", "tests/")
SYSTEM_HEADERS = re.compile(
    r"^(unistd\.h|fcntl\.h|dirent\.h|dlfcn\.h|pthread\.h|sched\.h|poll\.h|signal\.h|csignal|elf\.h"
    r"|link\.h|liburing\.h|sys/.*|linux/.*|netinet/.*|arpa/.*|net/.*|boost/.*)$")
# The standard library's way to the host's files: config reads documents with it, tools and programs
# may; a store is reached through its file system plugin alone.
HOST_FILE_HEADERS = ("filesystem", "fstream")
HOST_FILE_FREE = ("sdk/", "core/", "plugins/")

# Libraries that belong to one part.
LIBRARY_OWNERS = {
    "nlohmann/": ("config/", "tools/", "tests/", "bench/"),
    "CLI/": ("tools/", "bench/"),
    "openssl/": ("core/plugin/", "plugins/file_system/encrypted/"),
    "zstd": ("plugins/codec/zstd/",),
    "zdict.h": ("plugins/codec/zstd/",),
    "lz4": ("plugins/codec/lz4/",),
    "zlib.h": ("plugins/codec/zlib/",),
    "snappy": ("plugins/codec/snappy/",),
    "gtest/": None,  # tests only, wherever they lie
    "gmock/": None,
    "leveldb/": ("tests/interop/", "bench/"),
    "rocksdb/": ("bench/",),
}

NEEDS_SAFETY = re.compile(
    r"\b(reinterpret_cast|const_cast)\s*<|\bmemory_order(_|::)(relaxed|acquire|release|acq_rel|consume)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|not implemented|unimplemented|for now|placeholder)\b",
                        re.IGNORECASE)


def is_test(path):
    return path.startswith("tests/") or re.search(r"(_test|_test_util|_fuzz)\.(cc|h)$", path) is not None


def part_of(path):
    return path.split("/", 1)[0]


def part_of_include(include):
    """The part that a root-relative or public include belongs to, or None for other libraries."""
    if include.startswith("loam/"):
        rest = include[len("loam/"):]
        if rest.startswith("config/"):
            return "config"
        return None  # sdk or core: public headers share one folder; decided by the caller's map
    top = include.split("/", 1)[0]
    return top if top in TOP and "/" in include else None


def includes(text):
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def check_layers(path, text, public_headers):
    """Wrong arrows between parts, and inside core. `public_headers` maps "loam/x.h" to its part."""
    part = part_of(path)
    if part not in TOP:
        return
    for number, _, include in includes(text):
        target = public_headers.get(include) or part_of_include(include)
        if include.startswith("loam/") and include not in public_headers:
            yield f"{path}:{number}: \"{include}\" is no public header of sdk, core or config"
            continue
        if target is None or target == part:
            if target == "core" == part:
                yield from check_core_arrow(path, number, include)
            if target == "plugins" == part:
                yield from check_plugin_arrow(path, number, include)
            continue
        allowed = TOP["tests"] if is_test(path) and part != "sdk" else TOP[part]
        if part == "plugins" and target == "core":
            allowed = TOP["plugins"]  # a plugin never includes the core, not even its test
        if target not in allowed:
            yield f"{path}:{number}: {part} includes {target} (\"{include}\")"


def check_core_arrow(path, number, include):
    here, there = path.split("/")[1], include.split("/")[1]
    if include.startswith("loam/") or here == "include":
        return  # the public headers stand below every folder
    for folder in (here, there):
        if folder not in CORE_RANK:
            yield f"{path}:{number}: core/{folder} has no place in the order of the folders"
            return
    if here == there or is_test(path):
        return
    if CORE_RANK[there] > CORE_RANK[here]:
        yield f"{path}:{number}: core/{here} includes core/{there}, which stands above it"


def check_plugin_arrow(path, number, include):
    if is_test(path) and include.count("/") == 2 and include.split("/")[1] == path.split("/")[1]:
        return  # what the tests of one kind share
    if "/".join(path.split("/")[:3]) != "/".join(include.split("/")[:3]):
        yield f"{path}:{number}: a plugin includes another plugin (\"{include}\")"


def check_public_headers(path, text, public_headers):
    """A public header includes only public headers and the standard library."""
    if "/include/" not in path:
        return
    for number, _, include in includes(text):
        if include not in public_headers and ("/" in include and not include.startswith("loam/")):
            yield f"{path}:{number}: a public header includes \"{include}\""


def check_system_headers(path, text):
    if path.startswith(SYSTEM_PLACES) or is_test(path) or path.startswith("samples/"):
        return
    for number, quoted, include in includes(text):
        if quoted:
            continue
        if SYSTEM_HEADERS.match(include) or (
                path.startswith(HOST_FILE_FREE) and include in HOST_FILE_HEADERS):
            yield (f"{path}:{number}: <{include}> outside the places that may call the system: "
                   f"{', '.join(SYSTEM_PLACES)}")


def check_libraries(path, text):
    for number, _, include in includes(text):
        for prefix, owners in LIBRARY_OWNERS.items():
            if not include.startswith(prefix) or is_test(path):
                continue
            if owners is None or not path.startswith(owners):
                yield f"{path}:{number}: \"{include}\" does not belong here"


def check_safety(path, text):
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        code = line.split("//", 1)[0]
        if not NEEDS_SAFETY.search(code):
            continue
        if not has_safety_comment(lines, number - 1):
            yield f"{path}:{number}: needs a // SAFETY: line above or at its end"


def has_safety_comment(lines, index):
    """At the line's end, or in the comment directly above the statement that the line is part of."""
    if "// SAFETY:" in lines[index]:
        return True
    above = index - 1
    while above >= 0 and not lines[above].strip().startswith("//"):
        code = lines[above].split("//", 1)[0].strip()
        if "// SAFETY:" in lines[above]:
            return not code.endswith((";", "}"))
        if code == "" or code.endswith((";", "{", "}", ":")):
            return False
        above -= 1
    while above >= 0 and lines[above].strip().startswith("//"):
        if "// SAFETY:" in lines[above]:
            return True
        above -= 1
    return False


def check_file_size(path, text):
    count = text.count("\n")
    if count > LINES_MAX:
        yield f"{path}:{LINES_MAX + 1}: {count} lines; at most {LINES_MAX}"


def check_unfinished(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        match = UNFINISHED.search(line)
        if match:
            yield f"{path}:{number}: \"{match.group(0)}\" marks unfinished work"


def check_function_sizes(tags):
    """`tags`: ctags lines with fields n and e."""
    for line in tags.splitlines():
        fields = line.split("\t")
        if len(fields) < 4:
            continue
        values = dict(f.split(":", 1) for f in fields[3:] if ":" in f)
        if "line" not in values or "end" not in values:
            continue
        count = int(values["end"]) - int(values["line"]) + 1
        if count > FUNCTION_LINES_MAX:
            yield (f"{fields[1]}:{values['line']}: function {fields[0]} has {count} lines; "
                   f"at most {FUNCTION_LINES_MAX}")
