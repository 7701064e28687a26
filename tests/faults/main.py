"""Tries scenarios with faults: see run.sh."""

import argparse
import collections
import fnmatch
import multiprocessing
import os
import pathlib
import random
import resource
import signal
import sys
import tempfile
import time

import faults
import scenarios
import trial

HERE = pathlib.Path(__file__).parent

# How many cases of a scenario with a fault the short form tries
SHORT = 2


class Job:
    """A scenario with a fault."""

    def __init__(self, scenario, fault):
        self.scenario = scenario
        self.fault = fault

    def perform(self, world, options):
        """Returns the number of cases, and what was found as pairs of the name of a case and a sentence."""
        fault = faults.table()[self.fault]
        room = trial.Room(world, self.scenario)
        os.chdir(room.directory)
        rng = random.Random(f"{options.seed} {self.scenario.name} {self.fault}")
        try:
            found = room.learn()
            if found:
                return 1, [(f"{self.scenario.name}/{self.fault}/none", each) for each in found]
            chosen = self.choose(fault.labels(room, rng), rng, options)
            out = []
            for label in chosen:
                if options.verbose:
                    print(f"{self.scenario.name}/{self.fault}/{label}", file=sys.stderr, flush=True)
                case = fault.trial(room, label)
                for each in trial.Attempt(room, case).judge():
                    out.append((case.id, each))
                    print(f"{case.id}: {each}", file=sys.stderr, flush=True)
            return len(chosen), out
        finally:
            os.chdir(world.directory)
            room.remove()

    def choose(self, labels, rng, options):
        named = [each.split("/", 2)[2] for each in options.cases if each.count("/") == 2]
        if named:
            # A moment is drawn; one that is named is taken as it is.
            return [label for label in labels if any(fnmatch.fnmatch(label, each) for each in named)] or [
                each for each in named if "*" not in each]
        most = options.most or (SHORT if options.form == "short" else None)
        if most is None or len(labels) <= most:
            return labels
        picked = set(rng.sample(range(len(labels)), most))
        return [label for number, label in enumerate(labels) if number in picked]


def parse():
    parser = argparse.ArgumentParser(prog="run.sh")
    parser.add_argument("form", nargs="?", choices=("short", "long"), default="short")
    parser.add_argument("cases", nargs="*", metavar="SCENARIO[/FAULT[/CASE]]", help="only these; * stands for any")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of cases and of moments")
    parser.add_argument("--most", type=int, help="cases of a scenario with a fault, instead of 2 or all")
    parser.add_argument("--summary", action="store_true", help="print a row for each tool instead of each scenario")
    parser.add_argument("--verbose", action="store_true", help="name each case before it is tried")
    return parser.parse_intermixed_args()


def is_wanted(scenario, fault, options):
    return not options.cases or any(
        all(fnmatch.fnmatch(name, pattern) for name, pattern in zip((scenario.name, fault), each.split("/")))
        for each in options.cases)


def start_worker(world, options):
    global state
    state = world, options
    # The main process ends the workers; unlike an ignored signal, this is not passed on to the tools.
    signal.signal(signal.SIGINT, lambda *_: None)
    trial.adopt_orphans()


def perform(job):
    return job, job.perform(*state)


def cell(entries):
    """Shows the cases, and the findings if there are some."""
    if not entries:
        return "-"
    cases = sum(cases for cases, _ in entries)
    found = sum(len({case for case, _ in found}) for _, found in entries)
    return f"{cases}, {found}" if found else str(cases)


def show(table, columns, results, is_summary):
    """Prints a row for each scenario, or each tool, and a column for each fault."""
    groups = {}
    for scenario in table:
        groups.setdefault(scenario.tool if is_summary else scenario.name, set()).add(scenario.name)
    groups["all"] = {scenario.name for scenario in table}
    rows = [["", *columns, "all"]]
    for name, members in groups.items():
        own = {key: result for key, result in results.items() if key[0] in members}
        if own:
            cells = [[result for (_, fault), result in own.items() if fault == column] for column in columns]
            rows.append([name, *map(cell, cells), cell(list(own.values()))])
    widths = [max(3, *(len(row[column]) for row in rows)) for column in range(len(rows[0]))]
    rows.insert(1, ["-" * (width - 1) + (":" if number else "-") for number, width in enumerate(widths)])
    for row in rows:
        print("| " + " | ".join(text.ljust(width) if number == 0 else text.rjust(width)
                                for number, (text, width) in enumerate(zip(row, widths))) + " |")


def main():
    options = parse()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    table = scenarios.read_table(HERE / "scenarios.txt")
    columns = []
    for name, fault in faults.table().items():
        reason = fault.missing()
        if reason:
            print(f"{name}: left out: {reason}", file=sys.stderr)
        else:
            columns.append(name)
    jobs = [Job(scenario, name) for name in columns for scenario in table
            if faults.table()[name].applies(scenario) and is_wanted(scenario, name, options)]
    if not jobs:
        sys.exit("no such case")
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chunk-faults.") as directory:
        world = scenarios.World(directory)
        world.prepare()
        try:
            world.start_helpers()
            world.helpers, kept = [], world.helpers
            with multiprocessing.Pool(len(os.sched_getaffinity(0)), start_worker, (world, options)) as pool:
                results = {(job.scenario.name, job.fault): result
                           for job, result in pool.imap_unordered(perform, jobs)}
                pool.close()
                pool.join()
        finally:
            world.helpers = kept
            world.end_helpers()
    shown = [name for name in columns if any(fault == name for _, fault in results)]
    show(table, shown, results, options.summary)
    cases = sum(cases for cases, _ in results.values())
    found = sorted({case for _, found in results.values() for case, _ in found})
    for case in found:
        print(f"found: {case}", file=sys.stderr)
    kinds = collections.Counter(case.split("/")[1] for case in found)
    print(f"{cases} cases, {len(found)} findings{' ' + str(dict(kinds)) if kinds else ''}, "
          f"{time.monotonic() - begin:.0f} s, seed {options.seed}")
    sys.exit(bool(found))


if __name__ == "__main__":
    for each in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(each, lambda number, _: sys.exit(128 + number))
    main()
