#!/bin/sh
# chunk-send -l waits for one peer and performs the same actions with it.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for kind in unix:socket tcp:127.0.0.1:0 "abstract:chunk-cli-$$"; do
  start sender chunk-send --listen "$kind" NOOP request:ECHO:hi ECHO:bye
  run chunk-send --connect "$address" ECHO:reply WHAT
  expect_status 0
  expect_no_err
  expect_hex out '4e4f4f5000000000 4543484f02000000 6869 4543484f03000000 627965'
  finish "$pid"
  expect_status 0
  expect_hex sender.out "$(printf 'ECHO:reply\n' | xxd -p)" 5748415400000000
  expect_file sender.err
  [ ! -e socket ] || fail 'the socket file is still there'
done
