#!/bin/sh
# chunk-recv -n N exits after N chunks and does not check the rest.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-recv -n 2 <"$data/trunc.chunk"
expect_status 0
expect_no_err
head -c 25 "$data/trunc.chunk" >expected_stream
expect_same out expected_stream

run chunk-recv -n 3 -F text <"$data/trunc.chunk"
expect_status 5
expect_out NOOP 'ECHO:hi there!'
expect_err 'chunk-recv: standard input: truncated at byte 0x19: CMPU declares 27 bytes, 15 are there'

# Only chosen chunks count.
run chunk-recv -n 1 --only ECHO -F text <"$data/req.chunk"
expect_status 0
expect_out 'ECHO:hi there!'

# It does not wait for more input.
mkfifo stream
exec 7<>stream
chunk-send NOOP ECHO:a >&7
run chunk-recv -n 2 -F text <stream
expect_status 0
expect_out NOOP ECHO:a
