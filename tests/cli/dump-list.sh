#!/bin/sh
# chunk-dump --list prints a line with offset, ID and length for each chunk.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-dump --list "$data/req.chunk"
expect_status 0
expect_no_err
expect_out '00000000  NOOP           0' '00000008  ECHO           9' '00000019  CMPU          27' '0000003c  SHUT           0'

run chunk-dump --list <"$data/rep.chunk"
expect_status 0
expect_no_err
expect_out '00000000  NOOP           0' '00000008  ECHO           9' '00000019  ANSR          18' '00000033  NOOP           0'

run chunk-dump --list "$data/evil.chunk"
expect_status 0
expect_no_err
expect_out '00000000  %1b[2J        15' '00000017  ECHO          18' '00000031  a%0ab%00       1'

for pair in 'd1 9' 'd2 10'; do
  length=${pair#* }
  {
    echo '00000000  NOOP           0'
    printf '00000008  ECHO          %2d\n' "$length"
    offset=$((16 + length))
    number=0
    while [ "$number" -lt 60 ]; do
      printf '%08x  ECHO           8\n' "$offset"
      offset=$((offset + 16))
      number=$((number + 1))
    done
  } >list
  run chunk-dump --list "$data/${pair% *}.chunk"
  expect_status 0
  expect_no_err
  expect_same out list
done
