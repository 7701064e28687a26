#!/bin/sh
# chunk-dump uses the width of a terminal, and shows printable UTF-8 there as it is in a locale with UTF-8.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The rest needs a locale with UTF-8.
chunk-send ECHO:%c3%bc >umlaut
run chunk-dump --utf8 always umlaut
[ "$(cat out)" = '00000000  ECHO           2  "ü"' ] || skip 'no locale with UTF-8'

# Pipes get the same as ever, unless they are to have it.
chunk-send ECHO:gr%c3%bc%c3%9fe %c3%bcab:x ECHO:%4e%75%4c%00 >words
for locale in C C.UTF-8; do
  LC_ALL=$locale run chunk-dump words
  expect_status 0
  expect_out '00000000  ECHO           7' \
    '00000008    67 72 c3 bc c3 9f 65                              gr....e' \
    '0000000f  %c3%bcab       1  "x"' \
    '00000018  ECHO           4' \
    '00000020    4e 75 4c 00                                       NuL.'
  LC_ALL=$locale run chunk-dump --utf8 always --list words
  expect_out '00000000  ECHO           7' '0000000f  üab            1' '00000018  ECHO           4'
  LC_ALL=$locale run chunk-dump --utf8 always -p example words
  [ "$(sed -n '1p' out)" = '00000000  ECHO           7  request  "grüße"' ] || fail "$(cat out)"
done
run chunk-dump --utf8 always --summary words
expect_out 'ID        count  bytes  min  median  max   share' \
  'ECHO          2     27    4       4    7   75.0%  ███████████████' \
  '%c3%bcab      1      9    1       1    1   25.0%  █████' \
  'total         3     36                    100.0%'

# Other formats have a notation of their own.
for format in --text --json; do
  run chunk-dump $format --utf8 always words
  expect_status 2
  expect_err "chunk-dump: $format excludes --utf8" "Try 'chunk-dump --help'."
done

# What is not printable is escaped, also within what is.
chunk-send ECHO:a%e2%80%aeb%c2%9bc ECHO:%e2%81%a6x%e2%80%8by ECHO:%c0%afab ECHO:e%cc%81%ef%bb%bf \
  ECHO:%cc%81%e4%bd%a0 >tricky
run chunk-dump --utf8 always tricky
expect_out \
  '00000000  ECHO           8' \
  '00000008    61 e2 80 ae 62 c2 9b 63                           a...b..c' \
  '00000010  ECHO           8  "%e2%81%a6x%e2%80%8by"' \
  '00000020  ECHO           4' \
  '00000028    c0 af 61 62                                       ..ab' \
  "0000002c  ECHO           6  \"$(printf 'e\314\201')%ef%bb%bf\"" \
  '0000003a  ECHO           5  "%cc%81你"'

need_terminal
unset NO_COLOR CLICOLOR_FORCE

# on_terminal COLUMNS LOCALE ARGUMENT...: what chunk-dump shows on a terminal, without colours.
on_terminal() {
  ran="chunk-dump on a terminal: $*"
  columns=$1 locale=$2
  shift 2
  script -qec "stty cols $columns && LC_ALL=$locale exec chunk-dump --color never $*" /dev/null \
    </dev/null | tr -d '\r' >out
}

on_terminal 80 C words
expect_out '00000000  ECHO           7' \
  '00000008    67 72 c3 bc c3 9f 65                              gr....e' \
  '0000000f  %c3%bcab       1  "x"' \
  '00000018  ECHO           4' \
  '00000020    4e 75 4c 00                                       NuL.'
on_terminal 80 C.UTF-8 --utf8 never words
[ "$(sed -n 3p out)" = '0000000f  %c3%bcab       1  "x"' ] || fail "$(cat out)"
on_terminal 80 C.UTF-8 words
expect_out '00000000  ECHO           7  "grüße"' \
  '0000000f  üab            1  "x"' \
  '00000018  ECHO           4' \
  '00000020    4e 75 4c 00                                       NuL.'

# Text takes the width that there is; wide characters take two columns.
sixty=AAAAABBBBBCCCCCDDDDDEEEEEFFFFFGGGGGHHHHHIIIIIJJJJJKKKKKLLLLL
wide=%e4%bd%a0%e4%bd%a0%e4%bd%a0%e4%bd%a0%e4%bd%a0%e4%bd%a0%e4%bd%a0%e4%bd%a0%e4%bd%a0%e4%bd%a0
chunk-send ECHO:$sixty ECHO:$sixty$sixty CMPU:OPER=$sixty "ECHO:x$wide$wide$wide$wide." >long
on_terminal 80 C.UTF-8 long
expect_out '00000000  ECHO          60' \
  "00000008   \"$sixty\"" \
  '00000044  ECHO         120' \
  "0000004c   \"${sixty}AAAAABB\"" \
  '0000008f   "BBBCCCCCDDDDDEEEEEFFFFFGGGGGHHHHHIIIIIJJJJJKKKKKLLLLL"' \
  '000000c4  CMPU          68  (subchunks guessed)' \
  '000000cc    OPER        60' \
  "000000d4     \"$sixty\"" \
  '00000110  ECHO         122' \
  '00000118   "x你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你"' \
  '0000017c   "你你你你你你你."'
on_terminal 160 C.UTF-8 long
expect_out "00000000  ECHO          60  \"$sixty\"" \
  "00000044  ECHO         120  \"$sixty$sixty\"" \
  '000000c4  CMPU          68  (subchunks guessed)' \
  "000000cc    OPER        60  \"$sixty\"" \
  '00000110  ECHO         122  "x你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你你."'
on_terminal 160 C long
[ "$(wc -l <out)" = 9 ] || fail "$(cat out)"
[ "$(sed -n '5,6p' out | cut -c 1-32)" = '00000110  ECHO         122
00000118    78 e4 bd a0 e4 bd a0' ] || fail "$(cat out)"

# Rows of bytes are as wide, and a summary never is.
chunk-send ECHO,fill=64:%00%01%02%03%04%05%06%07%08 >bytes
for size in '80 5' '160 3'; do
  on_terminal "${size% *}" C.UTF-8 bytes
  [ "$(wc -l <out)" = "${size#* }" ] || fail "$(cat out)"
  on_terminal "${size% *}" C.UTF-8 --summary bytes
  expect_out 'ID     count  bytes  min  median  max   share' \
    'ECHO       1     72   64      64   64  100.0%  ████████████████████' \
    'total      1     72                    100.0%'
done
