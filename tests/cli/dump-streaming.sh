#!/bin/sh
# chunk-dump shows each chunk as soon as it has arrived, and a long one while it arrives.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo in lines
chunk-dump <in >lines 2>err &
pid=$!
own "$pid"
exec 8>in
exec 7<lines
# shows LINE
shows() {
  IFS= read -r line <&7
  [ "$line" = "$1" ] || fail "$line, not $1"
}

printf 'NOOP\0\0\0\0ECHO\1' >&8
shows '00000000  NOOP           0'
printf '\0\0\0aECHO\377\377\377\377' >&8
shows '00000008  ECHO           1  "a"'
shows '00000011  ECHO  4294967295'
printf '0123456789abcdefrest' >&8
shows '00000019    30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef'
exec 8>&-
shows '00000029    72 65 73 74                                       rest'
shows '            (truncated)'
finish "$pid"
expect_status 5
expect_err 'chunk-dump: standard input: truncated at byte 0x11: ECHO declares 4294967295 bytes, 20 are there'

for style in --list --text; do
  chunk-dump "$style" <in >lines 2>err &
  pid=$!
  own "$pid"
  exec 8>in
  exec 7<lines
  printf 'NOOP\0\0\0\0EC' >&8
  case $style in --list) shows '00000000  NOOP           0' ;; --text) shows NOOP ;; esac
  exec 8>&-
  case $style in --list) shows '00000008  (truncated)' ;; --text) shows raw-send:%45%43 ;; esac
  finish "$pid"
  expect_status 5
  expect_err 'chunk-dump: standard input: truncated at byte 0x8: EC: a header has 8 bytes, 2 are there'
done
