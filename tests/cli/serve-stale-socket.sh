#!/bin/sh
# chunk-serve replaces the socket file that an exited server has left behind, but no other file.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
kill -KILL "$pid"
finish "$pid"
expect_status 137
[ -S server ] || fail 'no socket file'
start server chunk-serve unix:server
run chunk-send -c unix:server request:ECHO:a
expect_status 0
expect_out ECHO:a
kill "$pid"
finish "$pid"
expect_status 0
[ ! -e server ] || fail 'the socket file is still there'

# A file that has replaced its own, a server leaves alone.
start server chunk-serve unix:server
rm server
echo precious >server
kill "$pid"
finish "$pid"
expect_status 0
expect_file server precious
run chunk-serve unix:server
expect_status 3
expect_err 'chunk-serve: unix:server: address already in use: it is no socket'
expect_file server precious
