#!/bin/sh
# Every tool prints help of at most 80 columns and its version, and refuses an unknown option.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for tool in chunk-send chunk-recv chunk-dump chunk-serve; do
  for option in --help -h; do
    run "$tool" "$option"
    expect_status 0
    expect_no_err
    grep -q "^Usage: $tool " out || fail "$tool $option: no usage"
    awk 'length > 80' out >long
    expect_file long
    tr -d '\n -~' <out >odd
    expect_file odd
  done

  run "$tool" --version
  expect_status 0
  expect_out "$tool $CHUNK_VERSION"
  expect_no_err

  address=
  if [ "$tool" = chunk-serve ]; then address=unix:socket; fi
  run "$tool" --no-such-option ${address:+"$address"}
  expect_status 2
  expect_no_out
  expect_err "$tool: the following argument was not expected: --no-such-option" \
    "Try '$tool --help'."
  [ ! -e socket ] || fail "$tool has listened"
done
