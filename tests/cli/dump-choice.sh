#!/bin/sh
# chunk-dump shows the chunks and subchunks selected by --only, --skip and -n; status 1 if there are none.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-dump --only ECHO --only SHUT "$data/req.chunk"
expect_status 0
expect_out '00000008  ECHO           9  "hi there!"' '0000003c  SHUT           0'

run chunk-dump --only CMPU/OPND "$data/req.chunk"
expect_status 0
expect_out '00000019  CMPU          27  (subchunks guessed)' '0000002a    OPND         1  "3"' \
  '00000033    OPND         1  "4"'

run chunk-dump --text --skip NOOP --skip CMPU/OPER "$data/req.chunk"
expect_status 0
expect_out 'ECHO:hi there!' CMPU:OPND=3:OPND=4 SHUT

run chunk-dump --list --skip ECHO --count 2 "$data/req.chunk"
expect_status 0
expect_out '00000000  NOOP           0' '00000019  CMPU          27'

# A container without such a subchunk is not what was asked for.
for id in WHAT CMPU/WHAT OPND; do
  run chunk-dump --only "$id" "$data/req.chunk"
  expect_status 1
  expect_no_out
  expect_no_err
done

# That the stream is broken tells more than that nothing was chosen of it.
run chunk-dump --only WHAT "$data/trunc.chunk"
expect_status 5
expect_no_out
expect_err "chunk-dump: $data/trunc.chunk: truncated at byte 0x19: CMPU declares 27 bytes, 15 are there"

# After so many chunks nothing more is read, not even what is broken.
run chunk-dump --list -n 2 "$data/trunc.chunk"
expect_status 0
expect_no_err
expect_out '00000000  NOOP           0' '00000008  ECHO           9'

run chunk-dump --only TOOLONG "$data/req.chunk"
expect_status 2
expect_err \
  "chunk-dump: 'TOOLONG' is not an ID of four bytes, nor two with a slash between them"

# Subchunks also decide where their container is longer than what is usually held.
chunk-send "CMPU:OPER=+:OPND=$(printf %070000d 0)" CMPU:OPER=- >long
run chunk-dump --list --only CMPU/OPND long
expect_status 0
expect_out '00000000  CMPU       70017'
run chunk-dump --text --skip CMPU/OPND long
expect_status 0
expect_out CMPU:OPER=+ CMPU:OPER=-

# -n counts the chunks of all files.
run chunk-dump --text -n 5 "$data/req.chunk" "$data/rep.chunk" "$data/d1.chunk"
expect_status 0
expect_out "# $data/req.chunk" NOOP 'ECHO:hi there!' CMPU:OPER=+:OPND=3:OPND=4 SHUT \
  "# $data/rep.chunk" NOOP
