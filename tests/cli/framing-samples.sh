#!/bin/sh
# What foreign programs have written is shown as text and as JSON, and the same bytes come of both.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for sample in "$data"/framings/*.bin; do
  name=$(basename -- "$sample" .bin)
  set -- -p "${name%%.*}"
  case $name in *.client | *.server) set -- "$@" --side "${name##*.}" ;; esac
  run chunk-dump "$@" --list "$sample"
  expect_status 0
  expect_no_err
  for format in text json 'json --nested'; do
    # shellcheck disable=SC2086 # two words
    run chunk-dump "$@" -F $format "$sample"
    expect_status 0
    mv out shown
    run chunk-send -p "${name%%.*}" --from "${format%% *}" <shown
    expect_status 0
    expect_same "$sample" out
  done
done
