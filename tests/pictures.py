#!/usr/bin/python3
"""Draws the pictures of the README from what the tools have printed on a terminal.

    pictures.py DIRECTORY

Writes NAME-light.svg and NAME-dark.svg into DIRECTORY, which is man/pictures, for each
tests/data/pictures/NAME.ansi. The record.sh beside those has recorded them.
"""
import html
import os
import re
import sys
import unicodedata

RECORDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data', 'pictures')
# Measures of a character, in pixels, and what is around the text. Most fixed-width fonts are 0.6 as wide
# as they are high.
SIZE, WIDTH, HEIGHT, MARGIN = 13, 7.8, 18, 16
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
# The attributes of SGR that the tools use, and their colours on the two backgrounds.
CODES = {1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 35: 'magenta', 36: 'cyan'}
SCHEMES = {
    'light': {'back': '#ffffff', 'edge': '#d0d7de', 'plain': '#1f2328', 'dim': '#76808b', 'red': '#cf222e',
              'green': '#1a7f37', 'yellow': '#9a6700', 'magenta': '#8250df', 'cyan': '#0969a0'},
    'dark': {'back': '#0d1117', 'edge': '#30363d', 'plain': '#e6edf3', 'dim': '#7d8590', 'red': '#ff7b72',
             'green': '#56d364', 'yellow': '#e3b341', 'magenta': '#d2a8ff', 'cyan': '#56d4dd'},
}


def columns(text):
    """The columns of a text on a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'FW' else 1 for c in text)


def runs(line):
    """The pieces of a line that look alike: column, attribute and text of each."""
    out, column, style = [], 0, 'plain'
    for code, text in re.findall(r'\x1b\[([\d;]*)m|([^\x1b]+)', line):
        if not text:
            last = int(code.split(';')[-1] or 0)
            style = CODES[last] if last else 'plain'
            continue
        shown = text.strip(' ')
        if shown:
            out.append((column + text.index(shown[0]), style, shown))
        column += columns(text)
    return out


def number(value):
    return '%g' % round(value, 2)


def drawn(lines, scheme, title):
    colors = SCHEMES[scheme]
    width = number(2 * MARGIN + WIDTH * max(at + columns(text) for line in lines for at, _, text in line))
    height = number(2 * MARGIN + HEIGHT * len(lines))
    used = sorted({style for line in lines for _, style, _ in line} - {'bold', 'plain'})
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" role="img">' %
        (width, height, width, height),
        '<title>%s</title>' % html.escape(title, quote=False),
        '<style>',
        'text { font: %dpx %s; fill: %s; white-space: pre }' % (SIZE, FONT, colors['plain']),
        '.bold { font-weight: bold }',
        *('.%s { fill: %s }' % (each, colors[each]) for each in used),
        '</style>',
        '<rect x="0.5" y="0.5" width="%s" height="%s" rx="6" fill="%s" stroke="%s"/>' %
        (number(float(width) - 1), number(float(height) - 1), colors['back'], colors['edge']),
    ]
    for row, line in enumerate(lines):
        y = number(MARGIN + HEIGHT * (row + 0.75))
        pieces = []
        for at, style, text in line:
            # The width is told, so that columns stand below each other in any font.
            pieces.append('<tspan x="%s" textLength="%s"%s>%s</tspan>' % (
                number(MARGIN + WIDTH * at), number(WIDTH * columns(text)),
                '' if style == 'plain' else ' class="%s"' % style, html.escape(text, quote=False)))
        out.append('<text xml:space="preserve" y="%s">%s</text>' % (y, ''.join(pieces)))
    return '\n'.join(out + ['</svg>', ''])


def main():
    directory, = sys.argv[1:]
    for record in sorted(os.listdir(RECORDS)):
        name, ending = os.path.splitext(record)
        if ending != '.ansi':
            continue
        with open(os.path.join(RECORDS, record), encoding='utf-8') as file:
            printed = file.read().splitlines()
        for scheme in SCHEMES:
            with open(os.path.join(directory, '%s-%s.svg' % (name, scheme)), 'w', encoding='utf-8') as out:
                out.write(drawn([runs(line) for line in printed], scheme, printed[0].removeprefix('$ ')))


main()
