"""Adds up what gcov says of objects, a line of JSON for each on standard input: see coverage.sh."""

import collections
import json
import pathlib
import sys


def name_in(source, file):
    """Returns the path below the source tree of a file that is relative to it or to the build directory, or None."""
    for base in (source, pathlib.Path.cwd()):
        path = (base / file).resolve()
        if path.is_file() and path.is_relative_to(source):
            return path.relative_to(source)
    return None


def read_counts(source):
    """Returns for each file below lib/ and tools/ how often its lines are run."""
    counts = collections.defaultdict(collections.Counter)
    for line in sys.stdin:
        for entry in json.loads(line)["files"]:
            name = name_in(source, entry["file"])
            if name and name.parts[0] in ("lib", "tools"):
                for each in entry["lines"]:
                    counts[name][each["line_number"]] += each["count"]
    return counts


def main():
    source = pathlib.Path(sys.argv[1])
    counts = read_counts(source)
    if not any(count > 0 for lines in counts.values() for count in lines.values()):
        sys.exit("coverage.sh: nothing was counted: gcov.err in the build directory may say why")
    folders = collections.defaultdict(lambda: [0, 0])
    for path, lines in sorted(counts.items()):
        # A public header belongs to its layer.
        parts = path.parent.parts
        layer = "/".join(parts[:parts.index("include")] if "include" in parts else parts)
        for name in (layer, parts[0]):
            folders[name][0] += len(lines)
            folders[name][1] += sum(count > 0 for count in lines.values())
        if "--missing" in sys.argv:
            text = (source / path).read_text().splitlines()
            for number in sorted(number for number, count in lines.items() if count == 0):
                print(f"{path}:{number}: {text[number - 1].strip()}")
    for name, (lines, run) in sorted(folders.items()):
        print(f"{name:24} {lines:6} {run:6} {100 * run / lines:6.1f} %")


main()
