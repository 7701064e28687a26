#!/bin/sh
# chunk-recv --only and --skip select chunks by ID; all chunks are checked.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# chooses LINES OPTION...: from the stream of requests
chooses() {
  lines=$1
  shift
  run chunk-recv -F text "$@" <"$data/req.chunk"
  expect_status 0
  expect_no_err
  # shellcheck disable=SC2086 # a word a line
  expect_out $lines
}

chooses 'NOOP SHUT' --only NOOP --only SHUT
chooses 'NOOP SHUT' --skip ECHO --skip CMPU
chooses NOOP --only NOOP --only ECHO --skip ECHO
chooses '' --only noop
chooses '' --only NOOP --skip %4eOOP

run chunk-recv --only CMPU <"$data/req.chunk"
expect_status 0
expect_hex out '434d50551b000000 4f50455201000000 2b 4f504e4401000000 33 4f504e4401000000 34'

run chunk-recv -F payload --only CMPU --skip OPER <"$data/req.chunk"
expect_status 0
expect_hex out '4f50455201000000 2b 4f504e4401000000 33 4f504e4401000000 34'

run chunk-recv -F text --only '%1b[2J' <"$data/evil.chunk"
expect_status 0
expect_out '%1b[2J:%1b]0;pwned%07%c2%9b31m'

run chunk-recv -F text --only SHUT <"$data/trunc.chunk"
expect_status 5
expect_no_out
expect_err 'chunk-recv: standard input: truncated at byte 0x19: CMPU declares 27 bytes, 15 are there'
