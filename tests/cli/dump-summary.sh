#!/bin/sh
# chunk-dump --summary prints a table of all IDs at the end: counts, bytes, lengths, shares.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-dump --summary -p example "$data/req.chunk"
expect_status 0
expect_no_err
expect_out \
  'ID      role     count  bytes  min  median  max   share' \
  'CMPU    request      1     35   27      27   27   51.5%  ##########' \
  '  OPND               2     18    1       1    1   26.5%  #####' \
  '  OPER               1      9    1       1    1   13.2%  ###' \
  'ECHO    both         1     17    9       9    9   25.0%  #####' \
  'NOOP    both         1      8    0       0    0   11.8%  ##' \
  'SHUT    request      1      8    0       0    0   11.8%  ##' \
  'total                4     68                    100.0%'

run chunk-dump --summary "$data/corrupt.chunk"
expect_status 5
expect_out \
  'ID     count  bytes    min  median    max   share' \
  'ECHO       1     60  65545   65545  65545   88.2%  ##################' \
  'NOOP       1      8      0       0      0   11.8%  ##' \
  'total      2     68                        100.0%' \
  '1 fault, 65493 bytes missing'
expect_err "chunk-dump: $data/corrupt.chunk: truncated at byte 0x8: ECHO declares 65545 bytes, 52 are there"

# Payloads are not read, but their bytes count.
chunk-send NOOP ECHO,len=1000000000 >sparse
truncate -s 1000000016 sparse
run chunk-dump --summary sparse
expect_status 0
expect_no_err
grep -qE '^ECHO +1  1000000008 +1000000000 ' out || fail "$(cat out)"
