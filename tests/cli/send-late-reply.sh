#!/bin/sh
# chunk-send prints a reply that comes three seconds after the end of its requests; status 0.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server tcp:127.0.0.1:0
chunk-send -c "$address" DLAY:NTVL=3 ECHO:unix >unix.out 2>unix.err &
first=$!
own "$first"
next_address
run chunk-send -c "$address" DLAY:NTVL=3 ECHO:tcp
expect_status 0
expect_no_err
expect_hex out '4e4f4f5000000000 4543484f03000000 746370'
finish "$first"
expect_status 0
expect_hex unix.out '4e4f4f5000000000 4543484f04000000 756e6978'
expect_file unix.err
