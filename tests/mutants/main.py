"""Tries changes of the sources: see run.sh."""

import argparse
import fcntl
import fnmatch
import json
import os
import pathlib
import random
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import zlib

import places

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent

sys.path.append(str(HERE.parent / "faults"))
import trial

# A changed loop may never end, and what it makes may have no end.
LONGEST = 60  # seconds of a test, unless it takes a fifth of that without a change
MEMORY = 4 << 30
FILE = 8 << 30

# The outcome of a change that a test cannot be built with, or that no test is built with
BROKEN = "broken", "does not compile"

# Tests with ThreadSanitizer, which reserves more addresses than any limit allows
WITHOUT_LIMIT = {"resolve"}


def names_of_tree():
    """Returns the names of all files that Git does not ignore."""
    listed = subprocess.check_output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                     cwd=SOURCE, text=True)
    return sorted(set(filter(None, listed.split("\0"))))


class Tree:
    """The copy of the tree, and its build."""

    def __init__(self, directory, jobs):
        self.ninja = ["ninja", *(["-j", str(jobs)] if jobs else [])]
        self.source = directory
        self.build = directory / "build"

    def update(self):
        """Copies what differs, so that only that is built anew."""
        for name in names_of_tree():
            original, copy = SOURCE / name, self.source / name
            if not original.exists():
                copy.unlink(missing_ok=True)
            elif not copy.exists() or copy.read_bytes() != original.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(original.read_bytes())
                copy.chmod(original.stat().st_mode)
        if not (self.build / "build.ninja").exists():
            subprocess.run(["meson", "setup", "-Doptimization=0", "-Ddebug=false", self.build, self.source],
                           stdout=subprocess.DEVNULL, check=True)

    def make(self, targets):
        """Returns whether the targets can be built."""
        done = subprocess.run([*self.ninja, "-C", self.build, *targets], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.output = done.stdout.decode(errors="replace")
        return done.returncode == 0

    def introspect(self, what):
        return json.loads(subprocess.check_output(["meson", "introspect", "--" + what, self.build]))

    def objects_of(self, file):
        """Returns the commands that compile the file, which may be one of several that are compiled as one."""
        path = str(self.source / file)
        out = []
        for entry in json.loads((self.build / "compile_commands.json").read_text()):
            compiled = self.build / entry["file"]
            if compiled.resolve() == pathlib.Path(path) or "unity" in compiled.name and compiled.exists() and (
                    path in compiled.read_text()):
                out.append(entry["command"])
        return out

    def optimized(self, file):
        """Returns the optimized objects of the file, or None where it does not compile. Where these stay the same,
        nothing has changed."""
        out = []
        for command in self.objects_of(file):
            with tempfile.NamedTemporaryFile(suffix=".o") as made:
                words = [each for each in shlex.split(command) if each != "ccache"]
                words[words.index("-o") + 1] = made.name
                if subprocess.run([*words, "-O2", "-w"], cwd=self.build, stderr=subprocess.DEVNULL).returncode != 0:
                    return None
                out.append(pathlib.Path(made.name).read_bytes())
        return out


class Test:
    def __init__(self, entry, outputs):
        self.name = entry["name"]
        self.suites = [each.split(":")[-1] for each in entry["suite"]]
        self.command = entry["cmd"]
        self.environment = entry["env"]
        self.directory = entry["workdir"]
        self.needs = [outputs[each] for each in entry["depends"] if each in outputs]
        self.limit = LONGEST

    def limit_process(self):
        if self.name not in WITHOUT_LIMIT:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def fault(self, tree):
        """Runs the test, and returns what it does, as a verb, if it does not pass."""
        before = trial.children()
        with tempfile.TemporaryDirectory(prefix="chunk-mutant.") as temporary:
            process = subprocess.Popen(
                self.command, env=dict(os.environ, **self.environment, TMPDIR=temporary),
                cwd=self.directory or tree.build, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=self.limit_process)
            try:
                # 77 is a test that is skipped.
                return None if process.wait(self.limit) in (0, 77) else "fails"
            except subprocess.TimeoutExpired:
                return f"takes more than {self.limit:.0f} s"
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                process.wait()
                end_orphans(before)


def end_orphans(before):
    """Ends what a test has left running."""
    while rest := trial.children() - before:
        for process in rest:
            try:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
            except (ProcessLookupError, ChildProcessError):
                pass


class Cover:
    """Which tests cover a file."""

    def __init__(self, tree, suites):
        outputs = {each["id"]: [os.path.relpath(name, tree.build) for name in each["filename"]][0]
                   for each in tree.introspect("targets")}
        self.tests = {}
        for entry in tree.introspect("tests"):
            test = Test(entry, outputs)
            if not suites or set(suites) & set(test.suites):
                self.tests[test.name] = test
        self.rows = []
        for line in (HERE / "covers.txt").read_text().splitlines():
            if line and not line.startswith("#"):
                pattern, *names = line.split()
                self.rows.append((pattern, names))

    def of(self, file):
        """Returns the tests in the order in which they are run: that of the same name comes first."""
        stem = pathlib.Path(file).stem
        patterns = [stem, stem + "_*", stem + "-*"]
        for pattern, names in self.rows:
            if fnmatch.fnmatch(file, pattern):
                patterns += names
        out = []
        for pattern in patterns:
            out += [test for name, test in self.tests.items() if fnmatch.fnmatch(name, pattern) and test not in out]
        return out


def read_equal():
    """Returns the changes that change nothing: file, line without blanks around it, old and new text."""
    out = set()
    for block in (HERE / "equal.txt").read_text().split("\n\n"):
        lines = [each for each in block.splitlines() if not each.startswith("#")]
        if lines:
            file, line, change, _ = lines
            out.add((file, line, *change.split(" -> ", 1)))
    return out


class Mutants:
    def __init__(self, tree, cover):
        self.tree = tree
        self.cover = cover
        self.equal = read_equal()
        self.counts = dict.fromkeys(("killed", "equal", "broken", "survived"), 0)

    def prove_tests(self, files):
        """Runs each test without a change, which it has to pass, and limits it by the time that takes."""
        tests = []
        for file in files:
            tests += [test for test in self.cover.of(file) if test not in tests]
        if not tests:
            sys.exit("no test covers these files: see covers.txt")
        if not self.tree.make(sorted({each for test in tests for each in test.needs})):
            sys.exit(self.tree.output)
        for test in tests:
            begin = time.monotonic()
            if fault := test.fault(self.tree):
                sys.exit(f"the test {test.name} {fault} without a change")
            test.limit = max(LONGEST, 5 * (time.monotonic() - begin))

    def outcome(self, change, text):
        """Returns what became of the change, in a word, and what says so."""
        line = text.splitlines()[change.line - 1].strip()
        if (change.file, line, change.old, change.new) in self.equal:
            return "equal", "by equal.txt"
        path = self.tree.source / change.file
        path.write_text(change.apply(text))
        try:
            for test in self.cover.of(change.file):
                if not self.tree.make(test.needs):
                    return BROKEN
                # What fails only once does so by chance.
                if test.fault(self.tree) and (fault := test.fault(self.tree)):
                    return "killed", f"{test.name} {fault}"
            changed = self.tree.optimized(change.file)
            if changed is None:
                return BROKEN
        finally:
            path.write_text(text)
        if changed and changed == self.tree.optimized(change.file):
            return "equal", "to the optimizer"
        return "survived", line

    def attempt(self, change):
        word, reason = self.outcome(change, (self.tree.source / change.file).read_text())
        self.counts[word] += 1
        print(f"{word:8}  {change}  ({reason})", flush=True)


def claim_directory():
    """Returns the directory of the copy, which no other run uses until this process ends."""
    # Each source tree of each user has its own. Where all may write, somebody else may have made it first.
    name = f"chunk-mutants-{os.getuid()}-{zlib.crc32(bytes(SOURCE))}"
    directory = pathlib.Path(os.environ.get("CHUNK_MUTANTS") or pathlib.Path(tempfile.gettempdir()) / name)
    directory.mkdir(parents=True, exist_ok=True)
    try:
        claim = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        is_mine = os.fstat(claim).st_uid == os.getuid()
    except OSError:
        is_mine = False
    if not is_mine:
        sys.exit(f"run.sh: {directory} belongs to somebody else")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"run.sh: another run uses {directory}")
    return directory


def parse():
    parser = argparse.ArgumentParser(prog="run.sh")
    parser.add_argument("under", nargs="*", default=["lib", "tools"], metavar="UNDER")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--suite", action="append")
    parser.add_argument("--at", action="append", metavar="CHANGE")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def choose(options):
    files = [name for name in names_of_tree()
             if name.endswith((".cpp", ".hpp")) and any(name.startswith(each.rstrip("/") + "/") or name == each
                                                        for each in options.under)]
    changes = [change for name in files for change in places.changes_of(name, (SOURCE / name).read_text())]
    if options.at:
        return [each for each in changes if {f"{each.file}:{each.line}", str(each)} & set(options.at)]
    rng = random.Random(options.seed)
    rng.shuffle(changes)
    # One change of a place; the places of a file one after the other, so that less is built.
    chosen, taken = [], set()
    for change in changes:
        if len(chosen) < options.count and (change.file, change.begin) not in taken:
            taken.add((change.file, change.begin))
            chosen.append(change)
    return sorted(chosen, key=lambda each: (each.file, each.begin))


def main():
    options = parse()
    changes = choose(options)
    if not changes:
        sys.exit("nothing to change there")
    if options.list:
        print(*changes, sep="\n")
        return
    trial.adopt_orphans()
    tree = Tree(claim_directory(), options.jobs)
    tree.update()
    mutants = Mutants(tree, Cover(tree, options.suite))
    mutants.prove_tests(sorted({each.file for each in changes}))
    for change in changes:
        mutants.attempt(change)
    counts = mutants.counts
    tried = counts["killed"] + counts["survived"]
    print(f"{tried} changes, {counts['killed']} killed, {counts['survived']} survived; besides, {counts['equal']} "
          f"change nothing and {counts['broken']} do not compile, seed {options.seed}")
    sys.exit(counts["survived"] > 0 or tried == 0)


if __name__ == "__main__":
    for each in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(each, lambda number, _: sys.exit(128 + number))
    main()
