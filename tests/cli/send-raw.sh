#!/bin/sh
# chunk-send raw-send sends bytes unchanged, and raw-receive:N prints the next N bytes.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
run chunk-send -c "$address" raw-send:ECHO%02%00 raw-send:%00%00hi raw-receive:4 raw-receive:6 \
  raw-receive:0 raw-send:NOOP raw-send:%00%00%00%00
expect_status 0
expect_no_err
expect_hex out '4543484f 020000006869 4e4f4f5000000000'

# A stream that ends before the bytes are there is cut.
run chunk-send -c "$address" ECHO:a WHAT raw-receive:9 raw-receive:1
expect_status 5
expect_hex out '4543484f01000000 61'
expect_err 'chunk-send: unix:server: raw-receive:1: the stream ended after 0 of 1 bytes'
run chunk-send -c "$address" ECHO:a WHAT raw-receive:20
expect_status 5
expect_hex out '4543484f01000000 61'
expect_err 'chunk-send: unix:server: raw-receive:20: the stream ended after 9 of 20 bytes'
