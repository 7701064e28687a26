#!/bin/sh
# SHUT on a Unix socket is answered, and the server drains and ends with status 0.
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
