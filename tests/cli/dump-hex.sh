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

# Text that does not fit the line is shown in rows of its own, which end with its lines.
chunk-send ECHO,fill=50:x ECHO,fill=51:ab 'ECHO:a "%25"' ECHO,fill=200:y \
  ECHO:-----BEGIN%20CERTIFICATE-----%0aMIIBhTCCASugAwIBAgIQIRi6zePL6mKjOipn%2bdNuaTAKBggqhkjOPQQDAjASMRAw%0aDgYD%0a \
  ECHO:two%0d%0alines ECHO:%0a ECHO:%0a%00 >text
run chunk-dump text
expect_status 0
expect_out \
  '00000000  ECHO          50  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"' \
  '0000003a  ECHO          51' \
  '00000042   "abababababababababababababababababababababababababa"' \
  '00000075  ECHO           5  "a %22%25%22"' \
  '00000082  ECHO         200' \
  '0000008a   "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"' \
  '*' \
  '00000110   "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"' \
  '00000152  ECHO          98' \
  '0000015a   "-----BEGIN CERTIFICATE-----%0a"' \
  '00000176   "MIIBhTCCASugAwIBAgIQIRi6zePL6mKjOipn+dNuaTAKBggqhkjOPQQDAjASMRAw%0a"' \
  '000001b7   "DgYD%0a"' \
  '000001bc  ECHO          10' '000001c4   "two%0d%0a"' '000001c9   "lines"' \
  '000001ce  ECHO           1' \
  '000001d6    0a                                                .' \
  '000001d7  ECHO           2' \
  '000001df    0a 00                                             ..'
