#!/bin/sh
# chunk-send reports, with status 3, that the peer closed before the reply to a request.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
run chunk-send -c "$address" request:ECHO:a request:WHAT:x request:ECHO:b
expect_status 3
expect_out ECHO:a
expect_err 'chunk-send: unix:server: request:WHAT:x: closed before the reply'
