#!/bin/sh
# Fuzzes a target for ten seconds, starting from its corpus. New inputs are written to a separate
# directory, so that the corpus does not change.
#
# run.sh TARGET CORPUS ARTIFACTS
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
"$1" -seed=1 -max_total_time=10 -artifact_prefix="$3" "$scratch" "$2"
