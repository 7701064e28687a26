#!/bin/sh
# A tap shows the time between each reply and its request, and only for replies.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
start tap chunk-dump --list --tap unix:in unix:server
chunk-send -c unix:in request:ECHO:a request:DLAY:NTVL=0.25 request:ECHO:b >replies
kill "$pid"
finish "$pid"
expect_file tap.err
grep '>' tap.out >requests
expect_file requests '1 > 00000000  ECHO           1' '1 > 00000009  DLAY          12' '1 > 0000001d  ECHO           1'
sed -E 's/ +[0-9.]+ ms$/ MS/' tap.out | grep '<' >replies
expect_file replies '1 < 00000000  ECHO           1 MS' '1 < 00000009  NOOP           0 MS' \
  '1 < 00000011  ECHO           1 MS'
sed -n 's/.*< 00000009 .* \([0-9]*\)\.[0-9]* ms$/\1/p' tap.out >slow
[ "$(cat slow)" -ge 250 ] || fail "a reply after 250 ms took $(cat slow) ms"

# Latencies end in the same column, that of a view with values in the last one of the line.
grep -oE '^.* ms$' tap.out | awk '{ print length }' | sort -u >ends
expect_file ends 60
start tap chunk-dump -q -p example --tap unix:in unix:server
chunk-send -c unix:in request:ECHO:a request:CMPU:OPER=+ request:ECHO:0123456789012345678901234567890123456789 >replies
kill "$pid"
finish "$pid"
grep -E '^.* ms$' tap.out | awk '{ print length }' | sort | uniq -c >ends
tr -s ' ' <ends >counted
expect_file counted ' 3 80'
grep '^1 <' tap.out | sed -E 's/ +[0-9.]+ ms$/ MS/' >shown
expect_file shown '1 < 00000000  ECHO           1  reply    "a" MS' \
  '1 < 00000009  ANSR          18  reply MS' '1 < 00000011    STS%20       1  1' \
  '1 < 0000001a    VALU         1  0' \
  '1 < 00000023  ECHO          40  reply MS' \
  '1 < 0000002b   "0123456789012345678901234567890123456789"'
