#!/bin/sh
# SHUT on a Unix socket is answered, and the server drains and exits with 0.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for kind in unix:server "abstract:chunk-cli-$$"; do
  start server chunk-serve "$kind"
  run chunk-send -c "$address" ECHO:a SHUT
  expect_status 0
  expect_no_err
  expect_hex out '4543484f01000000 61 4e4f4f5000000000'
  finish "$pid"
  expect_status 0
  [ ! -e server ] || fail 'the socket file is still there'
done

# A signal is the second wish to stop then, and ends the server though something is in progress.
start server chunk-serve unix:server
chunk-send -c "$address" NOOP DLAY:NTVL=30 >slow.out 2>slow.err &
slow=$!
own "$slow"
await slow.err [ -s slow.out ]
chunk-send -c "$address" SHUT >got
await server.err grep -q 'event=drain by=SHUT' server.err
kill "$pid"
finish "$pid"
expect_status 143
[ "$(grep -c event=drain server.err)" -eq 1 ] || fail "$(cat server.err)"
finish "$slow"
