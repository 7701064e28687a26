#!/bin/sh
# chunk-dump -p shows the containers that the protocol defines, and marks malformed ones.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send CMPU:OPER=+:OPND=3 ECHO:OPER=+ DLAY:soon WHAT:NTVL=1 >stream
run chunk-dump -p example stream
expect_status 0
expect_no_err
expect_out \
  '00000000  CMPU          18  request' \
  '00000008    OPER         1  "+"' \
  '00000011    OPND         1  3' \
  '0000001a  ECHO           9  request' \
  '00000022    4f 50 45 52 01 00 00 00  2b                       OPER....+' \
  '0000002b  DLAY           4  request  (malformed: in DLAY at byte 0x33: 4 bytes are left, too few for a subchunk)' \
  '00000033    73 6f 6f 6e                                       soon' \
  '00000037  WHAT           9' \
  '0000003f    4e 54 56 4c 01 00 00 00  31                       NTVL....1'

run chunk-dump -p none stream
expect_status 0
expect_no_err
expect_out \
  '00000000  CMPU          18' \
  '00000008    4f 50 45 52 01 00 00 00  2b 4f 50 4e 44 01 00 00  OPER....+OPND...' \
  '00000018    00 33                                             .3' \
  '0000001a  ECHO           9' \
  '00000022    4f 50 45 52 01 00 00 00  2b                       OPER....+' \
  '0000002b  DLAY           4  "soon"' \
  '00000037  WHAT           9' \
  '0000003f    4e 54 56 4c 01 00 00 00  31                       NTVL....1'

run chunk-dump --text -p example stream
expect_status 0
expect_out CMPU:OPER=+:OPND=3 'ECHO:OPER%01%00%00%00+' DLAY:soon 'WHAT:NTVL%01%00%00%001'
run chunk-dump --text stream
expect_status 0
expect_out CMPU:OPER=+:OPND=3 ECHO:OPER=+ DLAY:soon WHAT:NTVL=1

# What can be a request and a reply is what the stream's side, or a chunk before it, says. Other chunks keep
# their role.
chunk-send NOOP CMPU:OPER=+ ANSR:STS%20=1 ECHO:x CMPU:OPER=- >mixed
roles() {
  run chunk-dump -p example "$@" mixed
  expect_status 0
  # shellcheck disable=SC2034 # expect_file reads it
  grep -v '^[0-9a-f]*    ' out | awk '{ print $2, $4 }' >roles
}
roles
expect_file roles 'NOOP request' 'CMPU request' 'ANSR reply' 'ECHO reply' 'CMPU request'
roles --side client
expect_file roles 'NOOP request' 'CMPU request' 'ANSR reply' 'ECHO request' 'CMPU request'
roles --side server
expect_file roles 'NOOP reply' 'CMPU request' 'ANSR reply' 'ECHO reply' 'CMPU request'
run chunk-dump -p example --side server --summary mixed
expect_status 0
[ "$(grep -c '^\(NOOP\|ECHO\) *reply ' out)" = 2 ] || fail "$(cat out)"
# Of a connection it is known which side sends.
start server chunk-send -l unix:server ECHO:x
run chunk-dump -p example -c unix:server
expect_status 0
expect_out '00000000  ECHO           1  reply    "x"'
finish "$pid"
expect_status 0
start listener chunk-dump -p example -l unix:listener
run chunk-send -c unix:listener ECHO:x
expect_status 0
finish "$pid"
expect_status 0
expect_file listener.out '00000000  ECHO           1  request  "x"'

# Bytes are shown as text where they are printable, in a chunk as in a subchunk.
printf '%s\n' '[BLOB]' 'type = "bytes"' '[BOXX]' 'contains = ["BLOB"]' >bytes.toml
chunk-send BLOB:text BLOB:%00%ff BOXX:BLOB=text:BLOB=%00%ff >stream
run chunk-dump -p ./bytes.toml stream
expect_status 0
expect_out \
  '00000000  BLOB           4  "text"' \
  '0000000c  BLOB           2' \
  '00000014    00 ff                                             ..' \
  '00000016  BOXX          22' \
  '0000001e    BLOB         4  "text"' \
  '0000002a    BLOB         2' \
  '00000032      00 ff                                             ..'
