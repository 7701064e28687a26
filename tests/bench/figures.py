"""What is made of figures: medians and spreads, ratios, verdicts, and Markdown.

Results are what main.py writes as JSON. In each row, a subject has a list of values for each figure, one from
each round: `wall` and `cpu` in seconds, `memory` in bytes, each for one unit of the work, so that less is better.
"""

import statistics

# A curve is flat if a unit costs at its end at most this times what it costs at its beginning.
FLAT = 1.3

# Work that takes less than this share of the start of its process cannot be told from it.
LOST = 0.5


def median(values):
    return statistics.median(values)


def spread(values):
    """Half the distance between the quartiles, as a fraction of the median."""
    middle = median(values)
    if len(values) < 2 or middle == 0:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / middle


def ratio(ours, theirs):
    """How many times as much ours costs: the median over the rounds, in each of which both were measured."""
    return median([one / other for one, other in zip(ours, theirs) if other > 0] or [float("nan")])


def named(row, name):
    """The subject of that name, or None."""
    return next((each for each in row["subjects"] if each["name"] == name), None)


def ours(row):
    """The subject that the others are compared with: the first one, unless it is missing."""
    first = row["subjects"][0] if row["subjects"] else None
    return first if first and first["role"] == "ours" else None


def judged(row, subject):
    """The values of the figure that counts in that row."""
    return subject["figures"][row["figure"]]


def verdicts(row):
    """For each target of a row a pair: a sentence that says what is to be reached, and whether it is, or None."""
    out = []
    for target in row["targets"]:
        most, of = target["most"], target["of"]
        if of is None:
            sentence = f"at most {amount(row['figure'], most)}"
        else:
            sentence = f"at most {number(most)} x {of}"
        mine, other = ours(row), named(row, of)
        reached = None
        if mine and of is None:
            reached = median(judged(row, mine)) <= most
        elif mine and other:
            reached = ratio(judged(row, mine), judged(row, other)) <= most
        out.append((sentence, reached))
    return out


def costs(curve, name):
    """What a unit costs a subject at the points of a curve, as pairs of the point and the cost.

    A point whose work is lost in the start of the process says nothing, and is left out.
    """
    out = []
    for point in curve["points"]:
        subject = named(point, name)
        start = next((each for each in point["subjects"] if each["role"] == "start"), None)
        cost = median(judged(curve, subject)) if subject else 0
        if cost > 0 and (not start or cost >= LOST * median(judged(curve, start))):
            out.append((point["x"], cost))
    return out


def ends(curve, role):
    """The two ends of a curve of the subject with that role, as pairs of the point and the cost of a unit, or None."""
    name = next((each["name"] for each in curve["points"][0]["subjects"] if each["role"] == role), None)
    points = costs(curve, name)
    return (points[0], points[-1]) if len(points) > 1 else None


def growth(curve):
    """How much more a unit costs at the end of a curve than at its beginning.

    Returns: the growth, that of the floor, or 1 without one, and whether the curve is flat; or None
    """
    mine, floor = ends(curve, "ours"), ends(curve, "floor")
    if not mine:
        return None
    grown = mine[1][1] / mine[0][1]
    least = floor[1][1] / floor[0][1] if floor else 1.0
    return grown, least, grown <= FLAT * max(least, 1.0)


# --- text ---


def number(value):
    """A number with three significant digits."""
    if value != value:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")


def amount(figure, value):
    """A value of a figure with its unit."""
    if figure == "memory":
        return f"{value:,.0f} bytes"
    if figure == "instructions":
        return f"{value:,.1f}"
    for unit, size in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if abs(value) >= size:
            return f"{number(value / size)} {unit}"
    return f"{number(value / 1e-9)} ns"


def measured(figure, values):
    """The median of some values, and their spread."""
    text = amount(figure, median(values))
    return text if len(values) < 2 else f"{text} ±{spread(values) * 100:.0f} %"


def table(head, rows):
    """A table in Markdown; the first column is text, and the others are aligned at the right."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in (head, *rows)]
    widths = [max(3, *(len(row[at]) for row in cells)) for at in range(len(head))]

    def line(row):
        padded = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(cells[0]), "| " + " | ".join(rule) + " |", *map(line, cells[1:])])


FIGURES = {"wall": "time", "cpu": "CPU", "memory": "memory"}


def summary(results, targets=True):
    """A line for each row: what it costs, and beside what others cost."""
    lines = []
    for row in results["rows"]:
        mine = ours(row)
        if not mine:
            continue
        values = judged(row, mine)
        others = [f"{number(ratio(values, judged(row, each)))} x {each['name']}"
                  for each in row["subjects"] if each is not mine]
        line = [row["name"], f"{FIGURES[row['figure']]} a {row['unit']}", measured(row["figure"], values),
                ", ".join(others) or "-"]
        if targets:
            words = {True: "met", False: "not met", None: "not measured"}
            line.append("; ".join(f"{sentence}: {words[reached]}" for sentence, reached in verdicts(row)) or "-")
        lines.append(line)
    head = ["work", "measured", "ours", "as a multiple"] + (["target"] if targets else [])
    return table(head, lines)


def details(row):
    """All subjects of a row."""
    mine = ours(row)
    lines = []
    for each in row["subjects"]:
        line = [each["name"]]
        for figure in FIGURES:
            values = each["figures"].get(figure)
            line.append(measured(figure, values) if values else "-")
        wall = median(each["figures"].get("wall") or [0])
        line.append(number(1 / wall) if wall > 0 else "-")
        line.append(f"{number(ratio(judged(row, mine), judged(row, each)))} x this" if mine else "-")
        lines.append(line)
    head = [row["name"], *(f"{word} a {row['unit']}" for word in FIGURES.values()), "units a second",
            "ours, as a multiple"]
    # What was not measured needs no column.
    kept = [at for at in range(len(head)) if at == 0 or any(line[at] != "-" for line in lines)]
    return table([head[at] for at in kept], [[line[at] for at in kept] for line in lines])


def curve_table(curve):
    """The points of a curve, and whether it is flat."""
    names = list(dict.fromkeys(each["name"] for point in curve["points"] for each in point["subjects"]))
    lines = []
    for point in curve["points"]:
        line = [f"{point['x']:,}"]
        for name in names:
            subject = named(point, name)
            line.append(measured(curve["figure"], judged(curve, subject)) if subject else "-")
        lines.append(line)
    text = table([f"{curve['name']}: {FIGURES[curve['figure']]} a {curve['unit']}", *names], lines)
    grown = growth(curve)
    if not grown:
        return f"{text}\n\nToo little work to compare the ends."
    beside = f", the floor's {number(grown[1])}" if ends(curve, "floor") else ""
    return f"{text}\n\nThe end costs {number(grown[0])} x the beginning{beside}: {'' if grown[2] else 'not '}flat."


def curves_summary(results):
    """A line for each curve: its ends, and whether it is flat."""
    lines = []
    for curve in results["curves"]:
        grown = growth(curve)
        if not grown:
            continue
        (begin, first), (end, last) = ends(curve, "ours")
        lines.append([
            curve["name"], f"{begin:,} to {end:,}",
            f"{FIGURES[curve['figure']]} a {curve['unit']}", amount(curve["figure"], first),
            amount(curve["figure"], last), number(grown[0]),
            number(grown[1]) if ends(curve, "floor") else "-", "yes" if grown[2] else "no"])
    return table(["curve", "from, to", "measured", "at first", "at last", "grows", "floor grows", "flat"], lines)


def codec_tables(results):
    """What a chunk costs the decoder and the encoder: a line for each framing, a column for each payload."""
    cases = {}
    for each in results["codec"]:
        direction, framing, payload = each["name"].split("/")
        cases.setdefault(direction, {}).setdefault(framing, {})[int(payload)] = each["figures"]
    out = []
    for direction, framings in cases.items():
        sizes = sorted({size for each in framings.values() for size in each})
        for figure, title in (("cpu", "CPU"), ("instructions", "instructions")):
            lines = [[framing, *(amount(figure, median(each[size][figure])) if figure in each.get(size, {}) else "-"
                                 for size in sizes)] for framing, each in framings.items()]
            out.append(table([f"{direction}: {title} a chunk", *(f"{size:,} bytes" for size in sizes)], lines))
    return out


def machine(results):
    """What the figures were taken on, in lines."""
    return "\n".join(f"- {name}: {value}" for name, value in results["machine"].items())


# How to read the figures
READING = "Medians, and half the distance between the quartiles. `2 x nc` means that ours costs twice what nc does."


def report(results):
    """The whole results."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    parts = [
        "# Figures", machine(results) + f"\n- beside: {versions}",
        READING, summary(results)]
    parts += [details(row) for row in results["rows"]]
    if results["curves"]:
        parts += ["## Curves", curves_summary(results)] + [curve_table(curve) for curve in results["curves"]]
    if results["codec"]:
        parts += ["## Decoder and encoder", *codec_tables(results)]
    missing = sorted({each for row in results["rows"] for each in row["missing"]})
    if missing:
        parts += ["Not there: " + ", ".join(missing)]
    if results["failures"]:
        parts += ["## What could not be measured", "\n".join(f"- {each}" for each in results["failures"])]
    return "\n\n".join(parts) + "\n"


# --- the README ---

BEGIN, END = "<!-- figures: tests/bench/run.sh readme -->\n", "<!-- end of the figures -->\n"
PICTURES = {
    "ratios": "what each work costs as a multiple of what it costs other programs",
    "curves": "what a unit of the work costs as there is more of it",
}


def picture(name):
    return (f'<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="man/pictures/speed-{name}-dark.svg">\n'
            f'  <img src="man/pictures/speed-{name}-light.svg" alt="{PICTURES[name]}">\n</picture>')


def section(results):
    """What stands in the README between BEGIN and END."""
    told = results["machine"]
    where = ", ".join(told[each] for each in ("processor", "cores", "system", "compiler") if told.get(each))
    parts = [f"Measured on {where}. {READING}", picture("ratios"), summary(results, targets=False)]
    if curves_summary(results).count("\n") > 1:
        parts += [picture("curves"), curves_summary(results)]
    return "\n" + "\n\n".join(parts) + "\n\n"


def with_section(text, results):
    """A README with the section anew."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + section(results) + END + after
