#!/bin/sh
# For each sample and each prefix of it, sending the text or JSON dump gives the same bytes.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# returns FILE...: the text dump of all of them, sent again, is all of them
returns() {
  status=0
  ran="chunk-dump --text $1"
  chunk-dump --text "$@" >text 2>err || status=$?
  case $status in 0 | 5) ;; *) expect_status 5 ;; esac
  expect_plain text
  run chunk-send -f text
  expect_status 0
  expect_no_err
  cat -- "$@" >all
  expect_same out all
  ran="chunk-dump --json $1"
  for file; do
    # Each file has indexes of its own.
    chunk-dump --json "$file" 2>err || :
  done >lines
  expect_plain lines
  run chunk-send --from json <lines
  expect_status 0
  expect_no_err
  expect_same out all
}

for sample in "$data"/*.chunk; do
  returns "$sample"
  run chunk-dump --text "$sample"
  chunk-dump --text -p none "$sample" >text 2>/dev/null || :
  run chunk-send -f text
  expect_same out "$sample"

  # One by one where they are few; many of them in one run.
  mkdir prefixes
  size=$(wc -c <"$sample")
  cut=0
  while [ "$cut" -lt "$size" ]; do
    prefix=prefixes/$(printf %04d "$cut")
    head -c "$cut" "$sample" >"$prefix"
    if [ "$size" -lt 100 ]; then returns "$prefix"; fi
    cut=$((cut + 1))
  done
  returns prefixes/*
  rm -r prefixes
done
