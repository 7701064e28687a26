#!/bin/sh
# chunk-send -n N exits after N replies, even if the peer would continue.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
run chunk-send -c "$address" -n 2 ECHO:1 ECHO:2 ECHO:3 DLAY:NTVL=50
expect_status 0
expect_no_err
expect_hex out '4543484f01000000 31 4543484f01000000 32'

run chunk-send -c "$address" -n 1 request:ECHO:1 request:ECHO:2
expect_status 0
expect_no_err
expect_out ECHO:1

# Also while there is more to pass on
mkfifo stream
exec 7<>stream
chunk-send ECHO:1 ECHO:2 >&7
run chunk-send -c "$address" -n 2 <stream
expect_status 0
expect_no_err
expect_hex out '4543484f01000000 31 4543484f01000000 32'

# But not of input that is broken
chunk-send ECHO:1 ECHO,len=9:2 >broken
run chunk-send -c "$address" -n 1 <broken
expect_status 5
expect_err 'chunk-send: standard input: truncated at byte 0x9: ECHO declares 9 bytes, 1 are there'
expect_hex out '4543484f01000000 31'

# A test ends when its steps are done.
run chunk-send -c "$address" -n 1 ECHO:1 expect:ECHO:1
expect_status 2
expect_no_out
expect_err 'chunk-send: --count: a test ends when its steps are done'

# Fewer than N are no failure of the conversation's.
run chunk-send -c "$address" -n 9 ECHO:1
expect_status 0
expect_no_err
expect_hex out '4543484f01000000 31'
