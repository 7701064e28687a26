#!/bin/sh
# chunk-recv -m refuses a longer chunk as soon as its header has arrived; status 5.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# refuses SIZE MESSAGE
refuses() {
  run chunk-recv -m "$1" -F text <stream
  expect_status 5
  expect_err "chunk-recv: standard input: too large at byte $2"
}

cp "$data/req.chunk" stream
refuses 26 '0x19: CMPU declares 27 bytes, 26 are allowed'
expect_out NOOP 'ECHO:hi there!'
refuses 8 '0x8: ECHO declares 9 bytes, 8 are allowed'
expect_out NOOP
refuses 0 '0x8: ECHO declares 9 bytes, 0 are allowed'
for size in 27 4G 8589934592; do
  run chunk-recv -m "$size" <stream
  expect_status 0
  expect_same out stream
done

chunk-send NOOP ECHO,len=65537 >stream
refuses 64k '0x8: ECHO declares 65537 bytes, 65536 are allowed'
chunk-send NOOP ECHO,len=1048577 >stream
refuses 1M '0x8: ECHO declares 1048577 bytes, 1048576 are allowed'
chunk-send NOOP ECHO,len=4294967295 >stream
refuses 3G '0x8: ECHO declares 4294967295 bytes, 3221225472 are allowed'

# It does not wait for the payload.
mkfifo pipe
exec 7<>pipe
chunk-send ECHO,len=11 >&7
run chunk-recv -m 10 <pipe
expect_status 5
expect_err 'chunk-recv: standard input: too large at byte 0x0: ECHO declares 11 bytes, 10 are allowed'
