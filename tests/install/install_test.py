#!/usr/bin/env python3
"""Installs a build and uses it as an outsider would.

1. Programs of another project find the package, link plugins, and run.
2. Plugins are built from the installed SDK alone and used by the installed command, through a JSON
   stack, without rebuilding Loam: a sample of each kind, one in C, one in Rust where there is a
   compiler for it, and the template. What shaped the stored bytes is remembered by the store.
3. A plugin built against a header of our major that ends earlier (what an older minor looks like)
   works; one of another major is refused in words.
4. A codec's plugin that is taken away is missed in words, and the data is there when it is back.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys

RUNS = [(f"key{i:05}", chr(97 + i % 26) * 300) for i in range(2000)]


class Failure(Exception):
    pass


def run(*command, expect=0, stdin=None):
    command = [str(c) for c in command]
    done = subprocess.run(command, input=stdin, text=True, capture_output=True, check=False)
    if done.returncode != expect:
        raise Failure(f"{' '.join(command)}\nexit code {done.returncode}, expected {expect}\n"
                      f"{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done


def expect(condition, what):
    if not condition:
        raise Failure(what)


class Installation:
    def __init__(self, arguments):
        self.arguments = arguments
        self.work = pathlib.Path(arguments.work)
        self.source = pathlib.Path(arguments.source)
        self.prefix = self.work / "prefix"
        self.loam = self.prefix / "bin" / "loam"
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        run(arguments.cmake, "--install", arguments.build, "--prefix", self.prefix)
        # Only what was installed may be used from here on.
        expect(self.loam.exists(), "bin/loam is not installed")

    def build(self, project, *definitions):
        """Configures and builds the project in its folder `build`, against the prefix."""
        build = project / "build"
        run(self.arguments.cmake, "-G", "Ninja", "-S", project, "-B", build,
            f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_C_COMPILER={self.arguments.cc}",
            f"-DCMAKE_CXX_COMPILER={self.arguments.cxx}", "-DCMAKE_BUILD_TYPE=Release",
            *definitions)
        run(self.arguments.cmake, "--build", build, "-j", "2")
        return build

    def copy(self, folder, name):
        target = self.work / name
        shutil.copytree(self.source / folder, target)
        return target

    def sample(self, name):
        """A copy of an installed sample."""
        target = self.work / name
        shutil.copytree(self.prefix / "share" / "loam" / "samples" / name, target)
        return target

    def keeps_every_law(self, plugin, *options):
        out = run(self.loam, "plugin", "check", plugin, *options).stdout
        expect(out.endswith(" 0 broken, 0 not run\n"), out)

    def store(self, project):
        """The command with a store and the stack of a sample."""
        return [self.loam, "--store", self.work / f"db_{project.name}", "--stack",
                project / "stack.json"]


def check_programs(installed):
    project = installed.copy("tests/install/outside", "outside")
    for sample in ("embed_options.cc", "batch_snapshot.cc", "embed_json.cc"):
        shutil.copy(installed.prefix / "share" / "loam" / "samples" / sample, project)
    build = installed.build(project)
    out = run(build / "embed_options", installed.work / "db_options").stdout
    expect("banana is gone" in out and "cherry: dark red" in out, out)
    out = run(build / "batch_snapshot").stdout
    expect(out == "before: alice 100, bob 0\nafter: alice 70, bob 30\n", out)


def check_codec_sample(installed):
    project = installed.sample("codec_plugin")
    installed.build(project)
    installed.keeps_every_law(project / "build" / "rot.loam.so")
    stack = project / "stack.json"
    loam = [installed.loam, "--store", installed.work / "db_rot"]
    data = "".join(f"{k}\t{v}\n" for k, v in RUNS)
    run(*loam, "--stack", stack, "load", "-", stdin=data)
    run(*loam, "--stack", stack, "flush")
    info = run(*loam, "--stack", stack, "info").stdout
    expect("org.example.rot/1?shift=7" in info, f"no table says that it was written by rot:\n{info}")
    # Another shift for new tables: the old ones are still read with theirs.
    stack.write_text(stack.read_text().replace('"shift": 7', '"shift": 8'))
    expect(run(*loam, "--stack", stack, "scan").stdout == data, "records changed with the option")
    run(*loam, "--stack", stack, "put", "zzz", "a" * 300)
    run(*loam, "--stack", stack, "compact")
    info = run(*loam, "--stack", stack, "info").stdout
    expect("org.example.rot/1?shift=8" in info and "shift=7" not in info, info)
    bad = run(installed.loam, "--set", "/store/default/table/codec/shift=256", "config", "check",
              stack, expect=2).stderr
    expect("shift" in bad and "255" in bad, bad)
    check_missing_plugin(loam, stack, project / "build" / "rot.loam.so")


def check_missing_plugin(loam, stack, plugin):
    hidden = plugin.with_suffix(".away")
    plugin.rename(hidden)
    plain = stack.with_name("plain.json")
    plain.write_text('{"version": 1, "plugins": {"search_paths": ["./build"]}}')
    said = run(*loam, "--stack", plain, "get", "key00001", expect=3).stderr
    for part in ("table", "org.example.rot/1", "org.example.rot 1.0.0", str(plugin.parent)):
        expect(part in said, f"the message does not name {part}:\n{said}")
    hidden.rename(plugin)
    expect(run(*loam, "--stack", plain, "get", "key00001").stdout == "b" * 300 + "\n", "value")


def check_filter_sample(installed):
    project = installed.sample("filter_plugin")
    installed.build(project)
    installed.keeps_every_law(project / "build" / "exact.loam.so")
    loam = installed.store(project)
    data = "".join(f"{k}\t{v}\n" for k, v in RUNS)
    run(*loam, "load", "-", stdin=data)
    run(*loam, "compact")
    expect("org.example.exact/1" in run(*loam, "info").stdout, "no table has the filter")
    for key, value in RUNS[::100]:
        expect(run(*loam, "get", key).stdout == value + "\n", f"{key} is not found")
    run(*loam, "get", "key00001x", expect=1)


def check_comparator_sample(installed):
    project = installed.sample("comparator_plugin")
    installed.build(project)
    installed.keeps_every_law(project / "build" / "natural.loam.so")
    loam = installed.store(project)
    run(*loam, "load", "-", stdin="file10\ta\nfile9\tb\nfile1\tc\nfile09\td\n")
    run(*loam, "compact")
    expect(run(*loam, "scan").stdout == "file1\tc\nfile09\td\nfile9\tb\nfile10\ta\n", "order")


def check_merge_operator_sample(installed):
    project = installed.sample("merge_operator_plugin")
    installed.build(project)
    installed.keeps_every_law(project / "build" / "longest.loam.so")


def check_file_system_sample(installed):
    project = installed.sample("file_system_plugin")
    installed.build(project)
    installed.keeps_every_law(project / "build" / "audit.loam.so", "--with",
                              "file_system:audit/base=@file_system:posix")
    stack = project / "stack.json"
    stack.write_text(stack.read_text().replace("trail.txt", str(project / "trail.txt")))
    loam = installed.store(project)
    run(*loam, "load", "-", stdin="a\tb\n")
    run(*loam, "compact")
    expect(run(*loam, "get", "a").stdout == "b\n", "value")
    trail = (project / "trail.txt").read_text()
    expect("rename " in trail and "/CURRENT\n" in trail, f"nothing was audited:\n{trail}")


def check_c_sample(installed):
    project = installed.sample("c_plugin")
    installed.build(project)
    installed.keeps_every_law(project / "build" / "rle_c.loam.so")
    loam = installed.store(project)
    data = "".join(f"{k}\t{v}\n" for k, v in RUNS)
    run(*loam, "load", "-", stdin=data)
    run(*loam, "compact")
    expect("org.example.rle_c/1?mask=85" in run(*loam, "info").stdout, "no table by the C plugin")
    expect(run(*loam, "scan").stdout == data, "records changed")
    bad = run(installed.loam, "--set", "/store/default/table/codec/mask=256", "config", "check",
              project / "stack.json", expect=2).stderr
    expect("mask" in bad and "255" in bad, bad)


def check_rust_sample(installed):
    if not installed.arguments.rustc:
        print("no rustc: the sample in Rust is not built")
        return
    project = installed.sample("rust_plugin")
    (project / "build").mkdir()
    plugin = project / "build" / "nocase.loam.so"
    run(installed.arguments.rustc, "--edition", "2021", "--crate-type", "cdylib", "-C", "opt-level=2",
        "-C", "panic=abort", "-D", "warnings", "-o", plugin, project / "nocase.rs")
    installed.keeps_every_law(plugin)
    loam = installed.store(project)
    run(*loam, "load", "-", stdin="b\t1\nA\t2\na\t3\nB\t4\nC\t5\n")
    run(*loam, "compact")
    out = run(*loam, "scan").stdout
    expect(out == "A\t2\na\t3\nB\t4\nb\t1\nC\t5\n", f"order:\n{out}")


def check_template(installed):
    project = installed.work / "my_plugin"
    shutil.copytree(installed.prefix / "share" / "loam" / "template", project)
    environment = {"CC": installed.arguments.cc, "CXX": installed.arguments.cxx}
    out = run("env", *(f"{k}={v}" for k, v in environment.items()), project / "ci.sh",
              installed.prefix).stdout
    expect("100% tests passed, 0 tests failed out of 2" in out, out)


def check_compaction_filter_sample(installed):
    project = installed.sample("compaction_filter_plugin")
    installed.build(project)
    installed.keeps_every_law(project / "build" / "drop_prefix.loam.so", "--with",
                              "compaction_filter:drop_prefix/prefix=key0001")
    loam = installed.store(project)
    run(*loam, "load", "-", stdin="keep/1\ta\ntmp/1\tb\ntmp/2\tc\nzoo\td\n")
    run(*loam, "compact")
    out = run(*loam, "scan").stdout
    expect(out == "keep/1\ta\nzoo\td\n", f"the filter kept:\n{out}")


def build_fossil(installed, name, entry, *changes):
    """A plugin built against the installed abi.h after `changes`, and its manifest beside it."""
    project = installed.copy("tests/install/fossil", name)
    headers = project / "headers" / "loam"
    shutil.copytree(installed.prefix / "include" / "loam", headers)
    for header in headers.glob("abi*.h"):
        text = header.read_text()
        for old, new in changes:
            text = text.replace(old, new)
        header.write_text(text)
    build = installed.build(project, f"-DFOSSIL_HEADERS={headers.parent}",
                            f"-DFOSSIL_ENTRY={entry}")
    return project, build


def write_manifest(build, abi):
    (build / "fossil.loam.so.manifest").write_text(
        f"id=org.example.fossil\nversion=0.9.0\nabi={abi}\nmin_host=0\n"
        "component=codec:fossil:org.example.fossil/1\n")


def write_stack(project):
    stack = project / "stack.json"
    stack.write_text('{"version": 1, "plugins": {"search_paths": ["./build"]},\n'
                     ' "store": {"default": {"table": {"codec": "fossil"}}}}\n')
    return stack


def check_older_minor(installed):
    # Structs that grow at their end: in an older header the last fields were not there.
    project, build = build_fossil(
        installed, "older_minor", "loam_plugin_entry_v1",
        ("  const void* (*get_extension)(void* self, const char* id)LOAM_NOEXCEPT; /* [any]; may be"
         " NULL */\n", ""),
        ("LOAM_CHECK_LAYOUT(loam_codec_v1, get_extension, 8);\n", ""))
    headers = (project / "headers" / "loam").glob("abi*.h")
    expect(all("get_extension" not in h.read_text() for h in headers),
           "the older header was not made older")
    write_manifest(build, "1.0")
    stack = write_stack(project)
    loam = [installed.loam, "--store", installed.work / "db_fossil", "--stack", stack]
    data = "".join(f"{k}\t{v}\n" for k, v in RUNS)
    run(*loam, "load", "-", stdin=data)
    run(*loam, "compact")
    expect("org.example.fossil/1" in run(*loam, "info").stdout, "no table by the older plugin")
    expect(run(*loam, "scan").stdout == data, "the older plugin's tables read differently")


def check_wrong_major(installed):
    project, build = build_fossil(installed, "wrong_major", "loam_plugin_entry_v2",
                                  ("#define LOAM_ABI_MAJOR 1u", "#define LOAM_ABI_MAJOR 2u"))
    write_manifest(build, "2.0")
    stack = write_stack(project)
    listed = run("env", f"LOAM_PLUGIN_PATH={build}", installed.loam, "plugin", "list").stdout
    row = next((r for r in listed.splitlines() if "fossil.loam.so" in r), "")
    words = "built for ABI major 2, this host speaks 1"
    expect(row.startswith("rejected") and words in row, f"not refused in words:\n{listed}")
    said = run(installed.loam, "--store", installed.work / "db_major", "--stack", stack, "put", "k",
               "v", expect=2).stderr
    expect('unknown codec "fossil"' in said and words in said, said)
    expect(not (installed.work / "db_major").exists(), "a refused stack left a store behind")


def main():
    parser = argparse.ArgumentParser()
    for name in ("build", "source", "work", "cmake", "cxx", "cc"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--rustc", default="")
    checks = [check_programs, check_codec_sample, check_filter_sample, check_comparator_sample,
              check_compaction_filter_sample, check_merge_operator_sample,
              check_file_system_sample, check_c_sample, check_rust_sample, check_template,
              check_older_minor, check_wrong_major]
    try:
        installed = Installation(parser.parse_args())
        for check in checks:
            check(installed)
            print(f"{check.__name__}: ok")
    except Failure as failure:
        print(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
