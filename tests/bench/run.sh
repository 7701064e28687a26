#!/bin/sh
# Measures the tools: their starts, the servers under load, large and small streams, dumps, and how the cost of
# a unit grows with its number, each in several rounds and beside other programs that do the same. Installs
# those that are missing, and builds, where setup.sh chooses, with the options that a plain `meson setup` has. The
# packages of redis and memcached start servers at their usual ports, which go on running.
#
# tests/bench/run.sh [--quick] [--only PATTERN] [--rounds N] [--before BUILD] [--output FILE]
#
#   --quick         little work and one round, to see that all of it runs; its figures say little
#   --only PATTERN  only the rows and curves whose names the regular expression finds, or `codec`
#   --rounds N      measures everything N times
#   --before BUILD  measures the tools in another build directory in turns with these, to compare
#   --output FILE   where the results go, as JSON; otherwise bench.json in the build directory
#
# Prints the results in Markdown. Their names are those of the table in rows.py. The files that it measures with
# take about 5.2 GiB below ${TMPDIR:-/tmp}, and go when it ends. Status 1: something could not be measured.
#
# tests/bench/run.sh plot RESULTS [DIRECTORY]   draws the ratios and the curves in a file of results
# tests/bench/run.sh readme RESULTS             writes them into the README and man/pictures
#
# CHUNK_BUILD is the build directory; without it a directory `build-bench`.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
LC_ALL=C.UTF-8
export LC_ALL
case ${1:-} in
  plot | readme) ;;
  -h | --help) set -- measure --help ;;
  *)
    build=$("$here/../setup.sh" bench)
    set -- measure --build "$build" "$@" ;;
esac
exec python3 -B "$here/main.py" "$@"
