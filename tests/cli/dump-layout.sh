#!/bin/sh
# chunk-dump lays out rows by --width, --no-squeeze and --max-bytes, and lines by --timestamps.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send DATA,fill=80:%00%01%02%03%04%05%06%07 NOOP >stream
run chunk-dump --width 8 stream
expect_status 0
expect_out \
  '00000000  DATA          80' \
  '00000008    00 01 02 03 04 05 06 07  ........' \
  '*' \
  '00000058  NOOP           0'
run chunk-dump --width 40 --no-squeeze stream
expect_status 0
digits='00 01 02 03 04 05 06 07'
row="$digits  $digits  $digits  $digits  $digits  ........................................"
expect_out '00000000  DATA          80' "00000008    $row" "00000030    $row" '00000058  NOOP           0'
run chunk-dump --max-bytes 5 stream
expect_status 0
expect_out \
  '00000000  DATA          80' \
  '00000008    00 01 02 03 04                                    .....' \
  '            (75 more bytes)' \
  '00000058  NOOP           0'

# A text that is longer is shown as far as allowed, and so are the bytes of a value.
chunk-send ECHO:text | {
  run chunk-dump --max-bytes 2
  expect_out '00000000  ECHO           4' \
    '00000008   "te"' \
    '            (2 more bytes)'
}

chunk-send ANSR:VALU=1.23456789 | {
  run chunk-dump -p example --max-bytes 2
  expect_out '00000000  ANSR          18  reply' '00000008    VALU        10' \
    '00000010      31 2e                                             1.' \
    '              (8 more bytes)'
}
chunk-send ECHO:three%0a | {
  run chunk-dump --max-bytes 6
  expect_out '00000000  ECHO           6  "three%0a"'
}
chunk-send ECHO,fill=200:same%0a >repeating
run chunk-dump repeating
expect_out '00000000  ECHO         200' '00000008   "same%0a"' '*'
run chunk-dump --no-squeeze --max-bytes 12 repeating
expect_out '00000000  ECHO         200' '00000008   "same%0a"' '0000000d   "same%0a"' '00000012   "sa"' \
  '            (188 more bytes)'

run chunk-dump --timestamps absolute --max-bytes 5 stream
expect_status 0
sed -E 's/^[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{6}  /TIME  /' out >stamped
expect_file stamped \
  'TIME  00000000  DATA          80' \
  '                 00000008    00 01 02 03 04                                    .....' \
  '                             (75 more bytes)' \
  'TIME  00000058  NOOP           0'

# The second chunk comes later, and is not held back.
mkfifo in lines
chunk-dump --list --timestamps delta <in >lines &
pid=$!
own "$pid"
exec 8>in 7<lines
chunk-send NOOP >&8
IFS= read -r line <&7
[ "$line" = '      +0.000000  00000000  NOOP           0' ] || fail "$line"
chunk-send NOOP >&8
IFS= read -r line <&7
echo "$line" | grep -qE '^ +\+[0-9]+\.[0-9]{6}  00000008  NOOP           0$' || fail "$line"
case $line in *+0.000000*) fail "no time has passed: $line" ;; esac
exec 8>&-
finish "$pid"
expect_status 0

run chunk-dump --width 0 stream
expect_status 2
run chunk-dump --timestamps sometimes stream
expect_status 2
