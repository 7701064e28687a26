#!/bin/sh
# A tool that cannot read a local file reports it, with status 6.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkdir folder
for name in missing folder; do
  reason='no such file or directory'
  if [ "$name" = folder ]; then reason='is a directory'; fi
  run chunk-send "ECHO:@$name"
  expect_status 6
  expect_no_out
  expect_err "chunk-send: $name: $reason"
  run chunk-dump "$name"
  expect_status 6
  expect_no_out
  expect_err "chunk-dump: $name: $reason"
done

start server chunk-serve unix:socket
run chunk-dump socket
expect_status 6
expect_err 'chunk-dump: socket: a socket, and no file; --connect unix:socket shows what comes from it'
for action in @socket ECHO:@socket for-each:socket -fsocket; do
  run chunk-send "$action"
  expect_status 6
  expect_no_out
  grep -q '^chunk-send: socket: a socket, and no file$' err || fail "$(cat err)"
done
run chunk-recv -p ./socket
expect_status 6
stop "$pid"

for tool in chunk-send chunk-recv chunk-dump; do
  run "$tool" <folder
  expect_status 6
  expect_no_out
  expect_err "$tool: standard input: is a directory"
done
