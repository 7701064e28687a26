#!/bin/sh
# chunk-dump --resync continues after a wrong length at the next chunks, and reports what it skipped; status 5.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-dump -p example --resync "$data/corrupt.chunk"
expect_status 5
expect_out \
  '00000000  NOOP           0  request' \
  '00000008  (truncated)' \
  '00000008    45 43 48 4f 09 00 01 00  68 69 20 74 68 65 72 65  ECHO....hi there' \
  '00000018    21                                                !' \
  '00000019  CMPU          27  request' \
  '00000021    OPER         1  "+"' \
  '0000002a    OPND         1  3' \
  '00000033    OPND         1  4' \
  '0000003c  SHUT           0  request'
expect_err \
  "chunk-dump: $data/corrupt.chunk: truncated at byte 0x8: ECHO declares 65545 bytes, 52 are there" \
  "chunk-dump: $data/corrupt.chunk: skipped 17 bytes from 0x8 to 0x19"

run chunk-dump --resync --list "$data/corrupt.chunk"
expect_status 5
expect_out '00000000  NOOP           0' '00000008  (truncated)' '00000019  CMPU          27' '0000003c  SHUT           0'

# A stream without faults is the same with it.
run chunk-dump --resync "$data/req.chunk"
expect_status 0
expect_no_err
mv out with
run chunk-dump "$data/req.chunk"
expect_same out with

# Also from a pipe, above a limit, and the text still stands for the same bytes.
{
  chunk-send ECHO:one ECHO,len=1000:two NOOP ECHO:three CMPU:OPER=+:OPND=1
  printf 'NOOP\0\0'
} >stream
# shellcheck disable=SC2002 # a pipe is the point
cat stream | chunk-dump --resync --max-chunk 100 --text >text 2>err && fail 'status 0'
expect_file text ECHO:one raw-send:%45%43%48%4f%e8%03%00%00%74%77%6f NOOP ECHO:three \
  CMPU:OPER=+:OPND=1 raw-send:%4e%4f%4f%50%00%00
expect_file err \
  'chunk-dump: standard input: too large at byte 0xb: ECHO declares 1000 bytes, 100 are allowed' \
  'chunk-dump: standard input: skipped 11 bytes from 0xb to 0x16' \
  'chunk-dump: standard input: truncated at byte 0x45: NOOP: a header has 8 bytes, 6 are there' \
  'chunk-dump: standard input: skipped 6 bytes from 0x45 to 0x4b'
run chunk-send -f text
expect_same out stream

# In 16 MiB of random bytes there is no chunk.
{
  chunk-send ECHO,len=4294967295
  head -c 16777216 /dev/urandom
} >noise
run chunk-dump --resync --list noise
expect_status 5
[ "$(grep -vc '(too large)$' out)" -eq 0 ] || fail "$(grep -v '(too large)$' out)"
expect_err \
  'chunk-dump: noise: too large at byte 0x0: ECHO declares 4294967295 bytes, 16777216 are allowed' \
  'chunk-dump: noise: skipped 16777224 bytes from 0x0 to 0x1000008'
