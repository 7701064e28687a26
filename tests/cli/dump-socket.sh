#!/bin/sh
# chunk-dump shows what a peer sends, with -l and with -c.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for kind in unix:socket "abstract:chunk-cli-$$" tcp:127.0.0.1:0; do
  start listener chunk-dump --listen "$kind" --list
  run chunk-send --connect "$address" ECHO:a NOOP
  expect_status 0
  expect_no_err
  finish "$pid"
  expect_status 0
  expect_file listener.out '00000000  ECHO           1' '00000009  NOOP           0'
  expect_file listener.err

  start sender chunk-send --listen "$kind" ECHO:a NOOP,cut=3
  run chunk-dump --connect "$address" --text
  expect_status 5
  expect_out ECHO:a raw-send:%4e%4f%4f
  expect_err "chunk-dump: $address: truncated at byte 0x9: NOO: a header has 8 bytes, 3 are there"
  finish "$pid"
  expect_status 0
done
