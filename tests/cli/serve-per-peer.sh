#!/bin/sh
# The connections of one client are limited, and it may connect again when one of them ends.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for where in unix:server tcp:127.0.0.1:0; do
  start server chunk-serve --max-per-peer 2 "$where"
  run chunk-send "a> connect:$address" "b> connect:$address" "c> connect:$address" \
    'c> expect-close' 'a> NOOP' 'a> expect:NOOP' 'b> NOOP' 'b> expect:NOOP' 'a> shutdown' \
    'a> expect-close' "d> connect:$address" 'd> NOOP' 'd> expect:NOOP'
  expect_status 0
  stop "$pid"
  grep -q 'reason=over-capacity detail="2 connections of this client already"' server.err ||
    fail "$(cat server.err)"
done
