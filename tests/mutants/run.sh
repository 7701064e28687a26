#!/bin/sh
# Changes an operator, a constant or a condition of lib/ and tools/, one at a time and in a copy of the tree,
# builds what it concerns, and runs the tests of covers.txt until one fails. Prints a line for each change, and
# at the end how many no test has noticed: each of these wants a test, or a line in equal.txt that says why it
# changes nothing. Status 1: there are such changes, or none was tried.
#
# run.sh [UNDER]... [--count N] [--seed N] [--suite NAME]... [--at CHANGE]... [--jobs N] [--list]
#
#   UNDER    only files below this path, such as lib/net; without it lib and tools
#   --count  so many places, drawn by the seed; 60 unless it is given
#   --suite  only tests of this suite of `meson test --list`: unit, cli
#   --at     this change, as it is printed, or each change of a line, FILE:LINE, instead of what is drawn
#   --jobs   build with so many compilers at once
#   --list   print the changes and try none
#
# CHUNK_MUTANTS is the directory of the copy and its build, which a second run uses again; without it, a directory
# for this user and source tree in ${TMPDIR:-/tmp}.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec </dev/null
# Signals that this shell was started with ignored would be so in the tools.
exec env --default-signal=HUP,INT,QUIT,TERM python3 -B "$here/main.py" "$@"
