#!/bin/sh
# chunk-dump shows several files under headings, reads - as standard input, and continues after a truncated one.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cp "$data/rep.chunk" reply
cp "$data/trunc.chunk" cut
printf 'NOOP\0\0\0\0' >'- odd'
odd=$(printf 'x\033[2J')
cp -- '- odd' "$odd"
run chunk-dump --list reply cut - "$odd" <'- odd'
expect_status 5
expect_out \
  '==> reply <==' \
  '00000000  NOOP           0' '00000008  ECHO           9' '00000019  ANSR          18' '00000033  NOOP           0' \
  '==> cut <==' \
  '00000000  NOOP           0' '00000008  ECHO           9' '00000019  CMPU          27' \
  '==> - <==' \
  '00000000  NOOP           0' \
  '==> x%1b[2J <==' \
  '00000000  NOOP           0'
expect_err 'chunk-dump: cut: truncated at byte 0x19: CMPU declares 27 bytes, 15 are there'

# As text the names are comments, so that all can be sent again.
run chunk-dump --text reply cut "$odd"
expect_status 5
expect_out '# reply' NOOP 'ECHO:hi there!' ANSR:STS%20=1:VALU=7 NOOP \
  '# cut' NOOP 'ECHO:hi there!' 'CMPU,len=27:OPER%01%00%00%00+OPND%01%00' '# x%1b[2J' NOOP
cat reply cut "$odd" >stream
cp out text
run chunk-send -f text
expect_status 0
expect_same out stream

run chunk-dump --list -- '- odd'
expect_status 0
expect_out '00000000  NOOP           0'
