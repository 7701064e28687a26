#!/bin/sh
# A tap that cannot reach its upstream server closes the client at once, reports why, and continues.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start tap chunk-dump --text --tap unix:in unix:server
tap=$pid
run timeout 20 chunk-recv -c unix:in
expect_status 0
expect_no_out
expect_file tap.err 'chunk-dump: connection 1: unix:server: no such file or directory'

start server chunk-serve unix:server
run chunk-send -c unix:in ECHO:now
expect_status 0
kill "$tap"
finish "$tap"
expect_status 143
expect_file tap.err 'chunk-dump: connection 1: unix:server: no such file or directory'
expect_file tap.out '2 > ECHO:now' '2 < ECHO:now'

# What cannot be connected to more than once is no upstream.
for address in - fd:0; do
  run chunk-dump --tap unix:in "$address"
  expect_status 2
  expect_err "chunk-dump: '$address': cannot be connected to again and again"
  [ ! -e in ] || fail 'it listened'
done
