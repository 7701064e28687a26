#!/bin/sh
# chunk-dump shows offset, ID and length of each chunk, its bytes below, subchunks indented.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-dump "$data/req.chunk"
expect_status 0
expect_no_err
expect_out \
  '00000000  NOOP  0' \
  '00000008  ECHO  9' \
  '00000010    68 69 20 74 68 65 72 65  21                       |hi there!|' \
  '00000019  CMPU  27  (subchunks guessed)' \
  '00000021    OPER  1' \
  '00000029      2b                                                |+|' \
  '0000002a    OPND  1' \
  '00000032      33                                                |3|' \
  '00000033    OPND  1' \
  '0000003b      34                                                |4|' \
  '0000003c  SHUT  0'

run chunk-dump <"$data/rep.chunk"
expect_status 0
expect_no_err
expect_out \
  '00000000  NOOP  0' \
  '00000008  ECHO  9' \
  '00000010    68 69 20 74 68 65 72 65  21                       |hi there!|' \
  '00000019  ANSR  18  (subchunks guessed)' \
  '00000021    STS%20  1' \
  '00000029      31                                                |1|' \
  '0000002a    VALU  1' \
  '00000032      37                                                |7|' \
  '00000033  NOOP  0'

run chunk-dump "$data/evil.chunk"
expect_status 0
expect_no_err
expect_out \
  '00000000  %1b[2J  15' \
  '00000008    1b 5d 30 3b 70 77 6e 65  64 07 c2 9b 33 31 6d     |.]0;pwned...31m|' \
  '00000017  ECHO  18' \
  '0000001f    6e 61 c3 af 76 65 20 e2  80 ae 20 67 6e 70 2e 65  |na..ve ... gnp.e|' \
  '0000002f    78 65                                             |xe|' \
  '00000031  a%0ab%00  1' \
  '00000039    78                                                |x|'
