#!/bin/sh
# chunk-dump shows the part of a truncated chunk that has come, and reports the place; status 5.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-dump "$data/trunc.chunk"
expect_status 5
expect_out \
  '00000000  NOOP           0' \
  '00000008  ECHO           9  "hi there!"' \
  '00000019  CMPU          27' \
  '00000021    4f 50 45 52 01 00 00 00  2b 4f 50 4e 44 01 00     OPER....+OPND..' \
  '            (truncated)'
expect_err "chunk-dump: $data/trunc.chunk: truncated at byte 0x19: CMPU declares 27 bytes, 15 are there"

head -c 12 "$data/req.chunk" >cut.chunk
run chunk-dump cut.chunk
expect_status 5
expect_out '00000000  NOOP           0' \
  '00000008  (truncated)' \
  '00000008    45 43 48 4f                                       ECHO'
expect_err 'chunk-dump: cut.chunk: truncated at byte 0x8: ECHO: a header has 8 bytes, 4 are there'

run chunk-dump --list "$data/corrupt.chunk"
expect_status 5
expect_out '00000000  NOOP           0' '00000008  ECHO       65545'
expect_err "chunk-dump: $data/corrupt.chunk: truncated at byte 0x8: ECHO declares 65545 bytes, 52 are there"

run chunk-dump --text "$data/trunc.chunk"
expect_status 5
expect_out NOOP 'ECHO:hi there!' 'CMPU,len=27:OPER%01%00%00%00+OPND%01%00'
run chunk-dump --text cut.chunk
expect_status 5
expect_out NOOP raw-send:%45%43%48%4f
