"""A class that misses a requirement of the SDK is refused by the compiler with the one sentence that
says which.

usage: refused_test.py COMPILER INCLUDE

Each case takes one thing away from a class that compiles. At the end, every sentence that stands in a
static_assert of the SDK's headers must have been met, so that a new requirement wants a new case."""
import concurrent.futures
import pathlib
import re
import subprocess
import sys

OPTIONS = """
enum class Mode { kOne, kTwo };
struct Entry { int size = 1; static consteval auto describe() { return sdk::options(sdk::opt("size", &Entry::size)); } };
struct Options { int a = 1; Mode mode{}; std::string text; loam_component_ref base{}; std::vector<Entry> list; };
struct T {
  static constexpr auto kName = "case", kPersistentId = "org.example.case/1";
  using Options = ::Options;
  static consteval auto describe() {
    return sdk::options(sdk::opt("a", &Options::a), sdk::opt("mode", &Options::mode).one_of("one", "two"),
                        sdk::opt("text", &Options::text),
                        sdk::opt("base", &Options::base).kind("codec"), sdk::opt("list", &Options::list));
  }
  explicit T(const Options&) {}
  void reconfigure(const Options&) noexcept {}
  int compare(Bytes a, Bytes b) const noexcept { return a.compare(b); }
  ~T() {}
};
constexpr loam::sdk::PluginInfo kInfo{.id = "org.example.case", .version = "1"};
LOAM_PLUGIN_INFO(kInfo, sdk::comparator<T>)
"""

CODEC = """
struct T {
  static constexpr auto kName = "case", kPersistentId = "org.example.case/1";
  std::size_t bound(std::size_t n) const noexcept { return n; }
  std::size_t compress(Bytes, MutableBytes) const { return 0; }
  std::size_t decompress(Bytes, MutableBytes) const { return 0; }
  const void* extension(std::string_view) const noexcept { return nullptr; }
};
LOAM_PLUGIN("org.example.case", "1", "Apache-2.0", sdk::codec<T>)
"""

COMPARATOR = """
struct T {
  static constexpr auto kName = "case", kPersistentId = "org.example.case/1";
  std::uint32_t properties() const noexcept { return 0; }
  int compare(Bytes a, Bytes b) const noexcept { return a.compare(b); }
};
LOAM_PLUGIN("org.example.case", "1", "Apache-2.0", sdk::comparator<T>)
"""

FILTER = """
struct T {
  static constexpr auto kName = "case", kPersistentId = "org.example.case/1";
  struct Builder { void add(std::uint64_t) {} void finish(sdk::Sink&) {} };
  struct Reader { bool may_match(std::uint64_t) const noexcept { return true; } };
  Builder builder(std::size_t) const { return {}; }
  Reader reader(Bytes) const { return {}; }
  double false_positive_rate() const noexcept { return 1; }
};
LOAM_PLUGIN("org.example.case", "1", "Apache-2.0", sdk::filter<T>)
"""

COMPACTION_FILTER = """
struct T {
  static constexpr auto kName = "case";
  struct Job { sdk::Decision decide(const sdk::CompactionEntry&) { return sdk::Decision::keep(); } };
  Job job(const sdk::CompactionInfo&) const { return {}; }
};
LOAM_PLUGIN("org.example.case", "1", "Apache-2.0", sdk::compaction_filter<T>)
"""

MERGE_OPERATOR = """
struct T {
  static constexpr auto kName = "case", kPersistentId = "org.example.case/1";
  std::string merge(Bytes, Bytes, Bytes) const { return {}; }
};
LOAM_PLUGIN("org.example.case", "1", "Apache-2.0", sdk::merge_operator<T>)
"""

FILE_SYSTEM = """
#include <loam/sdk/file_system.h>
using loam::Result; using loam::Status; using std::unique_ptr; using Path = const std::string&;
struct R {
  Result<std::uint64_t> size() { return 0; }
  Result<std::size_t> read(std::uint64_t, MutableBytes) { return 0; }
  Result<Bytes> map() { return Bytes(); }
  void read_many(std::span<loam_read_request>) {}
};
struct S { Result<std::size_t> read(MutableBytes) { return 0; } };
struct A {
  Status write(Bytes) { return {}; }
  Status sync(bool) { return {}; }
  Status close() { return {}; }
  Result<char*> reserve(std::size_t) { return nullptr; }
  Status commit(std::size_t) { return {}; }
  Status sync_range(std::uint64_t, std::uint64_t) { return {}; }
  Status preallocate(std::uint64_t) { return {}; }
};
struct L {};
struct T {
  static constexpr auto kName = "case";
  using RandomFile = R; using SequentialFile = S; using AppendFile = A; using Lock = L;
  std::uint64_t capabilities() const noexcept { return 0; }
  loam_component_ref base() const noexcept { return {}; }
  Result<unique_ptr<R>> open_random(Path) { return std::make_unique<R>(); }
  Result<unique_ptr<S>> open_sequential(Path) { return std::make_unique<S>(); }
  Result<unique_ptr<A>> open_append(Path, std::uint32_t) { return std::make_unique<A>(); }
  Result<unique_ptr<L>> lock(Path) { return std::make_unique<L>(); }
  Result<loam_file_info> stat(Path) { return loam_file_info{}; }
  Result<std::vector<std::string>> list(Path) { return std::vector<std::string>(); }
  Status make_directory(Path) { return {}; }
  Status remove_directory(Path) { return {}; }
  Status sync_directory(Path) { return {}; }
  Status remove_file(Path) { return {}; }
  Status rename(Path, Path) { return {}; }
  Status link(Path, Path) { return {}; }
  Result<std::uint64_t> free_space(Path) { return 0; }
};
LOAM_PLUGIN("org.example.case", "1", "Apache-2.0", sdk::file_system<T>)
"""

STATE = """
struct State { explicit State(sdk::Host) {} };
struct T {
  static constexpr auto kName = "case", kPersistentId = "org.example.case/1";
  int compare(Bytes a, Bytes b) const noexcept { return a.compare(b); }
};
constexpr auto kInfo = sdk::with_state<State>({.id = "org.example.case", .version = "1"});
LOAM_PLUGIN_INFO(kInfo, sdk::comparator<T>)
"""

ID = ', kPersistentId = "org.example.case/1"'
ITEM = '"size", &Entry::size'
# What is replaced by what, and the sentence.
CASES = [
    (CODEC, 'kName = "case"', 'kOther = "case"', "T needs `static constexpr auto kName"),
    (CODEC, '"case"', '"Not-Plain"', "kName is lower case letters, digits and '_'"),
    (CODEC, ID, "", "a codec shapes bytes: T needs"),
    (CODEC, "bound", "bond", "T needs `std::size_t bound(std::size_t raw_size) const noexcept`"),
    (CODEC, "n) const noexcept", "n) const", "bound() must be noexcept: it cannot report errors"),
    (CODEC, " compress", " press", "T needs `std::size_t compress(Bytes in, MutableBytes out) const`"),
    (CODEC, "decompress", "expand", "T needs `std::size_t decompress(Bytes in, MutableBytes out)"),
    (CODEC, "view) const noexcept", "view) const", "extension() must be noexcept"),
    (CODEC, '"1"', '""', "the plugin needs a version"),
    (CODEC, '"org.example.case", "1"', '"org:example", "1"', "the plugin needs a plain id"),
    (CODEC, "case/1", "case?1", "a persistent id holds no control characters, ':', ',', '?' or '='"),
    (CODEC, "struct T {", "struct T {\n  struct Dictionary {};", "T has a Dictionary: it is made by (const T&, Bytes"),
    (CODEC, ", sdk::codec<T>", "", "a plugin provides at least one component"),
    (OPTIONS, "static consteval auto describe() {\n", "static consteval auto other() {\n",
     "T has Options but no `static consteval auto describe()`"),
    (OPTIONS, "T(const Options&)", "T(int)", "T needs a constructor from (Options)"),
    (OPTIONS, "~T() {}", "~T() noexcept(false) {}", "T's destructor must not throw"),
    (OPTIONS, 'opt("a"', 'opt("type"', "option names: lower case, digits, '_', and not \"type\""),
    (OPTIONS, 'opt("a"', 'opt("text"', "two options have the same name"),
    (OPTIONS, '.one_of("one", "two")', "", "an option of enum type needs one_of()"),
    (OPTIONS, '.kind("codec")', "", "a loam_component_ref option needs kind()"),
    (OPTIONS, f"opt({ITEM})", f"opt({ITEM}).online()", "items of a list: plain unique names"),
    (OPTIONS, f"opt({ITEM})", f"opt({ITEM}), sdk::opt({ITEM})", "items of a list: plain unique names"),
    (OPTIONS, "&Options::a)", "&Options::a).online().shapes_bytes()",
     "shapes_bytes() excludes online(), secret() and component references"),
    (OPTIONS, "&Options::base)", "&Options::base).shapes_bytes()", "shapes_bytes() excludes online()"),
    (OPTIONS.replace("&Options::a)", "&Options::a).online()"), "reconfigure", "change",
     "online() options need `void reconfigure(const Options&) noexcept` in T"),
    (OPTIONS, "int a = 1", "char a = 1", "an option is bool, a 32 or 64-bit integer, double"),
    (OPTIONS, "&Options::text)", "&Options::text).range(1, 2)", "range() is for numbers"),
    (OPTIONS, "&Options::a)", "&Options::a).items_max(3)", "items_max() is for lists"),
    (OPTIONS, "&Options::a)", '&Options::a).one_of("x")', "one_of() is for std::string and for enums"),
    (OPTIONS, "&Options::text)", "&Options::text).one_of(" + ", ".join(['"x"'] * 17) + ")",
     "one_of() takes at most 16 choices"),
    (OPTIONS, "&Options::a)", "&Options::a).secret()", "secret() is for std::string"),
    (OPTIONS, "&Options::a)", '&Options::a).kind("codec")', "kind() is for loam_component_ref"),
    (OPTIONS, "&Options::text)", "&Options::text).unit_bytes()", "units are for integers"),
    (COMPARATOR, ID, "", "an order is stored: T needs"),
    (COMPARATOR, "compare(Bytes", "before(Bytes", "T needs `int compare(Bytes a, Bytes b) const noexcept`"),
    (COMPARATOR, "b) const noexcept", "b) const", "compare() must be noexcept: it cannot report errors"),
    (COMPARATOR, "() const noexcept", "() const", "properties() must be noexcept"),
    (FILTER, ID, "", "a filter shapes bytes: T needs"),
    (FILTER, " builder(", " maker(", "T needs `Builder builder(std::size_t expected_keys) const`"),
    (FILTER, " reader(", " opener(", "T needs `Reader reader(Bytes retained) const`"),
    (FILTER, "() const noexcept", "() const", "T needs `double false_positive_rate() const noexcept`"),
    (FILTER, "may_match(std::uint64_t)", "may_match(Bytes)",
     "both take hashes (std::uint64_t) or both take keys (Bytes)"),
    (FILTER, "void finish(sdk::Sink&) {}", "", "the Builder needs add() and finish(Sink&)"),
    (FILTER, "std::uint64_t) const noexcept", "std::uint64_t) const", "a noexcept may_match()"),
    (COMPACTION_FILTER, "Job job(", "Job work(", "T needs `Decision decide(const CompactionEntry&) const` or"),
    (COMPACTION_FILTER, "Decision decide", "Decision judge", "the Job needs `Decision decide(const CompactionEntry&)`"),
    (MERGE_OPERATOR, ID, "", "merging is stored: T needs"),
    (MERGE_OPERATOR, " merge(", " join(", "T needs `std::string merge(Bytes key, Bytes left, Bytes right) const`"),
    (MERGE_OPERATOR, "};\n", "  std::string full_merge(Bytes, const Bytes*, sdk::Operands) const { return {}; }\n};\n",
     "T has merge() and full_merge(): which of them counts?"),
    (STATE, "explicit State(sdk::Host) {}", "explicit State(int) {}",
     "State needs a constructor from (loam::sdk::Host) or ()"),
    (FILE_SYSTEM, "using Lock = L;", "", "a file system names its handle types"),
    (FILE_SYSTEM, "capabilities() const noexcept", "capabilities() const", "it cannot fail"),
    (FILE_SYSTEM, "base() const noexcept", "base() const", "base must be `loam_component_ref base() const noexcept`"),
    (FILE_SYSTEM, "struct S { Result<std::size_t> read", "struct S { Result<std::size_t> next",
     "SequentialFile needs `Result<std::size_t> read(MutableBytes out)`"),
    (FILE_SYSTEM, "size()", "length()", "RandomFile needs `Result<std::uint64_t> size()`"),
    (FILE_SYSTEM, "read(std::uint64_t, ", "get(std::uint64_t, ", "RandomFile needs `Result<std::size_t> read("),
    (FILE_SYSTEM, "Result<Bytes> map() { return Bytes(); }", "Bytes map() { return {}; }",
     "map must be `Result<Bytes> map()`"),
    (FILE_SYSTEM, "void read_many(std::span<loam_read_request>) {}", "void read_many(int) {}",
     "read_many must be `void read_many(std::span<loam_read_request>)`"),
    (FILE_SYSTEM, "write(", "put(", "AppendFile needs `Status write(Bytes bytes)`"),
    (FILE_SYSTEM, "Status sync(bool)", "Status sync(std::string)", "AppendFile needs `Status sync(bool full)`"),
    (FILE_SYSTEM, "close()", "finish()", "AppendFile needs `Status close()`: a destructor cannot report"),
    (FILE_SYSTEM, "Status commit(std::size_t) { return {}; }", "",
     "reserve and commit come together or not at all"),
    (FILE_SYSTEM, "Result<char*> reserve(std::size_t)", "Result<int*> reserve(std::size_t)",
     "reserve must be `Result<char*> reserve(std::size_t size)`"),
    (FILE_SYSTEM, "Status commit(std::size_t)", "Status commit(Path)", "commit must be `Status commit(std::size_t size)`"),
    (FILE_SYSTEM, "sync_range(std::uint64_t, std::uint64_t)", "sync_range(std::uint64_t)",
     "sync_range must be `Status sync_range(std::uint64_t offset, std::uint64_t size)`"),
    (FILE_SYSTEM, "preallocate(std::uint64_t)", "preallocate(Path)",
     "preallocate must be `Status preallocate(std::uint64_t size)`"),
    (FILE_SYSTEM, "open_random(", "open_any(", "a file system needs `Result<std::unique_ptr<RandomFile>> open_random("),
    (FILE_SYSTEM, "open_sequential(", "open_stream(",
     "a file system needs `Result<std::unique_ptr<SequentialFile>> open_sequential("),
    (FILE_SYSTEM, "open_append(", "open_log(", "a file system needs `Result<std::unique_ptr<AppendFile>> open_append("),
    (FILE_SYSTEM, " lock(", " hold(", "the Lock's destructor unlocks"),
    (FILE_SYSTEM, " stat(", " state(", "a file system needs `Result<loam_file_info> stat("),
    (FILE_SYSTEM, " list(", " names(", "a file system needs `Result<std::vector<std::string>> list("),
    (FILE_SYSTEM, "make_directory", "mkdir", "a file system needs `Status make_directory("),
    (FILE_SYSTEM, "remove_directory", "rmdir", "a file system needs `Status remove_directory("),
    (FILE_SYSTEM, "sync_directory", "fsync", "a file system needs `Status sync_directory("),
    (FILE_SYSTEM, "remove_file", "unlink", "a file system needs `Status remove_file("),
    (FILE_SYSTEM, "rename", "move", "a file system needs `Status rename("),
    (FILE_SYSTEM, "link(Path, Path)", "link(Path)", "link must be `Status link("),
    (FILE_SYSTEM, "free_space(Path)", "free_space(int)", "free_space must be `Result<std::uint64_t> free_space("),
]


def compile_text(compiler, include, body):
    text = "#include <loam/sdk.h>\n#include <string>\n#include <vector>\nnamespace sdk = loam::sdk;\n" + body
    return subprocess.run([compiler, "-std=c++20", "-fsyntax-only", f"-I{include}", "-x", "c++", "-"],
                          input=text, text=True, capture_output=True, check=False)


def refusal(compiler, include, case):
    """What is wrong with a case, or nothing."""
    body, old, new, sentence = case
    if old not in body:
        return f"the case changes nothing: {old!r}"
    done = compile_text(compiler, include, body.replace(old, new, 1))
    if done.returncode == 0:
        return f"compiles, though it should say {sentence!r}"
    first = next((line for line in done.stderr.splitlines() if "error: " in line), "")
    if sentence not in done.stderr.replace('\\"', '"'):
        return f"expected {sentence!r}, found first {first!r}"
    return ""


def sentences(include):
    """The texts of all static_asserts in the SDK's headers, their pieces joined."""
    found = []
    for header in sorted(pathlib.Path(include, "loam", "sdk").rglob("*.h")):
        text = re.sub(r"\\\n", " ", header.read_text())
        for condition in re.split(r"static_assert\s*\(", text)[1:]:
            end = condition.index(");")
            pieces = re.findall(r'"((?:[^"\\]|\\.)*)"', condition[:end + 2])
            message = "".join(pieces).replace('\\"', '"')
            if len(message) > 15:
                found.append((header.name, message))
    return found


def main(compiler, include):
    failures = []
    bodies = [OPTIONS, CODEC, COMPARATOR, FILTER, COMPACTION_FILTER, MERGE_OPERATOR, FILE_SYSTEM, STATE]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for body, done in zip(bodies, pool.map(lambda b: compile_text(compiler, include, b), bodies)):
            if done.returncode != 0:
                failures.append(f"a class that misses nothing is refused:\n{body}\n{done.stderr[:3000]}")
        for case, wrong in zip(CASES, pool.map(lambda c: refusal(compiler, include, c), CASES)):
            if wrong:
                failures.append(f"{case[1]!r} -> {case[2]!r}: {wrong}")
    told = sentences(include)
    for header, message in told:
        if not any(sentence in message for *_, sentence in CASES):
            failures.append(f"{header}: no case meets {message!r}")
    print(f"{len(CASES)} cases, {len(told)} sentences in the headers")
    print("\n".join(failures))
    return 1 if failures or len(told) < 60 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
