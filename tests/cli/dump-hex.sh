#!/bin/sh
# chunk-dump shows offset, ID, length and a short value per chunk, longer payloads in rows, subchunks indented.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-dump -p example "$data/req.chunk"
expect_status 0
expect_no_err
expect_out \
  '00000000  NOOP           0  request' \
  '00000008  ECHO           9  request  "hi there!"' \
  '00000019  CMPU          27  request' \
  '00000021    OPER         1  "+"' \
  '0000002a    OPND         1  3' \
  '00000033    OPND         1  4' \
  '0000003c  SHUT           0  request'

# What is request and reply is taken for a reply once a chunk came that is nothing else.
run chunk-dump -p example <"$data/rep.chunk"
expect_status 0
expect_no_err
expect_out \
  '00000000  NOOP           0  request' \
  '00000008  ECHO           9  request  "hi there!"' \
  '00000019  ANSR          18  reply' \
  '00000021    STS%20       1  1' \
  '0000002a    VALU         1  7' \
  '00000033  NOOP           0  reply'

run chunk-dump "$data/rep.chunk"
expect_status 0
expect_no_err
expect_out \
  '00000000  NOOP           0' \
  '00000008  ECHO           9  "hi there!"' \
  '00000019  ANSR          18  (subchunks guessed)' \
  '00000021    STS%20       1  "1"' \
  '0000002a    VALU         1  "7"' \
  '00000033  NOOP           0'

run chunk-dump "$data/evil.chunk"
expect_status 0
expect_no_err
expect_out \
  '00000000  %1b[2J        15' \
  '00000008    1b 5d 30 3b 70 77 6e 65  64 07 c2 9b 33 31 6d     .]0;pwned...31m' \
  '00000017  ECHO          18' \
  '0000001f    6e 61 c3 af 76 65 20 e2  80 ae 20 67 6e 70 2e 65  na..ve ... gnp.e' \
  '0000002f    78 65                                             xe' \
  '00000031  a%0ab%00       1  "x"'

# Text of more than 38 bytes is shown in rows.
chunk-send ECHO,fill=38:x ECHO,fill=39:ab 'ECHO:a "%25"' >text
run chunk-dump text
expect_status 0
expect_out \
  '00000000  ECHO          38  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"' \
  '0000002e  ECHO          39' \
  '00000036    61 62 61 62 61 62 61 62  61 62 61 62 61 62 61 62  abababababababab' \
  '*' \
  '00000056    61 62 61 62 61 62 61                              abababa' \
  '0000005d  ECHO           5  "a %22%25%22"'
