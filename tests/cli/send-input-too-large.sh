#!/bin/sh
# chunk-send -m refuses a longer chunk on standard input before sending any of it; status 5.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-send -m 9 <"$data/req.chunk"
expect_status 5
expect_hex out '4e4f4f5000000000 4543484f09000000 686920746865726521'
expect_err 'chunk-send: standard input: too large at byte 0x19: CMPU declares 27 bytes, 9 are allowed'
