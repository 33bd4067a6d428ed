"""Each rule must find what breaks it, on the right line, and nothing in what keeps it."""
import pathlib
import tempfile

import layers_test

PUBLIC = {"loam/abi.h": "sdk", "loam/db.h": "core", "loam/config/stack.h": "config"}

# (path, text, part of the expected finding)
BROKEN = [
    ("sdk/include/loam/sdk/x.h", '#include "loam/db.h"\n', "x.h:1: sdk includes core"),
    ("core/wal/x.cc", '\n#include "config/node.h"\n', "x.cc:2: core includes config"),
    ("core/wal/x.cc", '#include "loam/config/stack.h"\n', "core includes config"),
    ("core/wal/x.cc", '#include "plugins/codec/lz4/lz4.h"\n', "core includes plugins"),
    ("core/wal/x.cc", '#include "core/engine/db_impl.h"\n', "core/wal includes core/engine"),
    ("core/io/x.cc", '#include "core/format/y.h"\n', "core/io includes core/format"),
    ("core/read/x.h", '#include "core/admin/y.h"\n', "core/read includes core/admin"),
    ("core/novel/x.h", '#include "core/base/y.h"\n', "core/novel has no place"),
    ("plugins/codec/a/a.cc", '#include "core/base/y.h"\n', "plugins includes core"),
    ("plugins/codec/a/a_test.cc", '#include "core/base/y.h"\n', "plugins includes core"),
    ("plugins/codec/a/a.cc", '#include "loam/db.h"\n', "plugins includes core"),
    ("plugins/codec/a/a.cc", '#include "plugins/codec/b/b.h"\n', "another plugin"),
    ("plugins/codec/a/a.cc", '#include "plugins/codec/codec_test_util.h"\n', "another plugin"),
    ("plugins/codec/a/a_test.cc", '#include "plugins/filter/x_test_util.h"\n', "another plugin"),
    ("config/x.cc", '#include "tools/open.h"\n', "config includes tools"),
    ("config/x.cc", '#include "loam/gone.h"\n', "no public header"),
    ("core/include/loam/x.h", '#include "core/base/y.h"\n', "public header includes"),
    ("core/wal/x.cc", "#include <unistd.h>\n", "<unistd.h> outside"),
    ("core/base/x.cc", "#include <sys/mman.h>\n", "<sys/mman.h> outside"),
    ("core/io/x.cc", "#include <fstream>\n", "<fstream> outside"),
    ("config/x.cc", "#include <sys/stat.h>\n", "<sys/stat.h> outside"),
    ("plugins/codec/a/a.cc", "#include <fcntl.h>\n", "<fcntl.h> outside"),
    ("core/table/x.cc", "#include <zstd.h>\n", "does not belong"),
    ("core/table/x.cc", "#include <nlohmann/json.hpp>\n", "does not belong"),
    ("core/table/x.cc", "#include <gtest/gtest.h>\n", "does not belong"),
    ("core/base/x.cc", "int a;\nauto p = reinterpret_cast<char*>(q);\n", "x.cc:2: needs a // SAFETY"),
    ("core/base/x.cc", "a.load(std::memory_order_acquire);\n", "needs a // SAFETY"),
    ("core/base/x.cc", "a.load(std::memory_order::relaxed);\n", "needs a // SAFETY"),
    ("core/base/x.cc", "// SAFETY: of another statement\nint b = 1;\nconst_cast<T&>(t);\n",
     "x.cc:3: needs a // SAFETY"),
    ("core/base/x.cc", "int a;  // SAFETY: not for the next\nconst_cast<T&>(t);\n", "x.cc:2: needs"),
    ("core/base/x.cc", "\n" * 501, "501 lines"),
    ("core/base/x.cc", "// TO" + "DO: later\n", "unfinished"),
]

SOUND = [
    ("core/wal/x.cc", '#include "core/io/y.h"\n#include "loam/db.h"\n#include "loam/abi.h"\n'),
    ("core/wal/x_test.cc", '#include "gtest/gtest.h"\n#include <gtest/gtest.h>\n'),
    ("core/engine/x.cc", '#include "core/compact/y.h"\n#include <vector>\n'),
    ("core/base/platform.cc", "#include <unistd.h>\n"),
    ("plugins/file_system/posix/x.cc", "#include <sys/mman.h>\n#include <liburing.h>\n"),
    ("plugins/codec/zstd/zstd.cc", "#include <zstd.h>\n"),
    ("plugins/codec/a/a_test.cc", '#include "plugins/codec/codec_test_util.h"\n'),
    ("config/x.cc", '#include "loam/db.h"\n#include <nlohmann/json.hpp>\n#include <fstream>\n'),
    ("tests/model/x.cc", '#include "core/base/y.h"\n#include "loam/config/stack.h"\n'),
    ("core/base/x.cc", "// SAFETY: same bytes\nauto p = reinterpret_cast<char*>(q);\n"),
    ("core/base/x.cc", "auto p =\n    reinterpret_cast<char*>(q);  // SAFETY: same bytes\n"),
    ("core/base/x.cc", "// SAFETY: a counter, and\n// nothing hangs on it\nf(a,\n  std::memory_order_relaxed);\n"),
    ("core/base/x.cc", "// reinterpret_cast<char*> is not used here\n"),
]


def check_function_rule():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        file = root / "core" / "x.cc"
        file.parent.mkdir()
        body = "  g();\n"
        file.write_text("int fits() {\n" + body * 68 + "}\nint long_one() {\n" + body * 69 + "}\n")
        found = list(layers_test.check_tree(root))
    expected = ["core/x.cc:71: function long_one has 71 lines; at most 70"]
    return [] if found == expected else [f"function sizes: found {found}"]


def run():
    failures = check_function_rule()
    for path, text, expected in BROKEN:
        found = list(layers_test.check_text(path, text, PUBLIC))
        if len(found) != 1 or expected not in found[0]:
            failures.append(f"{path} {text[:60]!r}: expected one finding with {expected!r}, got {found}")
    for path, text in SOUND:
        found = list(layers_test.check_text(path, text, PUBLIC))
        if found:
            failures.append(f"{path} {text[:60]!r}: expected nothing, got {found}")
    for failure in failures:
        print(failure)
    print(f"{len(BROKEN) + len(SOUND) + 1} cases, {len(failures)} failures")
    return 1 if failures else 0
