#!/bin/sh
# chunk-send -w does not count the time in which chunk-send itself has nothing to send yet.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
run chunk-send -c "$address" -w 0.2 NOOP delay:0.5 ECHO:a
expect_status 0
expect_hex out '4e4f4f5000000000 4543484f01000000 61'
expect_no_err

run chunk-send -c "$address" -w 0.2 request:NOOP delay:0.5 request:ECHO:b
expect_status 0
expect_out NOOP ECHO:b
expect_no_err
