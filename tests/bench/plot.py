"""Draws results by gnuplot as SVG, for light and dark backgrounds."""

import math
import pathlib
import subprocess

import figures

SCHEMES = {
    "light": {"back": "#ffffff", "plain": "#1f2328", "dim": "#76808b", "grid": "#d0d7de", "ours": "#0969a0",
              "peer": "#cf222e", "floor": "#1a7f37"},
    "dark": {"back": "#0d1117", "plain": "#e6edf3", "dim": "#7d8590", "grid": "#30363d", "ours": "#56d4dd",
             "peer": "#ff7b72", "floor": "#56d364"},
}
FONT = "DejaVu Sans,Verdana,sans-serif"
WIDTH = 1000

# The ratios are drawn from here on; what is below stands at the edge.
LEAST = 0.01

# Where 0 stands on a logarithmic axis, on which there is no place for it
ZERO = 0.25


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def head(colors, height):
    return [
        f'set terminal svg size {WIDTH},{height} dynamic font "{FONT},11" background "{colors["back"]}" noenhanced',
        f'set border lc rgb "{colors["grid"]}"',
        f'set tics textcolor rgb "{colors["plain"]}"',
        f'set title textcolor rgb "{colors["plain"]}"',
        f'set xlabel textcolor rgb "{colors["plain"]}"',
        f'set key textcolor rgb "{colors["plain"]}"',
        f'set grid lc rgb "{colors["grid"]}"',
    ]


def data(name, lines):
    return [f"${name} << END", *lines, "END"]


def others(row, mine):
    """Pairs of a ratio and another program or a floor, in order."""
    values = figures.judged(row, mine)
    pairs = [(figures.ratio(values, figures.judged(row, each)), each)
             for each in row["subjects"] if each["role"] in ("peer", "floor")]
    return sorted((pair for pair in pairs if 0 < pair[0] < math.inf), key=lambda pair: pair[0])


def compared(results):
    """The rows in which ours is beside others, as pairs of the name and what others() has of them."""
    shown = [(row["name"], others(row, mine)) for row in results["rows"] if (mine := figures.ours(row))]
    return [each for each in shown if each[1]]


def ratios(results, colors):
    """A line for each row, with a point for each other program, at what ours costs in terms of it."""
    shown = compared(results)
    points, tics, script = {"peer": [], "floor": []}, [], head(colors, 90 + 22 * len(shown))
    for y, (name, pairs) in zip(range(len(shown), 0, -1), shown):
        tics.append(f"{quoted(name)} {y}")
        for x, each in pairs:
            points[each["role"]].append(f"{max(x, LEAST):.4g} {y}")
        told = ", ".join(f"{figures.number(x)} {each['name']}" for x, each in pairs)
        script.append(f'set label {quoted(told)} at graph 1.02,first {y} font "{FONT},9" '
                      f'textcolor rgb "{colors["dim"]}"')
    for role, lines in points.items():
        script += data(role, lines)
    series = [f'${role} using 1:2 with points pt 7 ps 0.6 lc rgb "{colors[role]}" title "{title}"'
              for role, title in (("peer", "another program"), ("floor", "the least that it can cost"))
              if points[role]]
    return script + [
        "set logscale x", f"set xrange [{LEAST}:*]", f"set yrange [0.3:{len(shown) + 0.7}]",
        f"set ytics ({', '.join(tics)})", "set rmargin at screen 0.6", "set tmargin 3",
        "set key at graph 1,1.02 right bottom horizontal",
        'set xlabel "cost of chunk, as a multiple: left of 1 it costs less"',
        f'set arrow from 1,graph 0 to 1,graph 1 nohead lc rgb "{colors["ours"]}" lw 1.5',
        "plot " + ", ".join(series),
    ]


def curves(results, colors):
    """A diagram for each curve that has two ends, both axes logarithmic: what a unit costs."""
    drawn = [each for each in results["curves"] if figures.growth(each)]
    columns = 2
    lines = -(-len(drawn) // columns)
    script = head(colors, 230 * lines)
    script += [f"set multiplot layout {lines},{columns}", "set logscale xy", 'set format x "%.0s%c"',
               'set format y "%g"', "set key top left"]
    for at, curve in enumerate(drawn):
        script += diagram(at, curve, colors)
    return script + ["unset multiplot"]


def diagram(at, curve, colors):
    scale, unit = unit_of(curve)
    names = dict.fromkeys((each["name"], each["role"]) for point in curve["points"] for each in point["subjects"])
    script, series, shown = [], [], []
    for number, (name, role) in enumerate(names):
        points = [(x, cost / scale) for x, cost in figures.costs(curve, name)]
        if role not in colors or not points:
            continue
        shown += points
        block = f"curve{at}_{number}"
        script += data(block, [f"{x or ZERO} {cost:.4g}" for x, cost in points])
        series.append(f'${block} using 1:2 with linespoints pt 7 ps 0.4 lw 1.5 dt {2 if role == "floor" else 1} '
                      f'lc rgb "{colors[role]}" title {quoted(name)}')
    grown, *_ = figures.growth(curve)
    # Room for the names above the lines.
    low, high = min(cost for _, cost in shown) / 3, max(cost for _, cost in shown) * 12
    least, most = min(x for x, _ in shown), max(x for x, _ in shown)
    return script + [
        f"set title {quoted(curve['name'] + ': the end costs ' + figures.number(grown) + ' x the beginning')}",
        f"set ylabel {quoted(unit + ' a ' + curve['unit'])} textcolor rgb \"{colors['plain']}\"",
        f"set xrange [{least or ZERO}:{most}]", f"set yrange [{low:.4g}:{high:.4g}]",
        "set xtics autofreq" if least else f'set xtics add ("0" {ZERO})', "plot " + ", ".join(series)]


def unit_of(curve):
    """The unit for the costs of a curve: its size in seconds, and its name."""
    values = [figures.median(figures.judged(curve, each)) for point in curve["points"] for each in point["subjects"]]
    return (1e-6, "us") if figures.median(values) >= 1e-6 else (1e-9, "ns")


def draw(results, directory):
    """Writes speed-NAME-SCHEME.svg for each picture of which there is something, and each scheme."""
    pictures = {"ratios": (ratios, compared(results)), "curves": (curves, any(map(figures.growth, results["curves"])))}
    for name, (picture, is_there) in pictures.items():
        if not is_there:
            continue
        for scheme, colors in SCHEMES.items():
            script = "\n".join(picture(results, colors)) + "\n"
            done = subprocess.run(["gnuplot"], input=script, capture_output=True, text=True, check=True)
            if done.stderr:
                raise SystemExit(f"gnuplot: {done.stderr.strip()}")
            path = pathlib.Path(directory) / f"speed-{name}-{scheme}.svg"
            path.write_text(done.stdout, encoding="utf-8")
