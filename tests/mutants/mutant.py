"""One mutant, the table of all of them, and the list of them in docs/testing.md.

A file of the table holds the mutants of an area. Lines that begin with # are comments. A mutant:

    [name]
    breaks: the bug, in a line
    file: core/wal/writer.cc
    test: wal_test Wal.CutAtEveryByte:Wal.FlipOfEveryByte
    -  a line that is taken out
    +  a line that takes its place
       a line that stays, for the place to be found

`test` names a test program of the build and tests in it: Suite.Case, or Suite.Case/parameter. The
lines with a sign are a piece of a diff without line numbers: those with - and blank have to be
found in the file, one after another, exactly once.
"""

import dataclasses
import re

BEGIN = "<!-- mutants: written by tests/mutants/mutants.py --docs -->\n"
END = "<!-- mutants: end -->\n"
HUNK_SIGNS = "-+ "


@dataclasses.dataclass
class Mutant:
    area: str
    name: str
    where: str
    fields: dict = dataclasses.field(default_factory=dict)
    hunk: list = dataclasses.field(default_factory=list)

    @property
    def breaks(self):
        return self.fields["breaks"]

    @property
    def file(self):
        return self.fields["file"]

    @property
    def target(self):
        return self.fields["test"].split()[0]

    @property
    def tests(self):
        return self.fields["test"].split()[1]

    def text(self, signs):
        return "".join(line[1:] + "\n" for line in self.hunk if line[0] in signs)

    def apply(self, source):
        return ("\n" + source).replace("\n" + self.text("- "), "\n" + self.text("+ "))[1:]

    def check(self, root, test_cases):
        """What is wrong with it against the tree, as a list of lines."""
        for test in self.tests.split(":"):
            case = re.search(r"(\w+)\.(\w+)", test)
            if not case or case.groups() not in test_cases:
                return [f"{self.where}: {self.name}: there is no test {test}"]
        path = root / self.file
        if not path.is_file():
            return [f"{self.where}: {self.name}: there is no file {self.file}"]
        source = path.read_text()
        count = ("\n" + source).count("\n" + self.text("- "))
        if count != 1:
            return [f"{self.where}: {self.name}: its text is {count} times in {self.file}, "
                    "expected once"]
        if self.text("- ") == self.text("+ "):
            return [f"{self.where}: {self.name}: changes nothing"]
        return []


def find_test_cases(root):
    """(suite, case) of every GoogleTest in the tree."""
    found = set()
    for part in ("core", "plugins", "tests"):
        for path in (root / part).rglob("*.cc"):
            found.update(re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text(),
                                    re.MULTILINE))
    return found


def parse_file(path):
    mutants, wrong = [], []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{path.name}:{number}"
        if not line or line[0] == "#":
            continue
        heading = re.fullmatch(r"\[([a-z0-9-]+)\]", line)
        field = re.fullmatch(r"(breaks|file|test): (.+)", line)
        if heading:
            mutants.append(Mutant(path.stem, f"{path.stem}/{heading.group(1)}", where))
        elif field and mutants:
            mutants[-1].fields[field.group(1)] = field.group(2)
        elif line[0] in HUNK_SIGNS and mutants:
            mutants[-1].hunk.append(line)
        else:
            wrong.append(f"{where}: neither a heading, a field nor a line of a diff: {line}")
    return mutants, wrong


def read_table(folder):
    """All mutants, and what is wrong with the table itself."""
    mutants, wrong = [], []
    for path in sorted(folder.glob("*.txt")):
        found, errors = parse_file(path)
        mutants += found
        wrong += errors
    names = [m.name for m in mutants]
    for m in mutants:
        missing = [name for name in ("breaks", "file", "test") if name not in m.fields]
        if missing:
            wrong.append(f"{m.where}: {m.name} has no {', '.join(missing)}")
        elif len(m.fields["test"].split()) != 2:
            wrong.append(f"{m.where}: {m.name}: expected a program and a filter")
        if not any(line[0] != " " for line in m.hunk):
            wrong.append(f"{m.where}: {m.name} changes nothing")
        if names.count(m.name) > 1:
            wrong.append(f"{m.where}: {m.name} is there twice")
    if not mutants:
        wrong.append(f"{folder}: there are no mutants")
    # What is broken in itself is not looked at further.
    return ([], wrong) if wrong else (mutants, [])


def docs_section(mutants):
    lines = ["| mutant | breaks | noticed by |", "|---|---|---|"]
    for m in mutants:
        tests = ", ".join(f"`{test}`" for test in m.tests.split(":"))
        lines.append(f"| `{m.name}` | {m.breaks} | `{m.target}`: {tests} |")
    return BEGIN + "\n" + "\n".join(lines) + "\n\n" + END


def split_docs(root):
    path = root / "docs" / "testing.md"
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, behind = rest.partition(END)
    return path, (before, behind) if begin and end else None


def write_docs(root, mutants):
    path, parts = split_docs(root)
    if parts:
        path.write_text(parts[0] + docs_section(mutants) + parts[1])


def check_docs(root, mutants):
    path, parts = split_docs(root)
    if parts is None:
        return [f"{path.name}: has no place for the list of mutants ({BEGIN.strip()})"]
    if parts[0] + docs_section(mutants) + parts[1] == path.read_text():
        return []
    return [f"{path.name}: its list of mutants is not that of the table: "
            "tests/mutants/mutants.py --docs writes it"]
