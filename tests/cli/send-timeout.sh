#!/bin/sh
# chunk-send -w gives up on a peer that does not answer, with status 4.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
run chunk-send -c "$address" -w 0.2 request:DLAY:NTVL=50
expect_status 4
expect_no_out
expect_err 'chunk-send: unix:server: request:DLAY:NTVL=50: no reply within 200 ms'

run chunk-send -c "$address" -w 0.2 raw-receive:1
expect_status 4
expect_no_out
expect_err 'chunk-send: unix:server: raw-receive:1: not all bytes came within 200 ms'

run chunk-send -c "$address" -w 2 ECHO:a DLAY:NTVL=50
expect_status 4
expect_hex out '4543484f01000000 61'
expect_err 'chunk-send: unix:server: nothing received for 2 s'
