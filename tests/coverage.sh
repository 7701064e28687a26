#!/bin/sh
# Measures which lines of lib/ and tools/ the tests run: builds them for that in build-coverage, runs them, and
# prints for each folder the lines, those that are run, and their share. What a process has run that a signal
# ends is not counted.
#
# tests/coverage.sh [--missing] [TEST]...
#
#   --missing   print the lines as well that are not run, as FILE:LINE: TEXT
#   TEST        run only these tests, or those of a suite (--suite=unit); all without any
#
# Status 1: nothing was counted.
#
# CHUNK_BUILD  the build directory, instead of build-coverage in the source tree
# CXX, GCOV    the compiler and what belongs to it, instead of g++ and gcov
set -eu

source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
build=${CHUNK_BUILD:-$source/build-coverage}
missing=
if [ "${1:-}" = --missing ]; then
  missing=yes
  shift
fi
[ -e "$build/build.ninja" ] ||
  CXX="${CXX:-g++}" meson setup -Db_coverage=true -Doptimization=0 -Ddebug=false "$build" "$source" >&2
find "$build" -name '*.gcda' -delete
# Builds what these tests need.
meson test -C "$build" --timeout-multiplier 3 "$@" >&2 || echo "coverage.sh: some tests have failed" >&2

# gcov writes a line of JSON for each object. A line of source counts as run if it is so in any of them; those
# of a function that is in none are not counted.
cd "$build"
# shellcheck disable=SC2086 # GCOV may name a program with its arguments
find . -name '*.gcno' \
  -exec ${GCOV:-gcov} --json-format --stdout --relative-only --source-prefix "$source" {} + 2>gcov.err |
  python3 -B "$source/tests/coverage.py" "$source" ${missing:+--missing}
