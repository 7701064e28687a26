#!/bin/sh
# chunk-dump --offset begins at a byte of a file or pipe, and shows offsets of the whole stream.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for offset in 0x19 25; do
  run chunk-dump --list --offset "$offset" "$data/req.chunk"
  expect_status 0
  expect_no_err
  expect_out '00000019  CMPU          27' '0000003c  SHUT           0'
done

# shellcheck disable=SC2002 # a pipe is the point
cat "$data/corrupt.chunk" | chunk-dump --offset 8 >out 2>err && fail 'status 0'
expect_err 'chunk-dump: standard input: truncated at byte 0x8: ECHO declares 65545 bytes, 52 are there'
head -n 1 out >first
expect_file first '00000008  ECHO       65545'

run chunk-dump --offset 68 "$data/req.chunk"
expect_status 0
expect_no_out
run chunk-dump --offset 69 "$data/req.chunk"
expect_status 5
expect_no_out
expect_err "chunk-dump: $data/req.chunk: cannot start at byte 69: the stream has 68 bytes"

run chunk-dump --resync --list --offset 9 "$data/req.chunk"
expect_status 5
expect_out '00000009  (too large)' '00000019  CMPU          27' '0000003c  SHUT           0'

for offset in -1 0x 0xg 1k 99999999999999999999; do
  run chunk-dump --offset "$offset" "$data/req.chunk"
  expect_status 2
  expect_no_out
done
