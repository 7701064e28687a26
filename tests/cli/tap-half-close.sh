#!/bin/sh
# A tap passes on the end of each stream separately, and every reply that comes after it.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
start tap chunk-dump --list --tap tcp:127.0.0.1:0 unix:server
chunk-send -c unix:server ECHO:a DLAY:NTVL=0.2 ECHO:b >direct
run timeout 20 chunk-send -c "$address" ECHO:a DLAY:NTVL=0.2 ECHO:b
expect_status 0
expect_no_err
expect_same direct out
kill "$pid"
finish "$pid"
[ "$(grep -c '^1 <' tap.out)" = 3 ] || fail 'not every reply has its record'

# The server ends its half first, and still receives.
start upstream timeout 20 chunk-send -l unix:upstream NOOP
server=$pid
start tap chunk-dump --text --tap unix:in unix:upstream
run timeout 20 chunk-send -c unix:in raw-receive:8 delay:0.1 ECHO:late
expect_status 0
expect_hex out '4e4f4f5000000000'
finish "$server"
expect_status 0
expect_hex upstream.out '4543484f 04000000 6c617465'
kill "$pid"
finish "$pid"
expect_file tap.out '1 < NOOP' '1 > ECHO:late'
