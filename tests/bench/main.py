"""Measures, reports and draws: see run.sh."""

import argparse
import dataclasses
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import time

import figures
import lab as laboratory
import plot
import rows

TOP = pathlib.Path(__file__).resolve().parents[2]

# What is measured beside the tools, and the Debian package that says its version
PEERS = {
    "nc": "netcat-openbsd", "ncat": "ncat", "socat": "socat", "redis-server": "redis-server",
    "memcached": "memcached", "xxd": "xxd", "hexdump": "bsdextrautils", "hexyl": "hexyl", "fq": "fq", "pv": "pv",
    "python3": "python3", "valgrind": "valgrind",
}


def output_of(*argv):
    """What a command prints, in one line; empty if it fails."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=TOP)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def found(pattern, path):
    try:
        match = re.search(pattern, pathlib.Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return ""
    return match[1] if match else ""


def describe_machine(build):
    options = {each["name"]: each["value"] for each in
               json.loads(output_of("meson", "introspect", "--buildoptions", str(build)) or "[]")}
    kibibytes = int(found(r"^MemTotal: *(\d+)", "/proc/meminfo") or 0)
    compiler = output_of(*os.environ.get("CXX", "c++").split(), "--version").splitlines()
    return {
        "processor": found(r"^model name\s*: (.*)", "/proc/cpuinfo") or platform.machine(),
        "cores": f"{os.cpu_count()} cores",
        "memory": f"{kibibytes / 1024 ** 2:.0f} GiB",
        "system": found(r'^PRETTY_NAME="(.*)"', "/etc/os-release"),
        "kernel": platform.release(),
        "compiler": compiler[0] if compiler else "",
        "build": ", ".join(f"{name}={options[name]}" for name in ("buildtype", "optimization") if name in options),
        "commit": output_of("git", "describe", "--always", "--dirty"),
        "date": time.strftime("%Y-%m-%d"),
        "load": f"{os.getloadavg()[0]:.2f} before the first measurement",
    }


def versions():
    out = {}
    for program, package in PEERS.items():
        if shutil.which(program):
            out[program] = output_of("dpkg-query", "-W", "-f", "${Version}", package) or "unknown"
    return out


class Run:
    """Measures rows and curves in rounds, in each of which all subjects take their turns."""

    def __init__(self, lab, options):
        self.lab = lab
        self.options = options
        self.before = lab.of(options.before) if options.before else None
        self.failures = []

    def subjects(self, of):
        """The subjects that `of` makes in a lab, and ours of the other build beside them."""
        out = of(self.lab)
        if self.before:
            out += [dataclasses.replace(each, name=f"{each.name} before", role="before")
                    for each in of(self.before) if each.role in ("ours", "form")]
        return out

    # How long the rounds of a row last at least in seconds, unless there are many of them
    LEAST, MANY = 1.0, 20

    def goes_on(self, done, begin, rounds):
        """Whether another round follows: what takes little time can be measured more often."""
        if self.options.rounds:
            return done < self.options.rounds
        return done < self.lab.choose(*rounds) or (
            not self.lab.quick and done < self.MANY and time.monotonic() - begin < self.LEAST)

    def take(self, subjects, rounds):
        """Measures subjects, and returns what the results have of them."""
        ways = {each.name: each.way for each in subjects if each.is_there()}
        out = [{"name": each.name, "role": each.role, "figures": {}} for each in subjects if each.name in ways]
        done, begin = 0, time.monotonic()
        while self.goes_on(done, begin, rounds):
            done += 1
            for result in list(out):
                way = ways[result["name"]]
                try:
                    way = ways[result["name"]] = way() if callable(way) else way
                    measured = way.measure()
                except laboratory.Failure:
                    # Other tools than these need not be able to do all of it.
                    if result["role"] != "before":
                        raise
                    out.remove(result)
                    continue
                for figure, value in measured.items():
                    result["figures"].setdefault(figure, []).append(value)
        self.lab.end_servers()
        return out

    def attempt(self, name, work):
        """Does some work and returns what it does, or None. What it cannot measure is written down."""
        begin = time.monotonic()
        try:
            return work()
        except (laboratory.Failure, OSError, ValueError) as reason:
            self.failures.append(f"{name}: {reason}")
            self.lab.end_servers()
            return None
        finally:
            print(f"{time.monotonic() - begin:6.1f} s  {name}", file=sys.stderr, flush=True)

    def row(self, row):
        subjects = self.subjects(row.subjects)
        taken = self.take(subjects, row.rounds)
        measured = {each["name"] for each in taken}
        return {"name": row.name, "unit": row.unit, "figure": row.figure,
                "targets": [dataclasses.asdict(each) for each in row.targets],
                "subjects": taken, "missing": [each.name for each in subjects if each.name not in measured]}

    def curve(self, curve):
        points = []
        for x in self.lab.choose(curve.points, curve.quick_points):
            taken = self.attempt(f"{curve.name}, {x}", lambda x=x: self.take(
                self.subjects(lambda lab: curve.subjects(lab, x)), curve.rounds))
            if taken:
                points.append({"x": x, "subjects": taken})
        return {"name": curve.name, "unit": curve.unit, "figure": curve.figure, "points": points}

    def codec(self):
        """The cases of the decoder and the encoder, ordered by name: their times, and instructions."""
        if not shutil.which(self.lab.codec()):
            raise laboratory.Failure("Google Benchmark was not there when this was built")
        way = laboratory.Codec(self.lab, self.lab.choose(*rows.CODEC))
        cases = {}
        for name, seconds in way.times(self.options.rounds or self.lab.choose(5, 1)):
            cases.setdefault(name, {}).setdefault("cpu", []).append(seconds)
        if shutil.which("valgrind"):
            for name, count in way.instructions():
                cases[name]["instructions"] = [count]
        return [{"name": name, "figures": cases[name]} for name in sorted(cases)]

    def whole(self):
        results = {
            "machine": describe_machine(self.lab.build), "versions": versions(), "quick": self.lab.quick,
            "rows": [self.attempt(each.name, lambda each=each: self.row(each)) for each in self.chosen(rows.ROWS)],
            "curves": [self.curve(each) for each in self.chosen(rows.CURVES)],
            "codec": self.attempt("codec", self.codec) if re.search(self.options.only, "codec") else None,
            "failures": self.failures,
        }
        return results | {"rows": [each for each in results["rows"] if each],
                          "curves": [each for each in results["curves"] if each["points"]],
                          "codec": results["codec"] or []}

    def chosen(self, table):
        return [each for each in table if re.search(self.options.only, each.name)]


def measure(options):
    with laboratory.Lab(options.build, options.quick) as lab:
        results = Run(lab, options).whole()
    output = pathlib.Path(options.output or pathlib.Path(options.build) / "bench.json")
    output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(figures.report(results), end="")
    print(f"the results are in {output}", file=sys.stderr)
    return 1 if results["failures"] else 0


def load(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def draw(options):
    plot.draw(load(options.results), options.directory)
    return 0


def write_readme(options):
    results = load(options.results)
    if results["quick"]:
        sys.exit("run.sh: the figures of a quick run say too little for the README")
    readme = TOP / "README.md"
    readme.write_text(figures.with_section(readme.read_text(encoding="utf-8"), results), encoding="utf-8")
    plot.draw(results, TOP / "man" / "pictures")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    taker = kinds.add_parser("measure")
    taker.add_argument("--build", help=argparse.SUPPRESS)
    taker.add_argument("--quick", action="store_true", help="little work and one round, to see that all of it runs")
    taker.add_argument("--only", default="", metavar="PATTERN", help="only what has such a name")
    taker.add_argument("--rounds", type=int, metavar="N", help="measure each N times")
    taker.add_argument("--before", metavar="BUILD", help="measure the tools of another build beside them")
    taker.add_argument("--output", metavar="FILE", help="where the results go, instead of bench.json in the build")
    taker.set_defaults(run=measure)
    drawer = kinds.add_parser("plot")
    drawer.add_argument("results")
    drawer.add_argument("directory", nargs="?", default=".")
    drawer.set_defaults(run=draw)
    writer = kinds.add_parser("readme")
    writer.add_argument("results")
    writer.set_defaults(run=write_readme)
    options = parser.parse_args()
    for each in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(each, lambda number, _: sys.exit(128 + number))
    sys.exit(options.run(options))


main()
