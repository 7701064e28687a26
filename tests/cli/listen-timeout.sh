#!/bin/sh
# --timeout limits the wait for a connection, and the socket file is removed afterwards.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for tool in chunk-send chunk-recv chunk-dump; do
  run "$tool" -w 0.2 -l ./socket
  expect_status 4
  expect_no_out
  expect_err "$tool: ./socket: no connection within 200 ms"
  [ ! -e socket ] || fail 'the socket file is still there'
done

run chunk-recv -w 0
expect_status 2
expect_err 'chunk-recv: --timeout: the number 0 is not above 0'
