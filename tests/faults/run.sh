#!/bin/sh
# Tries each scenario of scenarios.txt with each fault of faults.py, and judges the outcome by one rule, which
# trial.py states. Prints a table: for each scenario and fault the cases and, after a comma, the findings.
#
# run.sh [short|long] [SCENARIO[/FAULT[/CASE]]]... [--seed N] [--most N] [--summary] [--verbose]
#
#   short   a choice of two cases of each, drawn by the seed; the default
#   long    all of them, which takes long
#
# A finding is named SCENARIO/FAULT/CASE, and tried again by that name. In each of the three, * stands for any.
#
# CHUNK_BUILD is the build directory; without it `build` in the source tree.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=${CHUNK_BUILD:-$here/../../build}
[ -x "$build/tools/chunk-serve" ] || {
  echo "run.sh: no tools in $build; tests/setup.sh test builds them" >&2
  exit 2
}
build=$(CDPATH='' cd -- "$build" && pwd)
for module in MEMORY_FAULTS=faults/libmemory_faults.so FAULTS_MODULE=cli/faults.so; do
  [ ! -e "$build/tests/${module#*=}" ] || export "CHUNK_${module%%=*}=$build/tests/${module#*=}"
done
PATH=$build/tools:$PATH
LC_ALL=C
export PATH LC_ALL
exec </dev/null
# Signals that this shell was started with ignored would be so in the tools.
exec env --default-signal=HUP,INT,QUIT,TERM python3 -B "$here/main.py" "$@"
